import { type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { ChecklistItemTable } from '../../../services/storage/tables.ts';
import type { Place } from '../paging.ts';

export type ItemRow = Omit<Selectable<ChecklistItemTable>, 'organization_id'>;

const columns = ['id', 'name', 'description', 'created_at'] as const;

/** In the order of creation; one more than `limit` where there are more. */
export function listItems(
  trx: Transaction,
  organizationId: string,
  limit: number,
  after: Place | undefined,
): Promise<readonly ItemRow[]> {
  let query = trx.selectFrom('checklist_item').select(columns).where('organization_id', '=', organizationId);
  if (after !== undefined) query = query.where('id', '>', after[1]);
  return query
    .orderBy('id')
    .limit(limit + 1)
    .execute();
}

export async function countItems(trx: Transaction, organizationId: string): Promise<number> {
  const { count } = await trx
    .selectFrom('checklist_item')
    .select(sql<number>`count(*)::integer`.as('count'))
    .where('organization_id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return count;
}

export async function insertItem(trx: Transaction, organizationId: string, item: ItemRow): Promise<void> {
  await trx
    .insertInto('checklist_item')
    .values({ organization_id: organizationId, ...item })
    .execute();
}

/** Its ticks go with it. */
export function deleteItem(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<ItemRow | undefined> {
  return trx
    .deleteFrom('checklist_item')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst();
}

export type Progress = {
  readonly first_name: string;
  readonly last_name: string;
  readonly status: string;
  readonly always_available: boolean;
  readonly last_login_at: Date | null;
  readonly has_device: boolean;
  readonly has_extension: boolean;
  readonly has_queue: boolean;
};

/** What the computed items are computed from. */
export function findProgress(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<Progress | undefined> {
  const here = sql`organization_id = ${organizationId} and user_id = ${id}`;
  return trx
    .selectFrom('user')
    .select(['first_name', 'last_name', 'status', 'always_available', 'last_login_at'])
    .select([
      sql<boolean>`jsonb_path_exists(devices, '$[*] ? (@.enabled == true)')`.as('has_device'),
      sql<boolean>`exists (select from extension where ${here})`.as('has_extension'),
      sql<boolean>`exists (select from queue_member where ${here})`.as('has_queue'),
    ])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export type TickedItem = Pick<ItemRow, 'id' | 'name' | 'description'> & {
  readonly ticked_by: string | null;
  readonly ticked_at: Date | null;
};

export function listTickedItems(
  trx: Transaction,
  organizationId: string,
  userId: string,
): Promise<readonly TickedItem[]> {
  return trx
    .selectFrom('checklist_item as i')
    .leftJoin('checklist_tick as t', (join) =>
      join
        .onRef('t.organization_id', '=', 'i.organization_id')
        .onRef('t.item_id', '=', 'i.id')
        .on('t.user_id', '=', userId),
    )
    .select(['i.id', 'i.name', 'i.description', 't.ticked_by', 't.ticked_at'])
    .where('i.organization_id', '=', organizationId)
    .orderBy('i.id')
    .execute();
}

/** A tick that is there stays as it is. False: it was there. */
export async function insertTick(
  trx: Transaction,
  organizationId: string,
  tick: { readonly itemId: string; readonly userId: string; readonly by: string | null; readonly at: number },
): Promise<boolean> {
  const row = await trx
    .insertInto('checklist_tick')
    .values({
      organization_id: organizationId,
      item_id: tick.itemId,
      user_id: tick.userId,
      ticked_by: tick.by,
      ticked_at: new Date(tick.at),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('item_id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function deleteTick(
  trx: Transaction,
  organizationId: string,
  itemId: string,
  userId: string,
): Promise<boolean> {
  const row = await trx
    .deleteFrom('checklist_tick')
    .where('organization_id', '=', organizationId)
    .where('item_id', '=', itemId)
    .where('user_id', '=', userId)
    .returning('item_id')
    .executeTakeFirst();
  return row !== undefined;
}
