import type { NewWait } from '../../storage/queue-waits.ts';
import type { CallLogEntry } from '../calls/call-log.ts';
import type { Call } from '../domain/call.ts';
import type { Outcome } from '../domain/decision.ts';
import type { Directory } from '../domain/directory.ts';
import type { LegEvent } from '../domain/wait-record.ts';

/** What callers who wait, and the members who are rung for them, give to do. */
export type WaitingEvent = { readonly organizationId: string; readonly callId: string } & (
  | { readonly kind: 'seen'; readonly wait: NewWait }
  /** A telephone of a member who was offered the caller. */
  | { readonly kind: 'leg'; readonly offerId: string; readonly leg: LegEvent }
  | {
      readonly kind: 'ended';
      readonly stepId: string;
      readonly outcome: Outcome;
      readonly answeredBy: string | null;
      readonly at: number;
    }
  | { readonly kind: 'gone'; readonly at: number }
);

const endStatuses = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled', 'ended']);

/** Undefined: nothing that a queue has to know. */
export function toWaitingEvent(
  entry: CallLogEntry,
  directoryOf: (organizationId: string) => Directory | undefined,
): WaitingEvent | undefined {
  const { organizationId, callId, at } = entry;
  const place = { organizationId, callId };
  switch (entry.type) {
    case 'decided': {
      const [step] = entry.decision.steps;
      // At Twilio callers are asked for when they are in the queue, a moment later.
      if (entry.carrier !== 'pbx' || step?.action !== 'queue') return undefined;
      const { queueId, maxWaitSeconds, id } = step;
      const caller = { stepId: id, queueId, maxWaitSeconds, to: entry.call.to, from: entry.call.from };
      const wait = toWait(
        entry.directory,
        { ...caller, carrier: 'pbx', callId, waitedSeconds: 0, rung: [] },
        at,
      );
      return { ...place, kind: 'seen', wait };
    }
    case 'step-ended': {
      const { stepId, outcome, answeredBy = null, next } = entry;
      if (entry.carrier === 'pbx' && next?.action === 'queue') {
        const directory = directoryOf(organizationId);
        if (directory === undefined) return undefined;
        const { queueId, maxWaitSeconds, id } = next;
        const waiting = { stepId: id, queueId, maxWaitSeconds, to: null, from: null };
        const wait = toWait(
          directory,
          { ...waiting, carrier: 'pbx', callId, waitedSeconds: 0, rung: [] },
          at,
        );
        return { ...place, kind: 'seen', wait };
      }
      return { ...place, kind: 'ended', stepId, outcome, answeredBy, at };
    }
    case 'status':
      return endStatuses.has(entry.status) ? { ...place, kind: 'gone', at } : undefined;
    default:
      return undefined;
  }
}

/** A caller in a queue, as a carrier describes one. */
export type QueuedCaller = {
  readonly callId: string;
  readonly stepId: string;
  readonly queueId: string;
  readonly maxWaitSeconds: number;
  readonly carrier: 'twilio' | 'pbx';
  readonly from: Call['from'] | null;
  readonly to: Call['to'] | null;
  /** Users who were rung in this call before. */
  readonly rung: readonly string[];
  readonly waitedSeconds: number;
  readonly accountSid?: string;
  readonly queueSid?: string;
};

const usualPriority = 50;

export function toWait(directory: Directory, caller: QueuedCaller, at: number): NewWait {
  const { callId, stepId, queueId, carrier, from, to, maxWaitSeconds } = caller;
  const number = to?.kind === 'number' ? directory.numbers.get(to.number) : undefined;
  const priority =
    number?.data.waitingPriority ?? directory.queues.get(queueId)?.waiting?.priority ?? usualPriority;
  const calling = from?.kind === 'extension' ? directory.extensions.get(from.extension) : undefined;
  const enteredAt = at - caller.waitedSeconds * 1000;
  return {
    callId,
    stepId,
    queueId,
    carrier,
    accountSid: caller.accountSid ?? null,
    queueSid: caller.queueSid ?? null,
    // Shown to the members, as the carrier lets us show our own numbers only.
    dialled: number?.data.number ?? directory.data.numbers[0]?.number ?? null,
    priority,
    rung: calling?.type === 'user' ? [...caller.rung, calling.id] : caller.rung,
    enteredAt,
    expiresAt: enteredAt + maxWaitSeconds * 1000,
    seenAt: at,
  };
}

/** Directories change seldom; whether any of their queues lets callers wait is asked for every call. */
const known = new WeakMap<Directory, boolean>();

export function hasQueuesThatWait(directory: Directory): boolean {
  const before = known.get(directory);
  if (before !== undefined) return before;
  const found = directory.data.queues.some((queue) => queue.waiting);
  known.set(directory, found);
  return found;
}
