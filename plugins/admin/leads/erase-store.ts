import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';

/** What the log and the kept answers say of the person; the rows of the log stay, without it. */
export async function eraseLeadTraces(trx: Transaction, organizationId: string, id: string): Promise<void> {
  await trx
    .deleteFrom('activity_personal')
    .where('organization_id', '=', organizationId)
    .where('subject_id', '=', id)
    .execute();
  await trx
    .deleteFrom('idempotency_key')
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`position(${id} in body) > 0`)
    .execute();
}
