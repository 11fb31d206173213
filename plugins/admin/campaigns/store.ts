import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { Place } from '../paging.ts';

export type CampaignRow = { readonly id: string; readonly name: string; readonly revision: number };

const columns = ['id', 'name', 'revision'] as const;

/** In the order of creation, one more than `limit` where there are more. */
export function listCampaigns(
  trx: Transaction,
  organizationId: string,
  limit: number,
  after: Place | undefined,
): Promise<readonly CampaignRow[]> {
  let query = trx.selectFrom('campaign').select(columns).where('organization_id', '=', organizationId);
  if (after !== undefined) query = query.where('id', '>', after[1]);
  return query
    .orderBy('id')
    .limit(limit + 1)
    .execute();
}

export function findCampaign(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<CampaignRow | undefined> {
  return trx
    .selectFrom('campaign')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export async function insertCampaign(
  trx: Transaction,
  organizationId: string,
  campaign: { readonly id: string; readonly name: string },
): Promise<void> {
  await trx
    .insertInto('campaign')
    .values({ organization_id: organizationId, ...campaign })
    .execute();
}

export async function renameCampaign(
  trx: Transaction,
  organizationId: string,
  id: string,
  name: string,
  instant: number,
): Promise<void> {
  await trx
    .updateTable('campaign')
    .set({ name, revision: sql<number>`revision + 1`, updated_at: new Date(instant) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

/** The accounts for it go as well. */
export async function deleteCampaign(trx: Transaction, organizationId: string, id: string): Promise<void> {
  await trx
    .deleteFrom('campaign')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}
