import { sql } from 'kysely';
import type { Presence } from '../routing/domain/call.ts';
import type { NewLiveEvent } from '../routing/live/event.ts';
import type { PresenceChanges } from '../routing/live/presence-memory.ts';
import type { Lease } from '../routing/live/presence-people.ts';
import type { Transaction } from './database.ts';
import { appendLiveEvents } from './live-events.ts';

/** The write side of sql/0032_presence.sql. */

/**
 * What one process knows, for the others: leases, what follows for the people, and the events that tell of it. The
 * organization's row of the stream is locked first, so what is told is true at the commit, whoever else writes.
 */
export async function writePresence(
  trx: Transaction,
  organizationId: string,
  { leases, closedCalls, rung }: PresenceChanges,
  at: number,
): Promise<void> {
  const seq = await nextSeq(trx, organizationId);
  const answered = await writeLeases(trx, organizationId, leases, seq);
  const closed = await closeCalls(trx, organizationId, closedCalls, seq);
  if (rung.length > 0) await writeRung(trx, organizationId, rung, seq);
  if (answered.length > 0) await countAnswered(trx, organizationId, answered);
  const userIds = new Set([...leases.map(({ userId }) => userId), ...closed]);
  await tellPresence(trx, organizationId, [...userIds], at);
}

async function nextSeq(trx: Transaction, organizationId: string): Promise<number> {
  const { seq } = await trx
    .insertInto('presence_stream')
    .values({ organization_id: organizationId, seq: 1 })
    .onConflict((conflict) =>
      conflict.column('organization_id').doUpdateSet({ seq: sql<number>`presence_stream.seq + 1` }),
    )
    .returning('seq')
    .executeTakeFirstOrThrow();
  return seq;
}

type Answered = { readonly userId: string; readonly at: string };

/** Gives the calls of queues that have been answered and were not before. */
async function writeLeases(
  trx: Transaction,
  organizationId: string,
  leases: readonly Lease[],
  seq: number,
): Promise<readonly Answered[]> {
  if (leases.length === 0) return [];
  const document = JSON.stringify(leases.map(toRow));
  // The first sub-select sees the rows as they were before.
  const { rows } = await sql<{ user_id: string; answered_at: Date }>`
    with told as (
      select * from jsonb_to_recordset(${document}::jsonb) as r(source text, user_id uuid, state text, counts boolean,
        queue_id uuid, at timestamptz, answered_at timestamptz, expires_at timestamptz)),
    known as (
      select l.source, l.user_id from presence_lease l join told using (source, user_id)
        where l.organization_id = ${organizationId} and l.answered_at is not null and l.queue_id is not null),
    written as (
      insert into presence_lease as l
          (organization_id, source, user_id, state, counts, queue_id, at, answered_at, expires_at, seq)
        select ${organizationId}::uuid, source, user_id, state, counts, queue_id, at, answered_at, expires_at, ${seq}::bigint
          from told
        on conflict (organization_id, source, user_id) do update set
          state = case when ${isNewer} then excluded.state else l.state end,
          at = case when ${isNewer} then excluded.at else l.at end,
          expires_at = case when ${isNewer} then excluded.expires_at else l.expires_at end,
          counts = l.counts or excluded.counts,
          queue_id = coalesce(l.queue_id, excluded.queue_id),
          answered_at = coalesce(l.answered_at, excluded.answered_at),
          seq = excluded.seq
        returning l.source, l.user_id, l.queue_id, l.answered_at)
    select w.user_id, w.answered_at from written w left join known k using (source, user_id)
      where w.answered_at is not null and w.queue_id is not null and k.user_id is null`.execute(trx);
  return rows.map((row) => ({ userId: row.user_id, at: row.answered_at.toISOString() }));
}

/** A leg of a call never goes back: ringing, on-call, offline. Of anything else the last word counts. */
const isNewer = sql`(l.source not like 'call:%' or
  array_position(array['ringing', 'on-call', 'offline'], excluded.state) >=
  array_position(array['ringing', 'on-call', 'offline'], l.state))`;

function toRow(lease: Lease) {
  return {
    source: lease.source,
    user_id: lease.userId,
    state: lease.state,
    counts: lease.counts,
    queue_id: lease.queueId,
    at: new Date(lease.at).toISOString(),
    answered_at: lease.answeredAt === null ? null : new Date(lease.answeredAt).toISOString(),
    expires_at: new Date(lease.expiresAt).toISOString(),
  };
}

/** Also legs that only others have told about. Gives whose they were. */
async function closeCalls(
  trx: Transaction,
  organizationId: string,
  calls: PresenceChanges['closedCalls'],
  seq: number,
): Promise<readonly string[]> {
  if (calls.length === 0) return [];
  const document = JSON.stringify(
    calls.map(({ callId, at }) => ({ source: `call:${callId}`, at: new Date(at).toISOString() })),
  );
  const { rows } = await sql<{ user_id: string }>`
    update presence_lease l set state = 'offline', at = r.at, expires_at = r.at + interval '2 minutes', seq = ${seq}::bigint
      from jsonb_to_recordset(${document}::jsonb) as r(source text, at timestamptz)
      where l.organization_id = ${organizationId} and l.source = r.source and l.state <> 'offline'
      returning l.user_id`.execute(trx);
  return rows.map((row) => row.user_id);
}

