import { sql } from 'kysely';
import type { CallEvent } from '../routing/domain/call-event.ts';
import type { CallFigures } from '../routing/domain/call-figures.ts';
import type { CallUser } from '../routing/domain/call-parties.ts';
import type { CallState } from '../routing/domain/call-state.ts';
import type { Transaction } from './database.ts';

/** What is known of calls, in rows. Many rows travel as one document: a statement holds 65,535 parameters at most. */
export type CallEventRow = { readonly callId: string; readonly event: CallEvent };

/** A call as it stands in its row. */
export type KnownCall = {
  readonly id: string;
  readonly startedAt: number;
  readonly figures: readonly CallFigures[];
  /** Users who are known to have missed it. */
  readonly missed: readonly string[];
};

/** A call as it is to stand there. `decision`: undefined keeps the one that does. */
export type CallRow = {
  readonly id: string;
  readonly state: CallState;
  readonly figures: readonly CallFigures[];
  readonly decision: unknown;
};

/** Until the commit: the records of an organization are written by one process at a time. */
export async function lockCallRecords(trx: Transaction, organizationId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`call records ${organizationId}`}, 0))`.execute(
    trx,
  );
}

/**
 * Each key once; of a repetition the earlier stays. Gives those that are new. The reasons of a decision go with the
 * call's own row.
 */
export async function insertCallEvents(
  trx: Transaction,
  organizationId: string,
  rows: readonly CallEventRow[],
): Promise<readonly CallEventRow[]> {
  const document = toDocument(
    rows.map(({ callId, event }) => {
      const { key, at, type, data } = event;
      return {
        call_id: callId,
        key,
        at,
        type,
        data: type === 'decided' ? { ...data, trace: undefined } : data,
      };
    }),
  );
  const { rows: inserted } = await sql<{ call_id: string; key: string }>`
    insert into call_event (organization_id, call_id, key, at, type, data)
    select ${organizationId}::uuid, r.call_id, r.key, to_timestamp(r.at / 1000.0), r.type, r.data
    from jsonb_to_recordset(${document}::jsonb)
      as r(call_id text, key text, at numeric, type text, data jsonb)
    on conflict (organization_id, call_id, key) do update set at = excluded.at, data = excluded.data
      where excluded.at < call_event.at
    returning call_id, key`.execute(trx);
  const isNew = new Set(inserted.map(({ call_id, key }) => `${call_id}\n${key}`));
  return rows.filter(({ callId, event }) => isNew.has(`${callId}\n${event.key}`));
}

/** What was known of the calls of `news` but the news themselves. */
export async function listEarlierEvents(
  trx: Transaction,
  organizationId: string,
  news: readonly CallEventRow[],
): Promise<readonly CallEventRow[]> {
  const ids = [...new Set(news.map(({ callId }) => callId))];
  const document = toDocument(news.map(({ callId, event }) => ({ call_id: callId, key: event.key })));
  const { rows } = await sql<{ call_id: string; key: string; at: string; type: string; data: unknown }>`
    select call_id, key, (extract(epoch from at) * 1000)::bigint as at, type, data from call_event e
    where organization_id = ${organizationId} and call_id = any(${ids})
      and not exists (select 1 from jsonb_to_recordset(${document}::jsonb) as r(call_id text, key text)
        where r.call_id = e.call_id and r.key = e.key)`.execute(trx);
  return rows.map(({ call_id, at, ...row }) => ({
    callId: call_id,
    event: toCallEvent({ ...row, at: Number(at) }),
  }));
}

/** Rows of ours, as they were written; what a type has become since is read by the reducer as far as it goes. */
function toCallEvent(row: { key: string; at: number; type: string; data: unknown }): CallEvent {
  return row as CallEvent;
}

export async function listKnownCalls(
  trx: Transaction,
  organizationId: string,
  ids: readonly string[],
): Promise<readonly KnownCall[]> {
  const { rows } = await sql<KnownCall & { readonly startedAt: string | number }>`
    select id, (extract(epoch from started_at) * 1000)::bigint as "startedAt", figures,
      array(select u.user_id::text from call_user u
        where u.organization_id = c.organization_id and u.call_id = c.id and u.missed) as missed
    from call c where organization_id = ${organizationId} and id = any(${ids})`.execute(trx);
  return rows.map((row) => ({ ...row, startedAt: Number(row.startedAt) }));
}

/** The id belongs to another call from now on: what is known of the earlier one is kept under `formerId`. */
export async function renameCall(
  trx: Transaction,
  organizationId: string,
  id: string,
  formerId: string,
): Promise<void> {
  await sql`update call set id = ${formerId}
    where organization_id = ${organizationId} and id = ${id}`.execute(trx);
  await sql`update call_event set call_id = ${formerId}
    where organization_id = ${organizationId} and call_id = ${id}`.execute(trx);
}

export async function upsertCalls(
  trx: Transaction,
  organizationId: string,
  rows: readonly CallRow[],
): Promise<void> {
  const document = toDocument(rows.map(toCallDocument));
  await sql`
    insert into call (organization_id, id, carrier, from_kind, from_value, to_kind, to_value, number_id, user_id,
      queue_id, state, outcome, answered_by, started_at, answered_at, ended_at, directory_version, decision, timeline,
      figures)
    select ${organizationId}::uuid, r.id, r.carrier, r.from_kind, r.from_value, r.to_kind, r.to_value, r.number_id,
      r.user_id, r.queue_id, r.state, r.outcome, r.answered_by, r.started_at, r.answered_at, r.ended_at,
      r.directory_version, coalesce(r.decision, '{}'), r.timeline, r.figures
    from jsonb_to_recordset(${document}::jsonb) as r(id text, carrier text, from_kind text, from_value text,
      to_kind text, to_value text, number_id uuid, user_id uuid, queue_id uuid, state text, outcome text,
      answered_by uuid, started_at timestamptz, answered_at timestamptz, ended_at timestamptz,
      directory_version bigint, decision jsonb, timeline jsonb, figures jsonb)
    on conflict (organization_id, id) do update set state = excluded.state, outcome = excluded.outcome,
      answered_by = excluded.answered_by, started_at = excluded.started_at, answered_at = excluded.answered_at,
      ended_at = excluded.ended_at, directory_version = excluded.directory_version,
      decision = case when excluded.decision = '{}' then call.decision else excluded.decision end,
      timeline = excluded.timeline, figures = excluded.figures, updated_at = now()`.execute(trx);
  await upsertCallUsers(trx, organizationId, rows);
}

function toCallDocument({ id, state: call, figures, decision }: CallRow) {
  const { decided } = call;
  return {
    id,
    carrier: decided.carrier,
    from_kind: decided.from.kind,
    from_value: decided.from.value,
    to_kind: decided.to.kind,
    to_value: decided.to.value,
    number_id: decided.numberId,
    user_id: decided.userId,
    queue_id: decided.queueId,
    state: call.state,
    outcome: call.outcome,
    answered_by: call.answeredBy,
    started_at: toInstant(call.startedAt),
    answered_at: toInstant(call.answeredAt),
    ended_at: toInstant(call.endedAt),
    directory_version: decided.directoryVersion,
    decision,
    timeline: call.timeline,
    figures,
  };
}

async function upsertCallUsers(
  trx: Transaction,
  organizationId: string,
  calls: readonly CallRow[],
): Promise<void> {
  const rows = calls.flatMap(({ id, state }) => state.users.map((user) => toUserDocument(id, state, user)));
  const document = toDocument(rows);
  const ids = calls.map(({ id }) => id);
  // An earlier report of the same thing may have come late, and take somebody away.
  await sql`
    delete from call_user u where organization_id = ${organizationId} and call_id = any(${ids})
      and not exists (select 1 from jsonb_to_recordset(${document}::jsonb) as r(call_id text, user_id uuid)
        where r.call_id = u.call_id and r.user_id = u.user_id)`.execute(trx);
  if (rows.length === 0) return;
  await sql`
    insert into call_user (organization_id, call_id, user_id, queue_id, started_at, rung_at, answered_at, ended_at,
      missed)
    select ${organizationId}::uuid, r.call_id, r.user_id, r.queue_id, r.started_at, r.rung_at, r.answered_at,
      r.ended_at, r.missed
    from jsonb_to_recordset(${document}::jsonb) as r(call_id text, user_id uuid, queue_id uuid,
      started_at timestamptz, rung_at timestamptz, answered_at timestamptz, ended_at timestamptz, missed boolean)
    on conflict (organization_id, call_id, user_id) do update set queue_id = excluded.queue_id,
      started_at = excluded.started_at, rung_at = excluded.rung_at, answered_at = excluded.answered_at,
      ended_at = excluded.ended_at, missed = excluded.missed`.execute(trx);
}

function toUserDocument(callId: string, call: CallState, user: CallUser) {
  return {
    call_id: callId,
    user_id: user.userId,
    queue_id: user.queueId,
    started_at: toInstant(call.startedAt),
    rung_at: toInstant(user.rungAt),
    answered_at: toInstant(user.answeredAt),
    ended_at: toInstant(user.endedAt),
    missed: user.missed,
  };
}

/** `differences`: what is to be added, one for each subject and day. */
export async function addToDays(
  trx: Transaction,
  organizationId: string,
  differences: readonly CallFigures[],
): Promise<void> {
  if (differences.length === 0) return;
  await sql`
    insert into call_day as d (organization_id, subject_type, subject_id, day, offered, handled, missed, abandoned,
      handled_in_time, talk_seconds)
    select ${organizationId}::uuid, r."subjectType", r."subjectId", r.day, r.offered, r.handled, r.missed, r.abandoned,
      r."handledInTime", r."talkSeconds"
    from jsonb_to_recordset(${toDocument(differences)}::jsonb) as r("subjectType" text, "subjectId" uuid, day date,
      offered integer, handled integer, missed integer, abandoned integer, "handledInTime" integer,
      "talkSeconds" bigint)
    on conflict (organization_id, subject_type, subject_id, day) do update set offered = d.offered + excluded.offered,
      handled = d.handled + excluded.handled, missed = d.missed + excluded.missed,
      abandoned = d.abandoned + excluded.abandoned, handled_in_time = d.handled_in_time + excluded.handled_in_time,
      talk_seconds = d.talk_seconds + excluded.talk_seconds`.execute(trx);
}

/** How somebody wants to hear of missed calls. */
export type MissedSetting = {
  readonly userId: string;
  readonly pushMissed: boolean;
  /** Minutes of the local day. */
  readonly quietHours: readonly [from: number, to: number] | null;
  readonly timeZone: string;
};

export async function listMissedSettings(
  trx: Transaction,
  organizationId: string,
  userIds: readonly string[],
): Promise<readonly MissedSetting[]> {
  const { rows } = await sql<MissedSetting>`
    select u.id as "userId", coalesce((u.mobile->>'pushMissed')::boolean, true) as "pushMissed",
      nullif(u.mobile->'quietHours', 'null') as "quietHours", coalesce(u.time_zone, o.time_zone) as "timeZone"
    from "user" u join organization o on o.id = u.organization_id
    where u.organization_id = ${organizationId} and u.id = any(${userIds}::uuid[]) and u.status = 'active'`.execute(
    trx,
  );
  return rows;
}

function toInstant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** As Postgres takes it: a text there has no NUL and no half of a surrogate pair, and callers choose what they send. */
function toDocument(rows: readonly unknown[]): string {
  const text = JSON.stringify(rows);
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text;
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value,
  );
}
