import type { Transaction } from '../../../services/storage/database.ts';

/** In which ways administrators may reset passwords here; all of them unless the organization says otherwise. */
export async function getResetPolicy(
  trx: Transaction,
  organizationId: string,
): Promise<readonly ('mail' | 'generated' | 'typed')[]> {
  const { policies } = await trx
    .selectFrom('organization')
    .select('policies')
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return policies.adminReset ?? ['mail', 'generated', 'typed'];
}
