import { storable } from '../../storage/record-cells.ts';
import type { CallLogEntry } from '../calls/call-log.ts';
import type { Call, Caller, Dialled } from '../domain/call.ts';
import { type CallEvent, type CallEventContent, type Decided, keyOf } from '../domain/call-event.ts';
import type { Directory } from '../domain/directory.ts';
import { withFactsRead } from '../domain/facts.ts';
import { explainForHistory, stepForHistory, traceForHistory } from '../domain/history.ts';
import { keepTrace } from '../domain/kept-trace.ts';
import { formatDate, localDay, zoneNamed } from '../domain/local-time.ts';
import { toRfc3339 } from '../domain/walk.ts';

/** An event and whose it is: what waits to be written, in memory or in a file. */
export type CallRecord = {
  readonly organizationId: string;
  readonly callId: string;
  readonly event: CallEvent;
  /** With it what a box needs to know of a recording, and history does not: who left it, and where it is. */
  readonly recorded?: Recorded;
};

/** What a carrier told about a recording. */
export type Recorded = Extract<CallLogEntry, { readonly type: 'recorded' }>;

type Decision = Extract<CallLogEntry, { readonly type: 'decided' }>;

/** Pure; behind the answer, because a decision is made once more here to say why. */
export function toCallRecord(entry: CallLogEntry): CallRecord {
  const { organizationId, callId, at } = entry;
  const content = contentOf(entry);
  const event = { key: keyOf(content), at, ...content };
  return entry.type === 'recorded'
    ? { organizationId, callId, event, recorded: entry }
    : { organizationId, callId, event };
}

function contentOf(entry: CallLogEntry): CallEventContent {
  switch (entry.type) {
    case 'decided':
      return { type: 'decided', data: toDecided(entry) };
    case 'step-ended':
      return {
        type: 'step-ended',
        data: {
          stepId: entry.stepId,
          outcome: entry.outcome,
          answeredBy: entry.answeredBy ?? null,
          talkSeconds: entry.talkSeconds ?? null,
          next: entry.next === null ? null : stepForHistory(entry.next),
          trace: keepTrace(traceForHistory(entry.trace, { kind: 'anonymous' }, entry.directory)),
        },
      };
    case 'status':
      return { type: 'status', data: { status: entry.status, durationSeconds: entry.durationSeconds } };
    case 'leg': {
      const { userId, legId, state, outcome } = entry;
      return { type: 'leg', data: { userId, legId, state, outcome } };
    }
    case 'waiting': {
      const { queueId, state, userId } = entry;
      return { type: 'waiting', data: { queueId, state, userId } };
    }
    case 'recorded': {
      const { mailbox, recordingSid, status, durationSeconds } = entry;
      return { type: 'recorded', data: { mailbox, recordingSid, status, durationSeconds } };
    }
  }
}

function toDecided({ carrier, call, decision, directory, at }: Decision): Decided {
  const { directoryVersion, validUntil, answeredBy, steps } = decision;
  return {
    carrier,
    from: callerOf(call.from),
    to: dialledOf(call.to),
    ...calledBy(directory, call),
    ...leadsTo(directory, call),
    day: formatDate(localDay(zoneNamed(directory.organization.timeZone), at)),
    directoryVersion,
    validUntil: validUntil === null ? null : toRfc3339(validUntil),
    answeredBy,
    steps: steps.map(stepForHistory),
    trace: keepTrace(explainForHistory(directory, withFactsRead(call), at).trace),
  };
}

function callerOf(from: Caller): Decided['from'] {
  switch (from.kind) {
    case 'anonymous':
      return { kind: from.kind, value: null };
    case 'extension':
      return { kind: from.kind, value: from.extension };
    case 'address':
      return { kind: from.kind, value: storable(from.address) };
    default:
      return { kind: from.kind, value: from.number };
  }
}

function dialledOf(to: Dialled): Decided['to'] {
  switch (to.kind) {
    case 'number':
      return { kind: to.kind, value: to.number };
    case 'extension':
      return { kind: to.kind, value: to.extension };
    case 'unparsable':
      return { kind: to.kind, value: storable(to.raw) };
    default:
      return { kind: to.kind, value: to.id };
  }
}

function calledBy(directory: Directory, { from }: Call): Pick<Decided, 'callerUserId'> {
  const owner = from.kind === 'extension' ? directory.extensions.get(from.extension) : undefined;
  return owner?.type === 'user' ? { callerUserId: owner.id } : {};
}

/** The number, and the user or queue that it belongs to at that moment. */
function leadsTo(directory: Directory, { to }: Call): Pick<Decided, 'numberId' | 'userId' | 'queueId'> {
  const number = to.kind === 'number' ? directory.numbers.get(to.number)?.data : undefined;
  const extension = to.kind === 'extension' ? directory.extensions.get(to.extension) : undefined;
  const asked = to.kind === 'user' || to.kind === 'queue' ? { type: to.kind, id: to.id } : undefined;
  const target = number?.target ?? extension ?? asked;
  return {
    numberId: number?.id ?? null,
    userId: target?.type === 'user' ? target.id : null,
    queueId: target?.type === 'queue' ? target.id : null,
  };
}
