import { sql } from 'kysely';
import type { UserStatus } from '../../../services/routing/domain/directory-data.ts';
import type { Transaction } from '../../../services/storage/database.ts';

/** What goes with the status of a user: sessions, queues, and who is left to let others in. */
export async function updateStatus(
  trx: Transaction,
  organizationId: string,
  id: string,
  change: {
    readonly status: UserStatus;
    readonly reassignedTo: string | null;
    readonly instant: number;
  },
): Promise<void> {
  await trx
    .updateTable('user')
    .set({
      status: change.status,
      reassigned_to_user_id: change.reassignedTo,
      revision: sql<number>`revision + 1`,
      updated_at: new Date(change.instant),
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

export async function hasPassword(trx: Transaction, organizationId: string, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom('user')
    .select('password_hash')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row !== undefined && row.password_hash !== null;
}

/** Is there an active administrator besides this one? */
export async function hasOtherAdministrator(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<boolean> {
  const row = await trx
    .selectFrom('user')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'administrator')
    .where('status', '=', 'active')
    .where('id', '<>', id)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** How many there were. */
export async function endSessions(trx: Transaction, organizationId: string, userId: string): Promise<number> {
  const ended = await trx
    .deleteFrom('session')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .returning('id')
    .execute();
  return ended.length;
}

/** Empty where there is no such user. */
export async function findName(trx: Transaction, organizationId: string, id: string): Promise<string> {
  const row = await trx
    .selectFrom('user')
    .select(['first_name', 'last_name'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? '' : `${row.first_name} ${row.last_name}`;
}
