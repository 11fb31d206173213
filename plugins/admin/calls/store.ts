import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { CallTable, CallUserTable } from '../../../services/storage/tables.ts';
import type { CallSight } from '../call-sight.ts';

export type CallRow = Pick<Selectable<CallTable>, (typeof columns)[number]>;
export type CallDocuments = Pick<Selectable<CallTable>, 'decision' | 'timeline'>;
export type CallPartyRow = Omit<Selectable<CallUserTable>, 'organization_id'>;

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

const columns = [
  'id',
  'carrier',
  'from_kind',
  'from_value',
  'to_kind',
  'to_value',
  'number_id',
  'user_id',
  'queue_id',
  'state',
  'outcome',
  'answered_by',
  'started_at',
  'answered_at',
  'ended_at',
  'directory_version',
] as const;

/**
 * The newest first, one more than `limit` where there are more. Each source is an index in the order of time: what is
 * asked for most narrowly is walked, and the rest is looked at row by row.
 */
export async function listCalls(
  trx: Transaction,
  organizationId: string,
  sight: CallSight,
  filter: CallFilter,
): Promise<readonly CallRow[]> {
  const sources = sourcesOf(organizationId, sight, filter);
  const most = sql`limit ${filter.limit + 1}`;
  const { rows } = await sql<CallRow>`
    with found as (
      select id, started_at from (${sql.join(
        sources.map((source) => sql`(${source} ${most})`),
        sql` union `,
      )}) as candidate order by started_at desc, id ${most})
    select ${sql.join(columns.map((column) => sql.ref(`call.${column}`)))} from found
      join call on call.organization_id = ${organizationId} and call.id = found.id
      order by call.started_at desc, call.id`.execute(trx);
  return rows;
}

function sourcesOf(organizationId: string, sight: CallSight, filter: CallFilter): readonly Sql[] {
  const rest = conditionsOf(organizationId, sight, filter);
  const calls = (own: Sql) => sql`
    select c.id, c.started_at from call c
      where c.organization_id = ${organizationId} and ${own} and ${placeOf('c', 'id', filter)} and ${rest}
      order by c.started_at desc, c.id`;
  const parties = (own: Sql) => sql`
    select p.call_id as id, p.started_at from call_user p
      join call c on c.organization_id = p.organization_id and c.id = p.call_id
      where p.organization_id = ${organizationId} and ${own} and ${placeOf('p', 'call_id', filter)} and ${rest}
      group by p.started_at, p.call_id order by p.started_at desc, p.call_id`;
  const { number, user, queue } = filter;
  if (number !== undefined) {
    const shown = sight.numbers ? sql`true` : tookPart(organizationId, sight);
    return number.flatMap((value) => [
      calls(sql`c.from_value = ${value} and ${shown}`),
      calls(sql`c.to_value = ${value}`),
    ]);
  }
  if (user !== undefined) return [parties(sql`p.user_id = ${user}`)];
  if (queue !== undefined) {
    return [calls(sql`c.queue_id = ${queue}`), parties(sql`p.queue_id = ${queue}`)];
  }
  if (sight.everybody) return [calls(sql`true`)];
  // One walk for each person and queue in sight, each no longer than a page.
  const most = sql`limit ${filter.limit + 1}`;
  const each = (ids: ReadonlySet<string>, walk: Sql) => sql`
    select w.id, w.started_at from unnest(${[...ids]}::uuid[]) as one(id)
      cross join lateral (${walk} ${most}) as w order by w.started_at desc, w.id`;
  return [
    each(sight.userIds, parties(sql`p.user_id = one.id`)),
    ...(sight.queueIds.size === 0
      ? []
      : [
          each(sight.queueIds, calls(sql`c.queue_id = one.id`)),
          each(sight.queueIds, parties(sql`p.queue_id = one.id`)),
        ]),
  ];
}

/** Behind the last row of the page before, in the order of time backwards and ids forwards. */
function placeOf(table: string, id: string, { after, from, to }: CallFilter): Sql {
  const at = sql.ref(`${table}.started_at`);
  const conditions: Sql[] = [];
  if (from !== undefined) conditions.push(sql`${at} >= ${from}`);
  if (to !== undefined) conditions.push(sql`${at} < ${to}`);
  if (after !== undefined) {
    const { startedAt } = after;
    conditions.push(
      sql`${at} <= ${startedAt} and (${at} < ${startedAt} or ${sql.ref(`${table}.${id}`)} > ${after.id})`,
    );
  }
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}

