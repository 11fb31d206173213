import { type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { NumberTable } from '../../../services/storage/tables.ts';
import type { Place } from '../paging.ts';

export type NumberRecord = Selectable<NumberTable> & { readonly callerIdFor: readonly string[] };

export async function findNumber(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<NumberRecord | undefined> {
  const row = await trx
    .selectFrom('number')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const [record] = await withCallerIds(trx, organizationId, [row]);
  return record;
}

export type NumberFilter = {
  readonly q: string | undefined;
  readonly assigned: boolean | undefined;
  /** `user:ID` or `queue:ID`. */
  readonly target: string | undefined;
  readonly limit: number;
  readonly after: Place | undefined;
};

/** By number; one more than `limit` where there are more. */
export async function listNumbers(
  trx: Transaction,
  organizationId: string,
  filter: NumberFilter,
): Promise<readonly NumberRecord[]> {
  let query = trx.selectFrom('number').selectAll().where('organization_id', '=', organizationId);
  if (filter.assigned !== undefined) query = query.where('target', filter.assigned ? 'is not' : 'is', null);
  if (filter.target !== undefined) {
    const [type, id] = filter.target.toLowerCase().split(':');
    query = query.where(sql<boolean>`(target->>'type' = ${type} and target->>'id' = ${id})`);
  }
  if (filter.q !== undefined) {
    const name = filter.q.toLowerCase();
    const digits = filter.q.replace(/[^0-9+]/g, '');
    query = query.where(
      sql<boolean>`(position(${name} in lower(name)) > 0 or (${digits} <> '' and position(${digits} in number) > 0))`,
    );
  }
  if (filter.after !== undefined) query = query.where('number', '>', filter.after[0]);
  const rows = await query
    .orderBy('number')
    .limit(filter.limit + 1)
    .execute();
  return withCallerIds(trx, organizationId, rows);
}

async function withCallerIds(
  trx: Transaction,
  organizationId: string,
  rows: readonly Selectable<NumberTable>[],
): Promise<readonly NumberRecord[]> {
  if (rows.length === 0) return [];
  const shown = await trx
    .selectFrom('caller_id')
    .select(['number_id', 'user_id'])
    .where('organization_id', '=', organizationId)
    .where(
      'number_id',
      'in',
      rows.map((row) => row.id),
    )
    .orderBy('user_id')
    .execute();
  const users = Map.groupBy(shown, (row) => row.number_id);
  return rows.map((row) => ({
    ...row,
    callerIdFor: (users.get(row.id) ?? []).map((entry) => entry.user_id),
  }));
}

export type NumberColumns = Pick<
  NumberRecord,
  | 'name'
  | 'time_zone'
  | 'target'
  | 'override'
  | 'caller_rules'
  | 'sticky_routing'
  | 'waiting_priority'
  | 'calendar'
>;

function toDocuments(columns: NumberColumns) {
  const document = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
  return {
    ...columns,
    target: document(columns.target),
    override: document(columns.override),
    caller_rules: JSON.stringify(columns.caller_rules),
    calendar: document(columns.calendar),
  };
}

export async function insertNumber(
  trx: Transaction,
  organizationId: string,
  id: string,
  number: string,
  columns: NumberColumns,
): Promise<void> {
  await trx
    .insertInto('number')
    .values({ organization_id: organizationId, id, number, ...toDocuments(columns) })
    .execute();
}

export async function updateNumber(
  trx: Transaction,
  organizationId: string,
  id: string,
  columns: NumberColumns,
  instant: number,
): Promise<void> {
  await trx
    .updateTable('number')
    .set({ ...toDocuments(columns), revision: sql<number>`revision + 1`, updated_at: new Date(instant) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

/** Who shows this number from now on. Users and numbers that gain or lose one have changed as well. */
export async function writeCallerIds(
  trx: Transaction,
  organizationId: string,
  numberId: string,
  userIds: readonly string[],
): Promise<void> {
  const former = await trx
    .deleteFrom('caller_id')
    .where('organization_id', '=', organizationId)
    .where((where) =>
      where.or([
        where('number_id', '=', numberId),
        ...(userIds.length === 0 ? [] : [where('user_id', 'in', userIds)]),
      ]),
    )
    .returning(['user_id', 'number_id'])
    .execute();
  const rows = userIds.map((userId) => ({
    organization_id: organizationId,
    user_id: userId,
    number_id: numberId,
  }));
  if (rows.length > 0) await trx.insertInto('caller_id').values(rows).execute();
  const users = [...new Set([...former.map((row) => row.user_id), ...userIds])];
  await raiseRevisions(trx, 'user', organizationId, users);
  const others = former.map((row) => row.number_id).filter((id) => id !== numberId);
  await raiseRevisions(trx, 'number', organizationId, [...new Set(others)]);
}

async function raiseRevisions(
  trx: Transaction,
  table: 'user' | 'number',
  organizationId: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .updateTable(table)
    .set({ revision: sql<number>`revision + 1` })
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute();
}

export async function deleteNumber(trx: Transaction, organizationId: string, id: string): Promise<void> {
  await trx.deleteFrom('number').where('organization_id', '=', organizationId).where('id', '=', id).execute();
}
