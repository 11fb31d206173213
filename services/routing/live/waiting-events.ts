import type { NewWait } from '../../storage/queue-waits.ts';
import type { CallLogEntry } from '../calls/call-log.ts';
import type { Call } from '../domain/call.ts';
import type { Outcome, Step, TurnedAway } from '../domain/decision.ts';
import type { Directory } from '../domain/directory.ts';
import type { LegEvent } from '../domain/wait-record.ts';
import type { LeaveReason } from '../domain/waiting.ts';

/** What callers who wait, and the members who are rung for them, give to do. */
export type WaitingEvent = { readonly organizationId: string; readonly callId: string } & (
  | { readonly kind: 'seen'; readonly wait: NewWait }
  /** Did not even come in: sent on at once. */
  | { readonly kind: 'turned-away'; readonly wait: NewWait; readonly reason: LeaveReason }
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

/** What a queue has to know of it; mostly nothing. */
export function toWaitingEvents(
  entry: CallLogEntry,
  directoryOf: (organizationId: string) => Directory | undefined,
): readonly WaitingEvent[] {
  const { organizationId, callId, at } = entry;
  const place = { organizationId, callId };
  switch (entry.type) {
    case 'decided': {
      const { directory, call, decision } = entry;
      const [step] = decision.steps;
      const turnedAway = decision.turnedAway?.filter(({ stepId }) => stepId === step?.id) ?? [];
      return [
        ...turnedAwayEvents(entry, directory, turnedAway, call),
        ...pbxEvents(entry, directory, step, call),
      ];
    }
    case 'step-ended': {
      const { stepId, outcome, answeredBy = null, next, turnedAway = [] } = entry;
      const ended = { ...place, kind: 'ended', stepId, outcome, answeredBy, at } as const;
      const directory = entry.directory ?? directoryOf(organizationId);
      if (directory === undefined) return [ended];
      return [
        ended,
        ...turnedAwayEvents(entry, directory, turnedAway),
        ...pbxEvents(entry, directory, next ?? undefined),
      ];
    }
    case 'status':
      return endStatuses.has(entry.status) ? [{ ...place, kind: 'gone', at }] : [];
    default:
      return [];
  }
}

const nobody = { from: null, to: null } as const;
type Parties = Pick<QueuedCaller, 'from' | 'to'>;

/** At Twilio callers are asked for when they are in the queue, a moment later. */
function pbxEvents(
  { carrier, organizationId, callId, at }: CallLogEntry,
  directory: Directory,
  step: Step | undefined,
  { from, to }: Parties = nobody,
): readonly WaitingEvent[] {
  if (carrier !== 'pbx' || step?.action !== 'queue') return [];
  const { queueId, maxWaitSeconds, id: stepId } = step;
  const caller = { carrier, callId, stepId, queueId, maxWaitSeconds, from, to, waitedSeconds: 0, rung: [] };
  return [{ organizationId, callId, kind: 'seen', wait: toWait(directory, caller, at) }];
}

/** The step that stands in the queue's stead may be a wait in another one, so its id alone would not do. */
function turnedAwayEvents(
  { carrier, organizationId, callId, at }: CallLogEntry,
  directory: Directory,
  turnedAway: readonly TurnedAway[],
  { from, to }: Parties = nobody,
): readonly WaitingEvent[] {
  return turnedAway.map(({ stepId, queueId, reason }, index) => {
    const place = { carrier, callId, stepId: `${stepId}:${index}`, queueId } as const;
    const caller = { ...place, maxWaitSeconds: 0, from, to, waitedSeconds: 0, rung: [] };
    return { organizationId, callId, kind: 'turned-away', wait: toWait(directory, caller, at), reason };
  });
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
  const calling = from?.kind === 'extension' ? directory.extensions.get(from.extension) : undefined;
  const enteredAt = at - caller.waitedSeconds * 1000;
  const settings = directory.queues.get(queueId)?.waiting;
  return {
    callId,
    stepId,
    queueId,
    carrier,
    accountSid: caller.accountSid ?? null,
    queueSid: caller.queueSid ?? null,
    // Shown to the members, as the carrier lets us show our own numbers only.
    dialled: number?.data.number ?? directory.data.numbers[0]?.number ?? null,
    priority: number?.data.waitingPriority ?? settings?.priority ?? usualPriority,
    maxWaiting: settings?.maxWaiting ?? null,
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
