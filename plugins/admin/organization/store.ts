import { type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { OrganizationTable } from '../../../services/storage/tables.ts';

export type OrganizationRow = Selectable<OrganizationTable>;

export function getOrganization(trx: Transaction, organizationId: string): Promise<OrganizationRow> {
  return trx
    .selectFrom('organization')
    .selectAll()
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
}

export type OrganizationColumns = Pick<
  OrganizationRow,
  | 'name'
  | 'time_zone'
  | 'default_country'
  | 'language'
  | 'texts'
  | 'sip_domain'
  | 'forwarding'
  | 'anonymous_callers'
  | 'block_list'
  | 'holidays'
  | 'last_resort'
  | 'ring_seconds'
  | 'policies'
>;

export async function updateOrganization(
  trx: Transaction,
  organizationId: string,
  columns: OrganizationColumns,
  instant: number,
): Promise<void> {
  await trx
    .updateTable('organization')
    .set({
      ...columns,
      texts: JSON.stringify(columns.texts),
      forwarding: JSON.stringify(columns.forwarding),
      holidays: JSON.stringify(columns.holidays),
      last_resort: columns.last_resort === null ? null : JSON.stringify(columns.last_resort),
      policies: JSON.stringify(columns.policies),
      block_list: [...columns.block_list],
      revision: sql<number>`revision + 1`,
      updated_at: new Date(instant),
    })
    .where('id', '=', organizationId)
    .execute();
}
