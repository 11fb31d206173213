import {
  type CallEventRow,
  findStaleCalls,
  noRow,
  renameCall,
  type StoredCall,
  writeRecords,
} from '../../storage/call-records.ts';
import { type Database, inOrganization, type Transaction } from '../../storage/database.ts';
import { toPlainCell } from '../../storage/record-cells.ts';
import type { CallRecord } from './call-record.ts';
import {
  type CallBefore,
  type KnownCall,
  type KnownCalls,
  noKnownCalls,
  nothingBefore,
  readBefore,
  toBefore,
  toBelief,
} from './known-calls.ts';
import { missedEvents } from './missed.ts';
import { addRecords, type ChangedCall, newlyMissed, toChanges } from './record-changes.ts';

/** A call id may be another call's after this long. */
const idLifeMs = 24 * 3_600_000;

/**
 * Writes what happened, and what it comes to: the state of each call, who had to do with it, the figures of the day, and
 * what is told to whoever watches. All of it or nothing; written twice, it is as if it were written once. `known` saves
 * reading what this process wrote; every call of it is compared with its row first.
 */
export async function writeCallRecords(
  database: Database,
  organizationId: string,
  records: readonly CallRecord[],
  known: KnownCalls = noKnownCalls,
): Promise<void> {
  const told = records.map(({ callId, event }) => ({ callId: toPlainCell(callId), event }));
  const written = await inOrganization(database, organizationId, async (trx) => {
    const befores = new Map<string, CallBefore>();
    await readBefores(trx, organizationId, told, known, befores);
    const own = await ownIds(trx, organizationId, told, befores);
    await readBefores(trx, organizationId, own, noKnownCalls, befores);
    const batch = addRecords(organizationId, own, (id) => befores.get(id) ?? nothingBefore);
    if (batch.changed.length + batch.pending.length === 0) return undefined;
    const missed = await missedEvents(trx, organizationId, newlyMissed(batch.changed));
    const version = await writeRecords(trx, organizationId, toChanges(batch, missed));
    return { version, changed: batch.changed };
  });
  // Known when it is committed, and not before.
  for (const call of written?.changed ?? [])
    known.set(organizationId, call.id, toKnown(call, written?.version ?? noRow));
}

function toKnown({ events, row: { figures, state } }: ChangedCall, version: number): KnownCall {
  return { version, events, figures, state };
}

/** The calls that `befores` does not have yet, as their rows stand. */
async function readBefores(
  trx: Transaction,
  organizationId: string,
  told: readonly CallEventRow[],
  known: KnownCalls,
  befores: Map<string, CallBefore>,
): Promise<void> {
  const begins = new Set(told.filter(({ event }) => event.type === 'decided').map(({ callId }) => callId));
  const asked = [...new Set(told.map(({ callId }) => callId))].filter((id) => !befores.has(id));
  if (asked.length === 0) return;
  const beliefs = asked.map((id) => toBelief(id, known.get(organizationId, id), begins.has(id)));
  const stale = new Map<string, StoredCall>();
  for (const call of await findStaleCalls(trx, organizationId, beliefs)) stale.set(call.id, call);
  for (const id of asked) {
    const stored = stale.get(id);
    const own = known.get(organizationId, id);
    const before = own === undefined ? nothingBefore : toBefore(own);
    befores.set(id, stored === undefined ? before : readBefore(stored));
  }
}

/**
 * A PBX may use an id again after a day. The earlier call then goes on under another name, which is made of its own
 * beginning; what comes late of the earlier one finds that name too, or, where it does not say when it began, nothing.
 */
async function ownIds(
  trx: Transaction,
  organizationId: string,
  told: readonly CallEventRow[],
  befores: Map<string, CallBefore>,
): Promise<readonly CallEventRow[]> {
  const begun = new Map<string, number>();
  for (const [id, { events }] of befores) {
    const first = events.find((event) => event.type === 'decided');
    if (first !== undefined) begun.set(id, first.at);
  }
  for (const { callId, event } of told) {
    const startedAt = begun.get(callId);
    if (event.type !== 'decided' || startedAt === undefined || event.at - startedAt <= idLifeMs) continue;
    await renameCall(trx, organizationId, callId, formerId(callId, startedAt));
    befores.set(callId, nothingBefore);
    begun.set(callId, event.at);
  }
  return told.flatMap(({ callId, event }) => {
    const startedAt = begun.get(callId);
    if (startedAt === undefined || startedAt - event.at <= idLifeMs) return [{ callId, event }];
    return event.type === 'decided' ? [{ callId: formerId(callId, event.at), event }] : [];
  });
}

/** No carrier's id has a `~` in it. */
function formerId(callId: string, startedAt: number): string {
  return `${callId}~${startedAt}`;
}
