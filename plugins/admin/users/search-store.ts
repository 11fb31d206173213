import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { UserTable } from '../../../services/storage/tables.ts';
import type { Place } from '../paging.ts';

type UserRow = Selectable<UserTable>;

/**
 * Who fits a filter. What a user is found by lies in other tables (words, labels, queues), and no statistics know which
 * of them go together, or where in the list those who fit stand. So it is seen by trying, and each try has an end:
 *
 * - few are looked up one by one, whatever else was asked for: "garcía" with a skill that 20 have reads 20 users;
 * - else the next 2,000 of the list are looked through, which fills the page where many fit;
 * - else the list is walked to its end by an index that holds status, role and group, and each entry is looked for
 *   among all ids that were found: 100,000 entries take 20 ms, and so do 50,000 ids. What the planner likes better, a
 *   look into the other table for each entry, took 800 ms where those who fit stand at the end, as Chinese names do.
 */
export type UserConditions = {
  readonly words: readonly string[];
  readonly status: UserRow['status'] | undefined;
  readonly role: UserRow['role'] | undefined;
  readonly queue: string | undefined;
  /** Ids of labels, all of which a user must have. */
  readonly labels: readonly string[];
  /** With the groups below it. */
  readonly group: string | undefined;
};

export type UserOrder = {
  readonly sort: 'name' | '-name' | 'createdAt' | '-createdAt';
  readonly after: Place | undefined;
  readonly limit: number;
};

/** More than this are not looked up one by one: some 10 ms. */
const mostFew = 2_000;
/** Entries that are looked through before all are: some 10 ms. */
const nextEntries = 2_000;
/** A list that is longer is not read whole where there is a shorter one. */
const mostRead = 20_000;

/** Everybody whom the filter finds, by name. */
export async function listUserIds(
  trx: Transaction,
  organizationId: string,
  filter: UserConditions,
): Promise<readonly string[]> {
  const found = await prepare(trx, organizationId, filter);
  const { rows } = await sql<{ id: string }>`
    select id from "user" where ${found.plain} and ${await found.listed()} order by name_key, id`.execute(
    trx,
  );
  return rows.map((row) => row.id);
}

/** Ids in the order asked for; one more than `limit` where there are more. */
export async function listPageIds(
  trx: Transaction,
  organizationId: string,
  filter: UserConditions,
  { sort, after, limit }: UserOrder,
): Promise<readonly string[]> {
  const found = await prepare(trx, organizationId, filter);
  const { order, behind } = orderOf(sort, after);
  const list = sql`select id, name_key from "user" where ${found.plain} and ${behind}`;
  if (found.each !== undefined) {
    const near = await lookThrough(trx, list, order, found.each, limit);
    if (near !== undefined) return near;
  }
  const { rows } = await sql<{ id: string }>`
    ${list} and ${await found.listed()} order by ${order} limit ${limit + 1}`.execute(trx);
  return rows.map((row) => row.id);
}

/** The page, if the next entries fill it, or if there are no more of them. */
async function lookThrough(
  trx: Transaction,
  list: Sql,
  order: Sql,
  each: Sql,
  limit: number,
): Promise<readonly string[] | undefined> {
  const { rows } = await sql<{ read: number; ids: readonly string[] }>`
    with entry as materialized (${list} order by ${order} limit ${nextEntries})
    select (select count(*) from entry)::integer as read,
      array(select id::text from entry where ${each} order by ${order} limit ${limit + 1}) as ids`.execute(
    trx,
  );
  const { read = 0, ids = [] } = rows[0] ?? {};
  return ids.length > limit || read < nextEntries ? ids : undefined;
}

/** Ids are UUIDv7: their order is the order of creation. */
function orderOf(sort: UserOrder['sort'], after: Place | undefined) {
  const descending = sort.startsWith('-');
  const direction = sql.raw(descending ? 'desc' : 'asc');
  const compare = sql.raw(descending ? '<' : '>');
  if (sort.endsWith('name')) {
    const order = sql`name_key ${direction}, id ${direction}`;
    return {
      order,
      behind: after ? sql`(name_key, id) ${compare} (${after[0]}, ${after[1]}::uuid)` : sql`true`,
    };
  }
  return { order: sql`id ${direction}`, behind: after ? sql`id ${compare} ${after[1]}::uuid` : sql`true` };
}

type Sql = RawBuilder<unknown>;

type Prepared = {
  /** What the user's own row says. */
  readonly plain: Sql;
  /** What other tables say of `id`. */
  readonly listed: () => Promise<Sql>;
  /** The same of the `id` of an `entry`, asked for one at a time; undefined: only few are left anyway. */
  readonly each: Sql | undefined;
};

