import { type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { LabelKind, LabelTable } from '../../../services/storage/tables.ts';
import type { Place } from '../paging.ts';

export type LabelRow = Pick<Selectable<LabelTable>, 'id' | 'name' | 'name_key' | 'revision'>;

const columns = ['id', 'name', 'name_key', 'revision'] as const;

export function findLabel(
  trx: Transaction,
  organizationId: string,
  kind: LabelKind,
  id: string,
): Promise<LabelRow | undefined> {
  return trx
    .selectFrom('label')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('kind', '=', kind)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** By name, one more than `limit` where there are more. */
export function listLabels(
  trx: Transaction,
  organizationId: string,
  kind: LabelKind,
  limit: number,
  after: Place | undefined,
): Promise<readonly LabelRow[]> {
  let query = trx
    .selectFrom('label')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('kind', '=', kind);
  if (after !== undefined) query = query.where('name_key', '>', after[0]);
  return query
    .orderBy('name_key')
    .limit(limit + 1)
    .execute();
}

export async function insertLabel(
  trx: Transaction,
  organizationId: string,
  label: { readonly id: string; readonly kind: LabelKind; readonly name: string },
): Promise<void> {
  await trx
    .insertInto('label')
    .values({ organization_id: organizationId, ...label })
    .execute();
}

export async function renameLabel(
  trx: Transaction,
  organizationId: string,
  id: string,
  name: string,
  instant: number,
): Promise<void> {
  await trx
    .updateTable('label')
    .set({ name, revision: sql<number>`revision + 1`, updated_at: new Date(instant) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

/** Takes it off everybody who has it; their revisions rise, because what is shown of them changed. */
export async function deleteLabel(trx: Transaction, organizationId: string, id: string): Promise<void> {
  await sql`update "user" set revision = revision + 1 where organization_id = ${organizationId}
    and id in (select user_id from user_label where organization_id = ${organizationId} and label_id = ${id})`.execute(
    trx,
  );
  await trx.deleteFrom('label').where('organization_id', '=', organizationId).where('id', '=', id).execute();
}