async function writeRung(
  trx: Transaction,
  organizationId: string,
  rung: PresenceChanges['rung'],
  seq: number,
): Promise<void> {
  const document = JSON.stringify(
    rung.map(({ queueId, userId, at }) => ({ queueId, userId, at: new Date(at).toISOString() })),
  );
  await sql`
    insert into presence_queue as p (organization_id, queue_id, user_id, rung_at, seq)
      select q.organization_id, q.id, r."userId", r.at, ${seq}::bigint
        from jsonb_to_recordset(${document}::jsonb) as r("queueId" uuid, "userId" uuid, at timestamptz)
        join queue q on q.organization_id = ${organizationId} and q.id = r."queueId"
      on conflict (organization_id, queue_id) do update
        set user_id = excluded.user_id, rung_at = excluded.rung_at, seq = excluded.seq
        where p.rung_at <= excluded.rung_at`.execute(trx);
}

/** By the organization's local day: the count of another day begins anew. */
async function countAnswered(
  trx: Transaction,
  organizationId: string,
  answered: readonly Answered[],
): Promise<void> {
  const document = JSON.stringify(answered);
  await sql`
    insert into presence_user as p (organization_id, user_id, last_answered_at, answered_day, answered)
      select u.organization_id, u.id, max(r.at), (max(r.at) at time zone o.time_zone)::date, count(*)
        from jsonb_to_recordset(${document}::jsonb) as r("userId" uuid, at timestamptz)
        join "user" u on u.organization_id = ${organizationId} and u.id = r."userId"
        join organization o on o.id = u.organization_id
        group by u.organization_id, u.id, o.time_zone
      on conflict (organization_id, user_id) do update set
        last_answered_at = greatest(p.last_answered_at, excluded.last_answered_at),
        answered = case when p.answered_day = excluded.answered_day then p.answered + excluded.answered
          when p.answered_day > excluded.answered_day then p.answered else excluded.answered end,
        answered_day = greatest(p.answered_day, excluded.answered_day)`.execute(trx);
}

type Told = {
  readonly user_id: string;
  readonly state: Presence;
  readonly calls: number;
  readonly since: Date;
};

/**
 * What follows from the leases and from the users' own do-not-disturb, which wins; events for those whose state is not
 * what was told last. In a change of the administration: call `lockPresence` before what it depends on is read.
 */
export async function tellPresence(
  trx: Transaction,
  organizationId: string,
  userIds: readonly string[],
  at: number,
): Promise<void> {
  if (userIds.length === 0) return;
  const instant = new Date(at).toISOString();
  const { rows } = await sql<Told>`
    with person as (
      select u.id, ${isUndisturbed(instant)} as quiet,
          case when ${isUndisturbed(instant)} then u.dnd_until end as dnd_until,
          count(l.source) as leases,
          count(*) filter (where l.counts and l.state in ('ringing', 'on-call')) as counting,
          coalesce(bool_or(l.state = 'on-call'), false) as talking,
          coalesce(bool_or(l.state = 'ringing'), false) as ringing,
          coalesce(bool_or(l.source = 'device' and l.state = 'do-not-disturb'), false) as device_quiet,
          coalesce(bool_or(l.source = 'device' and l.state in ('ringing', 'on-call')), false) as device_busy
        from "user" u left join presence_lease l on l.organization_id = u.organization_id and l.user_id = u.id
          and l.state <> 'offline' and l.expires_at > ${instant}
        where u.organization_id = ${organizationId} and u.id = any(${[...userIds]}::uuid[])
        group by u.organization_id, u.id),
    state as (
      select id, dnd_until, greatest(counting, device_busy::integer) as calls,
          case when quiet or device_quiet then 'do-not-disturb' when talking then 'on-call'
            when ringing then 'ringing' when leases > 0 then 'online' else 'offline' end as state
        from person),
    told as (
      insert into presence_user as p (organization_id, user_id, state, calls, since, dnd_until)
        select ${organizationId}::uuid, s.id, s.state, s.calls, ${instant}, s.dnd_until from state s
          where s.state <> 'offline' or exists (
            select from presence_user k where k.organization_id = ${organizationId} and k.user_id = s.id)
        on conflict (organization_id, user_id) do update set
          state = excluded.state, calls = excluded.calls, dnd_until = excluded.dnd_until,
          since = case when p.state = excluded.state then p.since else excluded.since end
          where (p.state, p.calls, p.dnd_until) is distinct from (excluded.state, excluded.calls, excluded.dnd_until)
        returning user_id, state, calls, since)
    select * from told order by user_id`.execute(trx);
  if (rows.length > 0)
    await appendLiveEvents(
      trx,
      organizationId,
      rows.map((row) => toEvent(row, at)),
    );
}

/** Whoever tells of presence comes one after another. */
export async function lockPresence(trx: Transaction, organizationId: string): Promise<void> {
  await nextSeq(trx, organizationId);
}

function isUndisturbed(instant: string) {
  return sql<boolean>`(u.dnd_on and (u.dnd_until is null or u.dnd_until > ${instant}))`;
}

function toEvent({ user_id, state, calls, since }: Told, at: number): NewLiveEvent {
  return {
    topic: 'presence',
    name: 'presence.changed',
    at,
    data: { userId: user_id, state, calls, since: since.toISOString() },
    userIds: [user_id],
    queueIds: [],
  };
}

/** What has run out, of one organization. */
export async function endDuePresence(trx: Transaction, organizationId: string, at: number): Promise<void> {
  await lockPresence(trx, organizationId);
  const due = new Date(at);
  const gone = await trx
    .deleteFrom('presence_lease')
    .where('organization_id', '=', organizationId)
    .where('expires_at', '<=', due)
    .returning('user_id')
    .execute();
  const disturbable = await trx
    .selectFrom('presence_user')
    .select('user_id')
    .where('organization_id', '=', organizationId)
    .where('dnd_until', '<=', due)
    .execute();
  const userIds = new Set([...gone, ...disturbable].map((row) => row.user_id));
  await tellPresence(trx, organizationId, [...userIds], at);
}
