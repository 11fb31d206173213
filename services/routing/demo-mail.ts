import type { Transaction } from '../storage/database.ts';
import type { NewId } from './ports.ts';

/** What mail is sent for. The accounts come with a mail server, which only a real office has. */
const demoCampaigns = ['Spring sale', 'Renewals'];

export async function insertCampaigns(
  trx: Transaction,
  { organizationId, newId }: { readonly organizationId: string; readonly newId: NewId },
): Promise<void> {
  const rows = demoCampaigns.map((name) => ({ organization_id: organizationId, id: newId(), name }));
  await trx.insertInto('campaign').values(rows).execute();
}
