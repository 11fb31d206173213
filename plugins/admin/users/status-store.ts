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

export async function endSessions(trx: Transaction, organizationId: string, userId: string): Promise<void> {
  await trx
    .deleteFrom('session')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .execute();
}

/** Takes the user out of all queues; their revisions rise, because their members changed. */
export async function leaveQueues(trx: Transaction, organizationId: string, userId: string): Promise<void> {
  const left = await trx
    .deleteFrom('queue_member')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .returning('queue_id')
    .execute();
  if (left.length === 0) return;
  await trx
    .updateTable('queue')
    .set({ revision: sql<number>`revision + 1` })
    .where('organization_id', '=', organizationId)
    .where(
      'id',
      'in',
      left.map((row) => row.queue_id),
    )
    .execute();
}