function conditionsOf(organizationId: string, sight: CallSight, filter: CallFilter): Sql {
  const { user, queue, outcome } = filter;
  const conditions: Sql[] = [sql`true`];
  if (user !== undefined) conditions.push(hasParty(organizationId, sql`o.user_id = ${user}`));
  if (queue !== undefined) {
    conditions.push(sql`(c.queue_id = ${queue} or ${hasParty(organizationId, sql`o.queue_id = ${queue}`)})`);
  }
  if (outcome !== undefined) conditions.push(sql`c.outcome = ${outcome}`);
  if (!sight.everybody) conditions.push(inSight(organizationId, sight));
  return sql.join(conditions, sql` and `);
}

function hasParty(organizationId: string, own: Sql): Sql {
  return sql`exists (select from call_user o where o.organization_id = ${organizationId} and o.call_id = c.id and ${own})`;
}

function tookPart(organizationId: string, { userId }: CallSight): Sql {
  return userId === null ? sql`false` : hasParty(organizationId, sql`o.user_id = ${userId}`);
}

/** As `seesCall` says it. */
function inSight(organizationId: string, sight: CallSight): Sql {
  const users = sql`${[...sight.userIds]}::uuid[]`;
  const queues = sql`${[...sight.queueIds]}::uuid[]`;
  const party = hasParty(organizationId, sql`(o.user_id = any(${users}) or o.queue_id = any(${queues}))`);
  return sql`(c.queue_id = any(${queues}) or ${party})`;
}

export function findCall(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<(CallRow & CallDocuments) | undefined> {
  return trx
    .selectFrom('call')
    .select([...columns, 'decision', 'timeline'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export type MessageRow = {
  readonly id: string;
  readonly mailbox_type: 'user' | 'queue';
  readonly mailbox_id: string;
  readonly duration_seconds: number;
  readonly received_at: Date;
};

/** Messages that were left in the call and are kept. */
export async function listMessages(
  trx: Transaction,
  organizationId: string,
  callId: string,
): Promise<readonly MessageRow[]> {
  const { rows } = await sql<MessageRow>`
    select id, mailbox_type, mailbox_id, duration_seconds, received_at from voicemail
      where organization_id = ${organizationId} and call_id = ${callId} and deleted_at is null
      order by received_at, id`.execute(trx);
  return rows;
}

/** Who had to do with these calls, in the order in which they were rung. */
export async function listParties(
  trx: Transaction,
  organizationId: string,
  callIds: readonly string[],
): Promise<ReadonlyMap<string, readonly CallPartyRow[]>> {
  if (callIds.length === 0) return new Map();
  const rows = await trx
    .selectFrom('call_user')
    .select(['call_id', 'user_id', 'queue_id', 'started_at', 'rung_at', 'answered_at', 'ended_at', 'missed'])
    .where('organization_id', '=', organizationId)
    .where('call_id', 'in', callIds)
    .orderBy(sql`rung_at nulls last`)
    .orderBy('user_id')
    .execute();
  return Map.groupBy(rows, (row) => row.call_id);
}

/** What people and things are called now, by id. */
export async function listNames(
  trx: Transaction,
  organizationId: string,
  ids: {
    readonly users: readonly string[];
    readonly queues: readonly string[];
    readonly leads: readonly string[];
  },
): Promise<ReadonlyMap<string, string>> {
  const here = sql`organization_id = ${organizationId}`;
  const { rows } = await sql<{ id: string; name: string }>`
    select id::text, first_name || ' ' || last_name as name from "user" where ${here} and id = any(${ids.users}::uuid[])
    union all select id::text, name from queue where ${here} and id = any(${ids.queues}::uuid[])
    union all select id::text, name from lead where ${here} and id = any(${ids.leads}::uuid[])`.execute(trx);
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** The leads that call from these numbers. */
export async function listCallerLeads(
  trx: Transaction,
  organizationId: string,
  numbers: readonly string[],
): Promise<ReadonlyMap<string, { readonly id: string; readonly name: string }>> {
  if (numbers.length === 0) return new Map();
  const { rows } = await sql<{ number: string; id: string; name: string }>`
    select n.number, l.id, l.name from lead_number n
      join lead l on l.organization_id = n.organization_id and l.id = n.lead_id
      where n.organization_id = ${organizationId} and n.number = any(${[...numbers]}::text[])`.execute(trx);
  return new Map(rows.map(({ number, id, name }) => [number, { id, name }]));
}
