import { sql } from 'kysely';
import type { UserStatus } from '../../services/routing/domain/directory-data.ts';
import type { Transaction } from '../../services/storage/database.ts';
import type { Role } from './access.ts';

/** The columns of a user that are about getting in. */
export type AccountRow = {
  readonly id: string;
  readonly kind: 'email' | 'username';
  readonly login: string;
  readonly email: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly role: Role;
  readonly status: UserStatus;
};

export function findAccount(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<AccountRow | undefined> {
  return selectAccounts(trx, organizationId).where('id', '=', id).executeTakeFirst();
}

/** By login or by address, without regard to case; the deleted are nobody. */
export function findAccountByName(
  trx: Transaction,
  organizationId: string,
  name: string,
): Promise<AccountRow | undefined> {
  const key = sql<string>`lower(${name})`;
  return selectAccounts(trx, organizationId)
    .where((eb) => eb.or([eb('login_key', '=', key), eb('email_key', '=', key)]))
    .where('status', '<>', 'deleted')
    .orderBy((eb) => eb.case().when('login_key', '=', key).then(0).else(1).end())
    .limit(1)
    .executeTakeFirst();
}

function selectAccounts(trx: Transaction, organizationId: string) {
  return trx
    .selectFrom('user')
    .select(['id', 'kind', 'login', 'email', 'role', 'status'])
    .select(['first_name as firstName', 'last_name as lastName'])
    .where('organization_id', '=', organizationId);
}

/** The new password; every session of the user ends. The number of sessions that were open. */
export async function setPassword(
  trx: Transaction,
  organizationId: string,
  userId: string,
  password: {
    readonly hash: string;
    readonly mustChange: boolean;
    readonly status?: 'active';
    readonly instant: number;
  },
): Promise<number> {
  const { hash, mustChange, status, instant } = password;
  await trx
    .updateTable('user')
    .set({
      password_hash: hash,
      must_change_password: mustChange,
      ...(status === undefined ? {} : { status }),
      revision: sql<number>`revision + 1`,
      updated_at: new Date(instant),
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', userId)
    .execute();
  return endSessionsOf(trx, organizationId, userId);
}

export async function endSessionsOf(
  trx: Transaction,
  organizationId: string,
  userId: string,
): Promise<number> {
  const ended = await trx
    .deleteFrom('session')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return Number(ended.numDeletedRows);
}
