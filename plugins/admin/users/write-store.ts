import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { UserRow } from './store.ts';

/** The columns that settings go to; documents as values. */
export type UserColumns = Pick<
  UserRow,
  | 'login'
  | 'email'
  | 'first_name'
  | 'last_name'
  | 'role'
  | 'time_zone'
  | 'parent_user_id'
  | 'group_id'
  | 'fallback_user_id'
  | 'if_unavailable'
  | 'ring_seconds'
  | 'call_limit'
  | 'dnd_on'
  | 'dnd_until'
  | 'forward_all'
  | 'devices'
  | 'mobile'
>;

function toDocuments(columns: UserColumns) {
  return {
    ...columns,
    if_unavailable: JSON.stringify(columns.if_unavailable),
    forward_all: columns.forward_all === null ? null : JSON.stringify(columns.forward_all),
    devices: JSON.stringify(columns.devices),
    mobile: JSON.stringify(columns.mobile),
  };
}

export type NewUser = {
  readonly organizationId: string;
  readonly id: string;
  readonly kind: 'email' | 'username';
  readonly status: 'active' | 'pending';
  readonly passwordHash: string | null;
};

export async function insertUser(trx: Transaction, user: NewUser, columns: UserColumns): Promise<void> {
  await trx
    .insertInto('user')
    .values({
      organization_id: user.organizationId,
      id: user.id,
      kind: user.kind,
      status: user.status,
      password_hash: user.passwordHash,
      reassigned_to_user_id: null,
      ...toDocuments(columns),
    })
    .execute();
}

export async function updateUser(
  trx: Transaction,
  organizationId: string,
  id: string,
  columns: UserColumns,
  instant: number,
): Promise<void> {
  await trx
    .updateTable('user')
    .set({ ...toDocuments(columns), revision: sql<number>`revision + 1`, updated_at: new Date(instant) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

/** The parents of `id`, and theirs; ends also where the rows go round. */
export async function isBelow(
  trx: Transaction,
  organizationId: string,
  id: string,
  ancestor: string,
): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    with recursive up as (
      select id, parent_user_id from "user" where organization_id = ${organizationId} and id = ${id}
      union select u.id, u.parent_user_id from "user" u join up on u.id = up.parent_user_id
        where u.organization_id = ${organizationId})
    select exists (select 1 from up where id = ${ancestor}) as found`.execute(trx);
  return rows[0]?.found ?? false;
}
