import {
  addToDays,
  type CallEventRow,
  type CallRow,
  insertCallEvents,
  type KnownCall,
  listEarlierEvents,
  listKnownCalls,
  lockCallRecords,
  renameCall,
  upsertCalls,
} from '../../storage/call-records.ts';
import { type Database, inOrganization, type Transaction } from '../../storage/database.ts';
import { appendLiveEvents } from '../../storage/live-events.ts';
import type { CallEvent, Decided } from '../domain/call-event.ts';
import { addFigures, type CallFigures, differenceOf, figuresOf } from '../domain/call-figures.ts';
import { reduceCall } from '../domain/call-state.ts';
import { toCallChanged } from './call-document.ts';
import type { CallRecord } from './call-record.ts';
import { missedEvents } from './missed.ts';

/** A call id may be another call's after this long. */
const idLifeMs = 24 * 3_600_000;

/**
 * Writes what happened, and what it comes to: the state of each call, who had to do with it, the figures of the day, and
 * what is told to whoever watches. All of it or nothing; written twice, it is as if it were written once.
 */
export function writeCallRecords(
  database: Database,
  organizationId: string,
  records: readonly CallRecord[],
): Promise<void> {
  return inOrganization(database, organizationId, async (trx) => {
    await lockCallRecords(trx, organizationId);
    const entries = await ownIds(trx, organizationId, records);
    const news = await insertCallEvents(trx, organizationId, onceEach(entries));
    if (news.length === 0) return;
    const ids = [...new Set(news.map(({ callId }) => callId))];
    const known = new Map<string, KnownCall>();
    for (const call of await listKnownCalls(trx, organizationId, ids)) known.set(call.id, call);
    const rows = toRows(organizationId, news, await listEarlierEvents(trx, organizationId, news));
    if (rows.length === 0) return;
    await upsertCalls(trx, organizationId, rows);
    await addToDays(trx, organizationId, differences(rows, known));
    const changed = rows.map((row) => toCallChanged(row.id, row.state));
    const missed = await missedEvents(trx, organizationId, rows, known);
    await appendLiveEvents(trx, organizationId, [...changed, ...missed]);
  });
}

/**
 * A PBX may use an id again after a day. The earlier call then goes on under another name, which is made of its own
 * beginning; what comes late of the earlier one finds that name too, or, where it does not say when it began, nothing.
 */
async function ownIds(
  trx: Transaction,
  organizationId: string,
  records: readonly CallRecord[],
): Promise<readonly CallEventRow[]> {
  const ids = [...new Set(records.map(({ callId }) => callId))];
  const begun = new Map(
    (await listKnownCalls(trx, organizationId, ids)).map((call) => [call.id, call.startedAt]),
  );
  for (const { callId, event } of records) {
    const startedAt = begun.get(callId);
    if (event.type !== 'decided' || startedAt === undefined || event.at - startedAt <= idLifeMs) continue;
    await renameCall(trx, organizationId, callId, formerId(callId, startedAt));
    begun.set(callId, event.at);
  }
  return records.flatMap(({ callId, event }) => {
    const startedAt = begun.get(callId);
    if (startedAt === undefined || startedAt - event.at <= idLifeMs) return [{ callId, event }];
    return event.type === 'decided' ? [{ callId: formerId(callId, event.at), event }] : [];
  });
}

/** No carrier's id has a `~` in it. */
function formerId(callId: string, startedAt: number): string {
  return `${callId}~${startedAt}`;
}

/** A statement cannot meet a row twice. */
function onceEach(entries: readonly CallEventRow[]): readonly CallEventRow[] {
  const first = new Map<string, CallEventRow>();
  for (const entry of entries) {
    const key = `${entry.callId}\n${entry.event.key}`;
    const known = first.get(key);
    if (known === undefined || entry.event.at < known.event.at) first.set(key, entry);
  }
  return [...first.values()];
}

/** Calls of which nobody has said how they began wait for that. */
function toRows(
  organizationId: string,
  news: readonly CallEventRow[],
  earlier: readonly CallEventRow[],
): readonly CallRow[] {
  const events = new Map<string, CallEvent[]>();
  const reasons = new Map<string, unknown>();
  for (const { callId, event } of news) {
    events.set(callId, [...(events.get(callId) ?? []), event]);
    if (event.type === 'decided') reasons.set(callId, toDecisionDocument(callId, event.data));
  }
  for (const { callId, event } of earlier) events.get(callId)?.push(event);
  return [...events].flatMap(([id, own]): readonly CallRow[] => {
    const state = reduceCall(own);
    if (state === undefined) return [];
    return [{ id, state, figures: figuresOf(organizationId, state), decision: reasons.get(id) }];
  });
}

/** As services/routing/domain/decision-document.ts, with ids for people (history.ts). */
function toDecisionDocument(callId: string, decided: Decided) {
  const { directoryVersion, validUntil, answeredBy, steps, trace = [] } = decided;
  return { callId, directoryVersion, validUntil, answeredBy, steps, trace };
}

function differences(
  rows: readonly CallRow[],
  known: ReadonlyMap<string, KnownCall>,
): readonly CallFigures[] {
  const sums = new Map<string, CallFigures>();
  for (const { id, figures } of rows)
    addFigures(sums, differenceOf(known.get(id)?.figures ?? [], figures), 1);
  return differenceOf([], [...sums.values()]);
}