async function prepare(trx: Transaction, organizationId: string, filter: UserConditions): Promise<Prepared> {
  const plain = plainConditions(organizationId, filter);
  const lists = listsOf(organizationId, filter);
  if (lists.length === 0) return { plain, listed: async () => sql`true`, each: undefined };
  const few = await findFew(trx, lists);
  if (few !== undefined) {
    const others = lists.filter((list) => list !== few.list).map((list) => has(sql`"user".id`, list));
    const listed = all([sql`id = any(${few.ids}::uuid[])`, ...others]);
    return { plain, listed: async () => listed, each: undefined };
  }
  return {
    plain,
    listed: () => amongAll(trx, lists),
    each: all(lists.map((list) => has(sql`entry.id`, list))),
  };
}

/** The shortest list is read whole; one that is much longer is asked for those who are in the shortest. */
async function amongAll(trx: Transaction, lists: readonly Sql[]): Promise<Sql> {
  const counts = lists.length === 1 ? [0] : await countUpTo(trx, lists, mostRead);
  const fewest = Math.min(...counts);
  const asked = lists.map((list, place) => {
    const isLong = (counts[place] ?? 0) > mostRead && fewest <= mostRead;
    return { isLong, condition: isLong ? has(sql`"user".id`, list) : among(sql`id`, list) };
  });
  // The planner keeps the order of conditions that cost the same.
  return all(asked.toSorted((a, b) => Number(a.isLong) - Number(b.isLong)).map(({ condition }) => condition));
}

function plainConditions(organizationId: string, { status, role, group }: UserConditions): Sql {
  return all([
    sql`organization_id = ${organizationId}`,
    status === undefined ? sql`status <> 'deleted'` : sql`status = ${status}`,
    ...(role === undefined ? [] : [sql`role = ${role}`]),
    ...(group === undefined ? [] : [sql`(group_id in (${groupsBelow(organizationId, group)})) is true`]),
  ]);
}

function all(conditions: readonly Sql[]): Sql {
  return sql.join(conditions, sql` and `);
}

/** `is true` keeps the planner from making a join of it: the list is read once, and each row is looked for in it. */
function among(column: Sql, list: Sql): Sql {
  return sql`(${column} in (select user_id from ${list})) is true`;
}

/** One look into the list for each row. */
function has(id: Sql, list: Sql): Sql {
  return sql`(exists (select from ${list} and user_id = ${id} offset 0)) is true`;
}

/** Each condition that lies in another table: where in it the ids of all whom it finds are. */
function listsOf(organizationId: string, { words, labels, queue }: UserConditions): readonly Sql[] {
  const here = sql`organization_id = ${organizationId}`;
  return [
    // A range and not LIKE, whose operators are not leakproof, so that no index would serve them (sql/0002_user.sql).
    ...words.map(
      (word) => sql`user_word where ${here} and word >= ${word} and word < ${`${word}\u{10ffff}`}`,
    ),
    ...labels.map((label) => sql`user_label where ${here} and label_id = ${label}`),
    ...(queue === undefined ? [] : [sql`queue_member where ${here} and queue_id = ${queue}`]),
  ];
}

/** The list that finds fewest, if those are few. */
async function findFew(
  trx: Transaction,
  lists: readonly Sql[],
): Promise<{ readonly list: Sql; readonly ids: readonly string[] } | undefined> {
  const counts = await countUpTo(trx, lists, mostFew);
  const fewest = Math.min(...counts);
  const list = lists[counts.indexOf(fewest)];
  if (list === undefined || fewest > mostFew) return undefined;
  const found = await sql<{ user_id: string }>`select user_id from ${list}`.execute(trx);
  return { list, ids: [...new Set(found.rows.map((row) => row.user_id))] };
}

async function countUpTo(trx: Transaction, lists: readonly Sql[], most: number): Promise<readonly number[]> {
  const counted = lists.map(
    (list) => sql`(select count(*) from (select from ${list} limit ${most + 1}) as found)::integer`,
  );
  // Room for the ids of every user of the largest organization, for this transaction: without it they would be
  // searched from end to end for each row.
  const { rows } = await sql<{ counts: readonly number[] }>`
    select array[${sql.join(counted)}] as counts, set_config('work_mem', '64MB', true)`.execute(trx);
  return rows[0]?.counts ?? [];
}

function groupsBelow(organizationId: string, groupId: string): Sql {
  return sql`
    with recursive down as (
      select id from user_group where organization_id = ${organizationId} and id = ${groupId}
      union select g.id from user_group g join down on g.parent_group_id = down.id
        where g.organization_id = ${organizationId})
    select id from down`;
}
