import { sql } from 'kysely';
import type { CallEvent, Decided } from '../routing/domain/call-event.ts';
import type { CallFigures } from '../routing/domain/call-figures.ts';
import type { CallUser } from '../routing/domain/call-parties.ts';
import type { CallState, TimelineEntry } from '../routing/domain/call-state.ts';
import type { NewLiveEvent } from '../routing/live/event.ts';
import type { Transaction } from './database.ts';
import { type Cell, toCells, toDocument, toPlainCell } from './record-cells.ts';

/** What is known of calls, in rows: two statements for a batch of any size (sql/0038_call_record.sql). */

export type CallEventRow = { readonly callId: string; readonly event: CallEvent };

/** A call as it stands in its row. */
export type StoredCall = {
  readonly id: string;
  /** Another whenever the row was changed, by whomever; 0: there is no row. */
  readonly version: number;
  /** Epoch ms, and how it began, without reasons; null: nobody has said so. A release before kept the day elsewhere. */
  readonly startedAt: number | null;
  readonly decided: (Omit<Decided, 'day'> & Partial<Pick<Decided, 'day'>>) | null;
  /** What was told of it since. */
  readonly timeline: readonly TimelineEntry[];
  /** What it has added to the days. */
  readonly figures: readonly CallFigures[];
  /** What was told of it and is in no row of a call yet. */
  readonly pending: readonly CallEvent[];
};

/** What a call's row is believed to be. */
export type Belief = { readonly id: string; readonly version: number };

/** There is no row; it is not known whether there is one. */
export const noRow = 0;
export const notKnown = -1;

/** A call as it is to stand there. `decision`: undefined keeps the one that does. */
export type CallRow = {
  readonly id: string;
  readonly state: CallState;
  readonly figures: readonly CallFigures[];
  readonly decision: unknown;
  /** Those that are not in the rows as they are to be. */
  readonly users: readonly CallUser[];
  /** Somebody who may be in the rows is no longer. */
  readonly hasGone: boolean;
};

export type RecordChanges = {
  readonly calls: readonly CallRow[];
  /** What is to be added, one for each subject and day. */
  readonly days: readonly CallFigures[];
  /** Events of calls of which nobody has said how they began. */
  readonly pending: readonly CallEventRow[];
  /** Calls whose pending events are in their rows from now on. */
  readonly absorbed: readonly string[];
  readonly events: readonly NewLiveEvent[];
};

type StaleRow = {
  readonly id: string;
  readonly version: number;
  readonly started_at: number | null;
  readonly decided: StoredCall['decided'];
  readonly timeline: readonly TimelineEntry[] | null;
  readonly figures: readonly CallFigures[] | null;
  readonly pending: readonly CallEvent[] | null;
};

/**
 * The calls that stand otherwise than was believed. Until the commit the records of the organization are written by
 * nobody else, so what is believed of all others is so.
 */
export async function findStaleCalls(
  trx: Transaction,
  organizationId: string,
  beliefs: readonly Belief[],
): Promise<readonly StoredCall[]> {
  const ids = beliefs.map(({ id }) => id);
  const versions = beliefs.map(({ version }) => version);
  const { rows } = await sql<StaleRow>`
    select id, version, started_at, decided, timeline, figures, pending
      from find_stale_calls(${organizationId}, ${ids}, ${versions})`.execute(trx);
  return rows.map((row) => ({
    id: row.id,
    version: row.version,
    startedAt: row.started_at,
    decided: row.version === noRow ? null : row.decided,
    timeline: row.timeline ?? [],
    figures: row.figures ?? [],
    pending: row.pending ?? [],
  }));
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

/** All of it at once; gives the version that the rows of these calls have from now on. The last thing before the commit. */
export async function writeRecords(
  trx: Transaction,
  organizationId: string,
  changes: RecordChanges,
): Promise<number> {
  const { calls } = changes;
  const users = calls.flatMap(({ id, state, users }) =>
    users.map((user) => ({ callId: id, startedAt: state.startedAt, user })),
  );
  const gone = calls.filter(({ hasGone }) => hasGone);
  const { rows } = await sql<{ version: number }>`
    select write_call_records(${organizationId}, ${toCells(calls, callColumns)}, ${toCells(gone, goneColumns)},
      ${toCells(users, userColumns)}, ${toCells(changes.days, dayColumns)}, ${toCells(changes.pending, pendingColumns)},
      ${toCells(changes.absorbed, [toPlainCell])}, ${toCells(changes.events, eventColumns)}) as version`.execute(
    trx,
  );
  return rows[0]?.version ?? notKnown;
}

type Columns<Row> = readonly ((row: Row) => Cell)[];

const callColumns: Columns<CallRow> = [
  ({ id }) => toPlainCell(id),
  ({ state }) => state.decided.carrier,
  ({ state }) => state.decided.from.kind,
  ({ state: { decided } }) => (decided.from.value === null ? null : toPlainCell(decided.from.value)),
  ({ state }) => state.decided.to.kind,
  ({ state }) => toPlainCell(state.decided.to.value),
  ({ state }) => state.decided.numberId,
  ({ state }) => state.decided.userId,
  ({ state }) => state.decided.queueId,
  ({ state }) => state.state,
  ({ state }) => state.outcome,
  ({ state }) => state.answeredBy,
  ({ state }) => state.startedAt,
  ({ state }) => state.answeredAt,
  ({ state }) => state.endedAt,
  ({ state }) => state.decided.directoryVersion,
  ({ decision }) => (decision === undefined ? '{}' : toDocument(decision)),
  ({ state }) => toDocument(state.timeline),
  ({ figures }) => toDocument(figures),
];

/** An earlier report of the same thing may have come late, and take somebody away. */
const goneColumns: Columns<CallRow> = [
  ({ id }) => toPlainCell(id),
  ({ state }) => state.users.map(({ userId }) => userId).join(),
];

type UserRow = { readonly callId: string; readonly startedAt: number; readonly user: CallUser };

const userColumns: Columns<UserRow> = [
  ({ callId }) => toPlainCell(callId),
  ({ user }) => user.userId,
  ({ user }) => user.queueId,
  ({ startedAt }) => startedAt,
  ({ user }) => user.rungAt,
  ({ user }) => user.answeredAt,
  ({ user }) => user.endedAt,
  ({ user }) => user.missed,
];

const dayColumns: Columns<CallFigures> = [
  ({ subjectType }) => subjectType,
  ({ subjectId }) => subjectId,
  ({ day }) => day,
  ({ offered }) => offered,
  ({ handled }) => handled,
  ({ missed }) => missed,
  ({ abandoned }) => abandoned,
  ({ handledInTime }) => handledInTime,
  ({ talkSeconds }) => talkSeconds,
];

const pendingColumns: Columns<CallEventRow> = [
  ({ callId }) => toPlainCell(callId),
  ({ event }) => toPlainCell(event.key),
  ({ event }) => event.at,
  ({ event }) => event.type,
  ({ event }) => toDocument(event.data),
];

const eventColumns: Columns<NewLiveEvent> = [
  ({ at }) => at,
  ({ topic }) => topic,
  ({ name }) => name,
  ({ data }) => toDocument(data),
  ({ userIds }) => userIds.join(),
  ({ queueIds }) => queueIds.join(),
];

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
