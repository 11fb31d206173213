import { type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { LeadTable } from '../../../services/storage/tables.ts';
import { handOver, type OwnedLead } from '../lead-owners.ts';
import type { Place } from '../paging.ts';

export type LeadRecord = Selectable<LeadTable> & { readonly numbers: readonly string[] };

export async function findLead(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<LeadRecord | undefined> {
  const row = await trx
    .selectFrom('lead')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const [record] = await withNumbers(trx, organizationId, [row]);
  return record;
}

export type LeadFilter = {
  /** null: nobody's. Left out: everybody's. */
  readonly owner: string | null | undefined;
  /** Beginnings of words of the name, in small letters. */
  readonly words: readonly string[];
  /** Part of one of the numbers. */
  readonly digits: string | undefined;
  readonly limit: number;
  readonly after: Place | undefined;
};

/** In the order of creation; one more than `limit` where there are more. */
export async function listLeads(
  trx: Transaction,
  organizationId: string,
  { owner, words, digits, limit, after }: LeadFilter,
): Promise<readonly LeadRecord[]> {
  let query = trx.selectFrom('lead').selectAll().where('organization_id', '=', organizationId);
  if (owner === null) query = query.where('owner_id', 'is', null);
  else if (owner !== undefined) query = query.where('owner_id', '=', owner);
  // No index: 100,000 names are looked through in a tenth of a second, and the page is full before that.
  for (const word of words) {
    query = query.where(sql<boolean>`strpos(' ' || lower(name), ${` ${word}`}) > 0`);
  }
  if (digits !== undefined) {
    query = query.where(sql<boolean>`id in (select lead_id from lead_number
      where organization_id = ${organizationId} and strpos(number, ${digits}) > 0)`);
  }
  if (after !== undefined) query = query.where('id', '>', after[1]);
  const rows = await query
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  return withNumbers(trx, organizationId, rows);
}

async function withNumbers(
  trx: Transaction,
  organizationId: string,
  rows: readonly Selectable<LeadTable>[],
): Promise<readonly LeadRecord[]> {
  if (rows.length === 0) return [];
  const numbers = await trx
    .selectFrom('lead_number')
    .select(['lead_id', 'number'])
    .where('organization_id', '=', organizationId)
    .where(
      'lead_id',
      'in',
      rows.map((row) => row.id),
    )
    .orderBy('number')
    .execute();
  const byLead = Map.groupBy(numbers, (row) => row.lead_id);
  return rows.map((row) => ({ ...row, numbers: (byLead.get(row.id) ?? []).map((entry) => entry.number) }));
}

export type LeadColumns = {
  readonly name: string;
  readonly ownerId: string | null;
  readonly numbers: readonly string[];
};

export async function insertLead(
  trx: Transaction,
  organizationId: string,
  id: string,
  lead: LeadColumns,
): Promise<void> {
  await trx
    .insertInto('lead')
    .values({ organization_id: organizationId, id, name: lead.name, owner_id: lead.ownerId })
    .execute();
  await writeNumbers(trx, organizationId, id, lead.numbers);
}

export async function updateLead(
  trx: Transaction,
  organizationId: string,
  id: string,
  lead: LeadColumns,
  instant: number,
): Promise<void> {
  await trx
    .updateTable('lead')
    .set({
      name: lead.name,
      owner_id: lead.ownerId,
      revision: sql<number>`revision + 1`,
      updated_at: new Date(instant),
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
  await trx
    .deleteFrom('lead_number')
    .where('organization_id', '=', organizationId)
    .where('lead_id', '=', id)
    .execute();
  await writeNumbers(trx, organizationId, id, lead.numbers);
}

async function writeNumbers(
  trx: Transaction,
  organizationId: string,
  leadId: string,
  numbers: readonly string[],
): Promise<void> {
  if (numbers.length === 0) return;
  await trx
    .insertInto('lead_number')
    .values(numbers.map((number) => ({ organization_id: organizationId, number, lead_id: leadId })))
    .execute();
}

export async function deleteLead(trx: Transaction, organizationId: string, id: string): Promise<void> {
  await trx.deleteFrom('lead').where('organization_id', '=', organizationId).where('id', '=', id).execute();
}

export async function findOwners(
  trx: Transaction,
  organizationId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom('lead')
    .select(['id', 'owner_id'])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row.owner_id]));
}

/** Gives the leads that have another owner now. */
export async function setOwner(
  trx: Transaction,
  organizationId: string,
  change: {
    readonly from: string | null;
    readonly to: string | null;
    readonly ids: readonly string[] | undefined;
  },
  instant: number,
): Promise<readonly OwnedLead[]> {
  const { from, to, ids } = change;
  if (ids === undefined) return handOver(trx, organizationId, from, to, instant);
  return trx
    .updateTable('lead')
    .set({ owner_id: to, revision: sql<number>`revision + 1`, updated_at: new Date(instant) })
    .where('organization_id', '=', organizationId)
    .where('owner_id', 'is not distinct from', from)
    .where('id', 'in', ids)
    .returning(['id', 'name'])
    .execute();
}

export async function isActiveUser(trx: Transaction, organizationId: string, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom('user')
    .select('status')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.status === 'active';
}
