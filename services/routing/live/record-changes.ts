import type { CallEventRow, CallRow, RecordChanges } from '../../storage/call-records.ts';
import type { CallEvent, Decided } from '../domain/call-event.ts';
import { addFigures, type CallFigures, differenceOf, figuresOf } from '../domain/call-figures.ts';
import type { CallUser } from '../domain/call-parties.ts';
import { type CallState, reduceCall } from '../domain/call-state.ts';
import { toCallChanged } from './call-document.ts';
import type { CallBefore } from './known-calls.ts';
import type { MissedCall } from './missed.ts';

/** What a batch makes of the calls that it tells about. Pure. */

/** A call as it stands now. */
export type ChangedCall = {
  readonly id: string;
  readonly events: readonly CallEvent[];
  readonly row: CallRow;
  readonly before: CallBefore;
};

export type Batch = {
  readonly changed: readonly ChangedCall[];
  readonly pending: readonly CallEventRow[];
  readonly absorbed: readonly string[];
};

/** `beforeOf`: what is known of each call that the records tell about. */
export function addRecords(
  organizationId: string,
  records: readonly CallEventRow[],
  beforeOf: (id: string) => CallBefore,
): Batch {
  const changed: ChangedCall[] = [];
  const pending: CallEventRow[] = [];
  const absorbed: string[] = [];
  for (const [id, told] of Map.groupBy(records, ({ callId }) => callId)) {
    const before = beforeOf(id);
    const { events, news } = addEvents(before, told);
    if (news.length === 0) continue;
    const state = reduceCall(events);
    // Calls of which nobody has said how they began wait for that.
    if (state === undefined) {
      pending.push(...news.map((event) => ({ callId: id, event })));
      continue;
    }
    if (before.pending.length > 0) absorbed.push(id);
    changed.push({ id, events, before, row: toRow(organizationId, { id, state, news, before }) });
  }
  return { changed, pending, absorbed };
}

/** The events of the call from now on, one for each key, the earliest; and what of them is in no row of a call yet. */
function addEvents(
  before: CallBefore,
  told: readonly CallEventRow[],
): { readonly events: readonly CallEvent[]; readonly news: readonly CallEvent[] } {
  const events = new Map(before.events.map((event) => [event.key, event]));
  const news = new Map<string, CallEvent>();
  for (const event of [...before.pending, ...told.map((one) => one.event)]) {
    const known = events.get(event.key);
    if (known !== undefined && known.at <= event.at) continue;
    events.set(event.key, withoutReasons(event));
    news.set(event.key, event);
  }
  return { events: [...events.values()], news: [...news.values()] };
}

/** The reasons of a decision stand in the call's row; its state needs none. */
function withoutReasons(event: CallEvent): CallEvent {
  if (event.type !== 'decided' || event.data.trace === undefined) return event;
  const { trace: _, ...data } = event.data;
  return { ...event, data };
}

type Change = {
  readonly id: string;
  readonly state: CallState;
  readonly news: readonly CallEvent[];
  readonly before: CallBefore;
};

function toRow(organizationId: string, { id, state, news, before }: Change): CallRow {
  const decided = news.find((event) => event.type === 'decided');
  const { written } = before;
  const isNew = before.events.length === 0;
  return {
    id,
    state,
    figures: figuresOf(organizationId, state),
    decision: decided === undefined ? undefined : toDecisionDocument(id, decided.data),
    users: state.users.filter((user) => !written?.users.some((other) => isSame(user, other))),
    hasGone: written === undefined ? !isNew : written.users.some((user) => !isAmong(state.users, user)),
  };
}

function isAmong(users: readonly CallUser[], { userId }: CallUser): boolean {
  return users.some((other) => other.userId === userId);
}

function isSame(one: CallUser, other: CallUser): boolean {
  return (
    one.userId === other.userId &&
    one.queueId === other.queueId &&
    one.rungAt === other.rungAt &&
    one.answeredAt === other.answeredAt &&
    one.endedAt === other.endedAt &&
    one.missed === other.missed
  );
}

/**
 * As services/routing/domain/decision-document.ts, with ids for people (history.ts); and what of the call's beginning
 * stands in no column.
 */
function toDecisionDocument(callId: string, decided: Decided) {
  const { directoryVersion, validUntil, answeredBy, steps, day, callerUserId, trace = [] } = decided;
  return { callId, directoryVersion, validUntil, answeredBy, day, callerUserId, steps, trace };
}

/** Who has missed a call now, and was not known to before. */
export function newlyMissed(changed: readonly ChangedCall[]): readonly MissedCall[] {
  return changed.flatMap(({ row, before }) => {
    const missed = row.state.users.filter((user) => user.missed);
    if (missed.length === 0) return [];
    const known = (before.written ?? reduceCall(before.events))?.users ?? [];
    const told = new Set(known.filter((user) => user.missed).map(({ userId }) => userId));
    return missed.filter(({ userId }) => !told.has(userId)).map((user) => ({ row, user }));
  });
}

/** All that is to be written, and told: one event for each call, as it stands now. */
export function toChanges(batch: Batch, missed: RecordChanges['events']): RecordChanges {
  const { changed, pending, absorbed } = batch;
  const calls = changed.map(({ row }) => row);
  const told = calls.map(({ id, state }) => toCallChanged(id, state));
  return { calls, days: daysOf(changed), pending, absorbed, events: [...told, ...missed] };
}

function daysOf(changed: readonly ChangedCall[]): readonly CallFigures[] {
  const sums = new Map<string, CallFigures>();
  for (const { row, before } of changed) addFigures(sums, differenceOf(before.figures, row.figures), 1);
  return differenceOf([], [...sums.values()]);
}
