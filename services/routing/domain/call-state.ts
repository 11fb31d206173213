import type { CallEvent } from './call-event.ts';
import { type CallQueue, type CallUser, queuesOf, usersOf } from './call-parties.ts';
import { type CallOutcome, type CallSummary, mailboxOf, rings, type Story, toStory } from './call-story.ts';
import type { Step } from './decision.ts';

/**
 * What the events of a call add up to. Pure, and the same for every order and every repetition of the same events:
 * carriers report late, twice and out of order, and replicas write what they know at different times.
 */
export type CallState = CallSummary & {
  /** Who called from here, was rung, talked, or owns the box that the call ended in; by id. */
  readonly users: readonly CallUser[];
  /** Queues that rang for the call or held it; by id. */
  readonly queues: readonly CallQueue[];
  /** What happened after the decision, the earliest first. */
  readonly timeline: readonly TimelineEntry[];
};

/** An event without its key: what a person reads of it. */
export type TimelineEntry = { readonly at: number; readonly type: CallEvent['type'] } & Readonly<
  Record<string, unknown>
>;

type Answer = { readonly at: number; readonly userId: string | null; readonly step: Step | undefined };

/** undefined: nobody has said yet how the call began. */
export function reduceCall(all: readonly CallEvent[]): CallState | undefined {
  const story = toStory(all);
  if (story === undefined) return undefined;
  const { decided, startedAt } = story;
  const answer = findAnswer(story);
  const endedAt = findEnd(story, answer);
  const outcome = endedAt === null ? null : outcomeOfCall(story, answer);
  const answeredBy = answer?.userId ?? null;
  const answeredAt = answer?.at ?? null;
  const state = endedAt === null ? stateOf(story, answer) : 'ended';
  const summary = { decided, state, outcome, answeredBy, startedAt, answeredAt, endedAt } as const;
  const users = usersOf(story, summary);
  return { ...summary, users, queues: queuesOf(story, summary, users), timeline: timelineOf(story) };
}

/** Who took the call, and when; null: nobody (yet). */
function findAnswer(story: Story): Answer | null {
  const { begun, legs, events } = story;
  const taken = begun.find(({ ended }) => ended?.data.outcome === 'answered');
  const picked = legs.filter(({ data }) => data.state === 'answered' && !isRefuted(story, data.userId));
  const offers = events.filter(
    (event) =>
      event.type === 'waiting' &&
      event.data.state === 'answered' &&
      (event.data.userId === null || !isRefuted(story, event.data.userId)),
  );
  const told = taken?.ended?.data.answeredBy ?? onlyTarget(taken?.step);
  const first = told === null ? picked[0] : picked.find(({ data }) => data.userId === told);
  const userId = told ?? first?.data.userId ?? waitingUser(offers[0]) ?? null;
  const step = taken?.step ?? begun.find(({ step }) => rings(step, userId))?.step;
  const at = first?.at ?? offers[0]?.at;
  if (at !== undefined) return { at, userId, step };
  if (taken?.ended === undefined) return null;
  const { at: endedAt, data } = taken.ended;
  return { at: Math.max(taken.at, endedAt - (data.talkSeconds ?? 0) * 1_000), userId, step };
}

function waitingUser(event: CallEvent | undefined): string | undefined {
  return event?.type === 'waiting' ? (event.data.userId ?? undefined) : undefined;
}

/**
 * Somebody's mailbox picked up, or somebody did when the caller had just left the queue, and the step ended without an
 * answer all the same.
 */
function isRefuted(story: Story, userId: string): boolean {
  const rang = story.begun.filter(({ step }) => rings(step, userId) || wasOffered(story, step, userId));
  return (
    rang.length > 0 && rang.every(({ ended }) => ended !== undefined && ended.data.outcome !== 'answered')
  );
}

function wasOffered({ events }: Story, step: Step, userId: string): boolean {
  if (step.action !== 'queue') return false;
  return events.some(
    ({ type, data }) => type === 'waiting' && data.userId === userId && data.queueId === step.queueId,
  );
}

function onlyTarget(step: Step | undefined): string | null {
  const [only, another] = step?.action === 'ring' ? step.targets : [];
  return only !== undefined && another === undefined ? only.userId : null;
}

/** Where a call is over for its carrier. Of Twilio, and those of the PBX interface. */
const lastStatuses: ReadonlySet<string> = new Set([
  'completed',
  'busy',
  'failed',
  'no-answer',
  'canceled',
  'ended',
]);

/** When the call was over; null: it is not. What the carrier says of the whole call comes before what we conclude. */
function findEnd(story: Story, answer: Answer | null): number | null {
  const { events, startedAt } = story;
  const told = events.find((event) => event.type === 'status' && lastStatuses.has(event.data.status));
  const swept = events.find((event) => event.type === 'swept');
  const at = told?.at ?? lastStep(story) ?? hungUp(story, answer) ?? swept?.at;
  return at === undefined ? null : Math.max(at, answer?.at ?? startedAt);
}

/** A step after which nothing follows. */
function lastStep(story: Story): number | undefined {
  for (const { step, at, ended } of story.begun) {
    if (step.action === 'reject' || step.action === 'hangup') return at;
    if (ended === undefined || ended.data.next !== null) continue;
    // A PBX tells that somebody answers when they do; one that also tells how calls go on says itself when it is over.
    if (ended.data.outcome === 'answered' && tellsProgress(story)) continue;
    return ended.at;
  }
  return undefined;
}

function tellsProgress({ decided, legs, events }: Story): boolean {
  return decided.carrier === 'pbx' && (legs.length > 0 || events.some((event) => event.type === 'status'));
}

function hungUp(story: Story, answer: Answer | null): number | undefined {
  if (answer === null || !tellsProgress(story)) return undefined;
  return story.legs.find(({ data }) => data.state === 'ended' && data.userId === answer.userId)?.at;
}

const untilAnswered: ReadonlySet<Step['action']> = new Set(['ring', 'forward', 'queue', 'menu']);

function outcomeOfCall(story: Story, answer: Answer | null): CallOutcome {
  if (answer !== null) return answer.step?.action === 'forward' ? 'forwarded' : 'answered';
  if (mailboxOf(story) !== undefined) return 'voicemail';
  const { begun, events } = story;
  const last = begun.at(-1);
  if (last?.step.action === 'reject') return 'rejected';
  if (isAbandoned(story)) return 'abandoned';
  const tried = begun.some(({ step }) => step.action !== 'menu' && untilAnswered.has(step.action));
  if (tried || events.some((event) => event.type === 'waiting')) return 'missed';
  return last?.step.action === 'announce' || last?.step.action === 'hangup' ? 'announced' : 'abandoned';
}

/** The caller hung up: a carrier says so, or ends the call while a step is under way. */
function isAbandoned({ begun, events }: Story): boolean {
  if (begun.some(({ ended }) => ended?.data.outcome === 'canceled')) return true;
  const last = begun.at(-1);
  const isOpen = last !== undefined && last.ended === undefined && untilAnswered.has(last.step.action);
  return isOpen && events.some((event) => event.type === 'status' && lastStatuses.has(event.data.status));
}

function stateOf({ begun }: Story, answer: Answer | null): CallState['state'] {
  if (answer !== null) return 'in-progress';
  const action = begun.at(-1)?.step.action;
  if (action === 'queue') return 'waiting';
  return action === 'ring' || action === 'forward' ? 'ringing' : 'in-progress';
}

function timelineOf({ events }: Story): readonly TimelineEntry[] {
  return events
    .filter((event) => event.type !== 'decided')
    .map(({ at, type, data }) => ({ at, type, ...data }));
}
