import { sql } from 'kysely';
import type { Transaction } from '../../services/storage/database.ts';
import { beforeAllIds } from '../../services/storage/directory-pages.ts';

/** Leads of one statement: 50,000 leads of somebody who leaves are no statement of a second and more. */
export const leadsAtOnce = 5_000;

export type OwnedLead = { readonly id: string; readonly name: string };

/** Every lead of `from` goes to `to`; null: nobody. In the order of ids. */
export async function handOver(
  trx: Transaction,
  organizationId: string,
  from: string | null,
  to: string | null,
  instant: number,
): Promise<readonly OwnedLead[]> {
  const moved: OwnedLead[] = [];
  for (let after = beforeAllIds; ; ) {
    const { rows } = await sql<OwnedLead>`
      with batch as materialized (
        select id from lead where organization_id = ${organizationId} and id > ${after}
          and ${from === null ? sql`owner_id is null` : sql`owner_id = ${from}`}
          order by id limit ${leadsAtOnce}),
      moved as (
        update lead set owner_id = ${to}, revision = revision + 1, updated_at = ${new Date(instant)} from batch
          where lead.organization_id = ${organizationId} and lead.id = batch.id returning lead.id, lead.name)
      select id, name from moved order by id`.execute(trx);
    for (const row of rows) moved.push(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < leadsAtOnce) return moved;
    after = last.id;
  }
}
