import { type RawBuilder, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { CallSight } from '../call-sight.ts';

export type CallFilter = {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  /** Every spelling under which it may be kept. */
  readonly number: readonly string[] | undefined;
  readonly user: string | undefined;
  readonly queue: string | undefined;
  readonly outcome: string | undefined;
  /** Where the page before ended. */
  readonly after: { readonly startedAt: Date; readonly id: string } | undefined;
  readonly limit: number;
};

type Sql = RawBuilder<unknown>;

/** What a search is made of: everything about the table is in an index in the order of time (sql/0036_call_list.sql). */
type Search = {
  readonly organizationId: string;
  readonly sight: CallSight;
  readonly filter: CallFilter;
};

/** Calls that one thing is true of: as walks in the order of time, and as a question about one call `f`. */
type Trait = {
  /** Each gives `id, started_at` of what lies in the asked time and ended as asked. `most`: so many, the newest. */
  readonly walks: (most: Sql) => readonly Sql[];
  readonly holds: Sql;
  /** How many walks that takes. */
  readonly walked: number;
};

/** Calls that are looked at one by one before all that fit are intersected. */
const soMany = 2_000;
/** From so many walks on, the newest calls are looked at first. */
const fewWalks = 50;
/** Two thousand calls of each are too many, where there are more than this. */
const someWalks = 500;

const everything = sql``;

/**
 * Ids of calls, the newest first, one more than `limit` where there are more. What is asked for most narrowly is walked
 * backwards in time, and the rest is asked of each call: soon enough where hits are frequent. Where they are not, the
 * lists are intersected as a whole, from indexes alone.
 */
export async function searchCalls(
  trx: Transaction,
  organizationId: string,
  sight: CallSight,
  filter: CallFilter,
): Promise<readonly string[]> {
  const search = { organizationId, sight, filter };
  const page = filter.limit + 1;
  const [first, ...others] = traitsOf(search);
  if (first === undefined) return find(trx, newest([walkCalls(search, sql`true`, sql`limit ${page}`)], page));
  if (others.length > 0) {
    const traits = [first, ...others];
    for (const one of traits.filter(({ walked }) => walked <= someWalks)) {
      const rest = traits.filter((other) => other !== one);
      const near = await findNear(trx, one.walks(sql`limit ${sql.lit(soMany)}`), rest, page);
      if (near !== undefined) return near;
    }
    return find(trx, intersection(traits, page));
  }
  if (first.walked > fewWalks) {
    const all = walkCalls(search, sql`true`, sql`limit ${sql.lit(soMany)}`);
    const near = await findNear(trx, [all], [first], page);
    if (near !== undefined) return near;
  }
  return find(trx, newest(first.walks(sql`limit ${page}`), page));
}

/** The narrowest first. What is in sight anyhow is not asked. */
function traitsOf(search: Search): readonly Trait[] {
  const { sight, filter } = search;
  const { user, number, queue } = filter;
  const traits: Trait[] = [];
  if (user !== undefined) traits.push(ofUsers(search, sql`= ${user}`));
  if (number !== undefined) traits.push(ofNumber(search, number));
  if (queue !== undefined) traits.push(ofQueues(search, sql`= ${queue}`));
  const isSeen =
    sight.everybody ||
    (user !== undefined && sight.userIds.has(user)) ||
    (queue !== undefined && sight.queueIds.has(queue));
  return isSeen ? traits : [...traits, ofDesk(search)];
}

async function find(trx: Transaction, query: Sql): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select id from (${query}) as found`.execute(trx);
  return rows.map(({ id }) => id);
}

/** Asked of one after the other until the page is full. Undefined: it is not, and there are more than the newest. */
async function findNear(
  trx: Transaction,
  walks: readonly Sql[],
  others: readonly Trait[],
  page: number,
): Promise<readonly string[] | undefined> {
  const { rows } = await sql<{ ids: readonly string[]; walked: string }>`
    with near as materialized (${newest(walks, soMany)})
    select (select count(*) from near) as walked, array(
      select f.id from (select id, started_at from near order by started_at desc, id offset 0) as f where ${allHold(others)} limit ${page}) as ids`.execute(
    trx,
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return row.ids.length === page || Number(row.walked) < soMany ? row.ids : undefined;
}

/** `is true` keeps a question from being turned into a join, which would not keep the order of what it is asked of. */
function allHold(traits: readonly Trait[]): Sql {
  return sql.join([sql`true`, ...traits.map(({ holds }) => sql`(${holds}) is true`)], sql` and `);
}

function newest(walks: readonly Sql[], most: number): Sql {
  return sql`select id, started_at from (${unionOf(walks)}) as one order by started_at desc, id limit ${most}`;
}

/** Two lists as a whole; what is common to both is asked for the rest, in the order of time and until the page is full. */
function intersection([first, second, ...others]: readonly Trait[], page: number): Sql {
  const listOf = (trait: Trait | undefined) => unionOf(trait?.walks(everything) ?? []);
  return sql`select id, started_at from (
      select id, started_at from (${listOf(first)} offset 0) as one
        where id in (select id from (${listOf(second)} offset 0) as other)
        order by started_at desc, id offset 0) as f
    where ${allHold(others)} limit ${page}`;
}

function unionOf(walks: readonly Sql[]): Sql {
  return sql.join(
    walks.map((walk) => sql`(${walk})`),
    sql` union `,
  );
}

function walkCalls({ organizationId, filter }: Search, own: Sql, most: Sql): Sql {
  return sql`select c.id, c.started_at from call c
    where c.organization_id = ${organizationId} and ${own} and ${placeOf('c', 'id', filter)}
    order by c.started_at desc, c.id ${most}`;
}

function walkParties({ organizationId, filter }: Search, own: Sql, most: Sql): Sql {
  return sql`select p.call_id as id, p.started_at from call_user p
    where p.organization_id = ${organizationId} and ${own} and ${placeOf('p', 'call_id', filter)}
    group by p.started_at, p.call_id order by p.started_at desc, p.call_id ${most}`;
}

/** In the asked time, ended as asked, and behind the last row of the page before: time backwards, ids forwards. */
function placeOf(table: string, id: string, { after, from, to, outcome }: CallFilter): Sql {
  const at = sql.ref(`${table}.started_at`);
  const conditions: Sql[] = [sql`true`];
  if (outcome !== undefined) conditions.push(sql`${sql.ref(`${table}.outcome`)} = ${outcome}`);
  if (from !== undefined) conditions.push(sql`${at} >= ${from}`);
  if (to !== undefined) conditions.push(sql`${at} < ${to}`);
  if (after !== undefined) {
    const { startedAt } = after;
    conditions.push(
      sql`${at} <= ${startedAt} and (${at} < ${startedAt} or ${sql.ref(`${table}.${id}`)} > ${after.id})`,
    );
  }
  return sql.join(conditions, sql` and `);
}

/** `is`: how the user's id is compared. */
function ofUsers(search: Search, is: Sql): Trait {
  return {
    walks: (most) => [walkParties(search, sql`p.user_id ${is}`, most)],
    holds: hasParty(search, sql`o.user_id ${is}`),
    walked: 1,
  };
}

function ofQueues(search: Search, is: Sql): Trait {
  return {
    walks: (most) => [
      walkCalls(search, sql`c.queue_id ${is}`, most),
      walkParties(search, sql`p.queue_id ${is}`, most),
    ],
    holds: sql`(${isCall(search, sql`k.queue_id ${is}`)} or ${hasParty(search, sql`o.queue_id ${is}`)})`,
    walked: 1,
  };
}

/** Who may not see the numbers of callers finds nobody by them, but in their own calls. */
function ofNumber(search: Search, spellings: readonly string[]): Trait {
  const { organizationId, sight } = search;
  const own = sql`exists (select from call_user o where o.organization_id = ${organizationId}
    and o.call_id = c.id and o.user_id = ${sight.userId})`;
  const shown = sight.numbers ? sql`true` : sight.userId === null ? sql`false` : own;
  const any = sql`any(${[...spellings]}::text[])`;
  return {
    walks: (most) =>
      spellings.flatMap((value) => [
        walkCalls(search, sql`c.from_value = ${value} and ${shown}`, most),
        walkCalls(search, sql`c.to_value = ${value}`, most),
      ]),
    holds: sql`exists (select from call c where c.organization_id = ${organizationId} and c.id = f.id
      and (c.to_value = ${any} or (c.from_value = ${any} and ${shown})))`,
    walked: 1,
  };
}

/** As `seesCall` says it: a walk for each person and queue. */
function ofDesk(search: Search): Trait {
  const users = sql`${[...search.sight.userIds]}::uuid[]`;
  const queues = sql`${[...search.sight.queueIds]}::uuid[]`;
  const each = (ids: Sql, walk: Sql) => sql`select w.id, w.started_at from unnest(${ids}) as one(id)
    cross join lateral (${walk}) as w order by w.started_at desc, w.id`;
  // Compared as they are, row by row: a thousand ids are no condition to search an index with.
  const among = (column: Sql, ids: Sql) => sql`(${column} = any(${ids})) is true`;
  return {
    walks: (most) => [
      each(users, walkParties(search, sql`p.user_id = one.id`, most)),
      each(queues, walkCalls(search, sql`c.queue_id = one.id`, most)),
      each(queues, walkParties(search, sql`p.queue_id = one.id`, most)),
    ],
    walked: search.sight.userIds.size + search.sight.queueIds.size,
    holds: sql`(${hasParty(search, sql`(${among(sql`o.user_id`, users)} or ${among(sql`o.queue_id`, queues)})`)}
      or ${isCall(search, among(sql`k.queue_id`, queues))})`,
  };
}

function hasParty({ organizationId }: Search, own: Sql): Sql {
  return sql`exists (select from call_user o where o.organization_id = ${organizationId} and o.call_id = f.id and ${own})`;
}

function isCall({ organizationId }: Search, own: Sql): Sql {
  return sql`exists (select from call k where k.organization_id = ${organizationId} and k.id = f.id and ${own})`;
}
