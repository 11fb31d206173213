import type { CallEvent, Decided, Leg, StepEnded } from './call-event.ts';
import type { Mailbox, Step } from './decision.ts';

/**
 * What the events of a call add up to. Pure, and the same for every order and every repetition of the same events:
 * carriers report late, twice and out of order, and replicas write what they know at different times.
 */
export type CallState = {
  readonly decided: Decided;
  readonly state: 'ringing' | 'waiting' | 'in-progress' | 'ended';
  /** null: not over yet. */
  readonly outcome: CallOutcome | null;
  readonly answeredBy: string | null;
  /** Epoch ms, as all of these. */
  readonly startedAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  /** Who called from here, was rung, talked, or owns the box that the call ended in; by id. */
  readonly users: readonly CallUser[];
  /** Queues that rang for the call or held it; by id. */
  readonly queues: readonly CallQueue[];
  /** What happened after the decision, the earliest first. */
  readonly timeline: readonly TimelineEntry[];
};

export type CallOutcome =
  | 'answered'
  | 'missed'
  | 'voicemail'
  | 'abandoned'
  | 'forwarded'
  | 'announced'
  | 'rejected';

export type CallUser = {
  readonly userId: string;
  readonly queueId: string | null;
  readonly rungAt: number | null;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  /** Rung, and nobody at all took the call. */
  readonly missed: boolean;
};

export type CallQueue = {
  readonly queueId: string;
  readonly enteredAt: number;
  readonly end: 'handled' | 'missed' | 'abandoned' | null;
};

/** An event without its key: what a person reads of it. */
export type TimelineEntry = { readonly at: number; readonly type: CallEvent['type'] } & Readonly<
  Record<string, unknown>
>;

type Ended = { readonly at: number; readonly data: StepEnded };
/** A step that was carried out, and how it ended; undefined: it is being carried out, or nobody said. */
type Begun = { readonly step: Step; readonly at: number; readonly ended: Ended | undefined };
type LegEvent = { readonly at: number; readonly data: Leg };

/** Everything that is asked of the events more than once. */
type Story = {
  readonly events: readonly CallEvent[];
  readonly decided: Decided;
  readonly startedAt: number;
  readonly begun: readonly Begun[];
  readonly legs: readonly LegEvent[];
};

type Answer = { readonly at: number; readonly userId: string | null; readonly step: Step | undefined };

/** undefined: nobody has said yet how the call began. */
export function reduceCall(all: readonly CallEvent[]): CallState | undefined {
  const story = toStory(inOrder(all));
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

type Summary = Omit<CallState, 'users' | 'queues' | 'timeline'>;

/** One event for each key, the earliest; in an order that the way in which they came has no part in. */
function inOrder(all: readonly CallEvent[]): readonly CallEvent[] {
  const first = new Map<string, CallEvent>();
  for (const event of all) {
    const known = first.get(event.key);
    if (known === undefined || isBefore(event, known)) first.set(event.key, event);
  }
  return [...first.values()].sort((one, other) => one.at - other.at || (one.key < other.key ? -1 : 1));
}

function isBefore(event: CallEvent, known: CallEvent): boolean {
  if (event.at !== known.at) return event.at < known.at;
  const [one, other] = [JSON.stringify(event), JSON.stringify(known)];
  return one < other;
}

function toStory(events: readonly CallEvent[]): Story | undefined {
  const first = events.find((event) => event.type === 'decided');
  if (first === undefined) return undefined;
  const ends = new Map<string, Ended>();
  for (const event of events) if (event.type === 'step-ended') ends.set(event.data.stepId, event);
  const begun = carriedOut(first.data.steps[0], first.at, ends);
  const legs = events.filter((event) => event.type === 'leg');
  return { events, decided: first.data, startedAt: first.at, begun, legs };
}

/** The steps one after the other, each by the one that led to it; then those of which nobody said what led there. */
function carriedOut(
  start: Step | undefined,
  startedAt: number,
  ends: ReadonlyMap<string, Ended>,
): readonly Begun[] {
  const begun: Begun[] = [];
  const follow = (from: Step | null | undefined, at: number): void => {
    let [step, begunAt] = [from, at];
    while (step !== null && step !== undefined && !begun.some((known) => known.step.id === step?.id)) {
      const ended = ends.get(step.id);
      begun.push({ step, at: begunAt, ended });
      step = ended?.data.next;
      begunAt = ended?.at ?? begunAt;
    }
  };
  follow(start, startedAt);
  for (const { at, data } of ends.values()) follow(data.next, at);
  return begun;
}

/** Who took the call, and when; null: nobody (yet). */
function findAnswer(story: Story): Answer | null {
  const { begun, legs, events } = story;
  const taken = begun.find(({ ended }) => ended?.data.outcome === 'answered');
  const picked = legs.filter(({ data }) => data.state === 'answered' && !isRefuted(story, data.userId));
  const offers = events.filter((event) => event.type === 'waiting' && event.data.state === 'answered');
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

/** Somebody's mailbox picked up, and the step ended without an answer all the same. */
function isRefuted({ begun }: Story, userId: string): boolean {
  const rang = begun.filter(({ step }) => rings(step, userId));
  return (
    rang.length > 0 && rang.every(({ ended }) => ended !== undefined && ended.data.outcome !== 'answered')
  );
}

function onlyTarget(step: Step | undefined): string | null {
  const [only, another] = step?.action === 'ring' ? step.targets : [];
  return only !== undefined && another === undefined ? only.userId : null;
}

function rings(step: Step, userId: string | null): boolean {
  return step.action === 'ring' && step.targets.some((target) => target.userId === userId);
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

/** The box in which something was left. */
function mailboxOf({ begun, events }: Story): Mailbox | undefined {
  const recordings = events.filter((event) => event.type === 'recorded');
  const heard = recordings.find(({ data }) => data.durationSeconds !== 0 && data.status !== 'absent');
  const spoken = begun.find(({ step, ended }) => step.action === 'voicemail' && ended !== undefined);
  const box = spoken?.step.action === 'voicemail' ? spoken.step.mailbox : undefined;
  if (heard !== undefined) return heard.data.mailbox ?? box;
  return recordings.length === 0 && spoken?.ended?.data.outcome === 'completed' ? box : undefined;
}

function stateOf({ begun }: Story, answer: Answer | null): CallState['state'] {
  if (answer !== null) return 'in-progress';
  const action = begun.at(-1)?.step.action;
  if (action === 'queue') return 'waiting';
  return action === 'ring' || action === 'forward' ? 'ringing' : 'in-progress';
}

type Draft = { queueId: string | null; rungAt: number | null };

function usersOf(story: Story, summary: Summary): readonly CallUser[] {
  const users = new Map<string, Draft>();
  const rung = (userId: string, at: number | null, queueId: string | null): void => {
    const known = users.get(userId);
    if (known === undefined) users.set(userId, { queueId, rungAt: at });
    else if (known.rungAt === null || (at !== null && at < known.rungAt)) known.rungAt = at;
  };
  for (const { step, at } of story.begun) {
    if (step.action !== 'ring') continue;
    for (const { userId } of step.targets) rung(userId, at, step.queueId ?? null);
  }
  for (const event of story.events) {
    if (event.type === 'leg') rung(event.data.userId, event.at, null);
    if (event.type !== 'waiting' || event.data.userId === null) continue;
    rung(event.data.userId, event.at, event.data.queueId);
  }
  const box = summary.outcome === 'voicemail' ? mailboxOf(story) : undefined;
  if (box?.type === 'user') users.set(box.id, users.get(box.id) ?? { queueId: null, rungAt: null });
  const { answeredBy } = summary;
  for (const userId of [answeredBy, story.decided.callerUserId]) {
    if (typeof userId === 'string' && !users.has(userId)) users.set(userId, { queueId: null, rungAt: null });
  }
  return [...users.keys()].sort().map((userId) => toCallUser(story, summary, userId, users.get(userId)));
}

function toCallUser(story: Story, summary: Summary, userId: string, draft: Draft | undefined): CallUser {
  const { queueId, rungAt } = draft ?? { queueId: null, rungAt: null };
  const took = summary.answeredBy === userId;
  const taken = summary.outcome === 'answered' || summary.outcome === 'forwarded';
  const stopped = story.begun.find(({ step }) => rings(step, userId))?.ended?.at ?? summary.endedAt;
  return {
    userId,
    queueId,
    rungAt,
    answeredAt: took ? summary.answeredAt : null,
    endedAt: took ? summary.endedAt : stopped,
    missed: rungAt !== null && summary.state === 'ended' && !taken,
  };
}

function queuesOf(story: Story, summary: Summary, users: readonly CallUser[]): readonly CallQueue[] {
  const entered = new Map<string, number>();
  const enter = (queueId: string | undefined, at: number): void => {
    if (queueId !== undefined && !entered.has(queueId)) entered.set(queueId, at);
  };
  for (const { step, at } of story.begun) enter(queueIn(step), at);
  for (const event of story.events) if (event.type === 'waiting') enter(event.data.queueId, event.at);
  const answerer = users.find(({ userId }) => userId === summary.answeredBy);
  const answered = story.begun.find(({ ended }) => ended?.data.outcome === 'answered');
  const handled = answerer?.queueId ?? (answered === undefined ? undefined : queueIn(answered.step));
  const last = story.begun.at(-1);
  const left = summary.outcome === 'abandoned' && last !== undefined ? queueIn(last.step) : undefined;
  const endOf = (queueId: string): CallQueue['end'] => {
    if (summary.answeredAt !== null && queueId === handled) return 'handled';
    if (summary.state !== 'ended') return null;
    return queueId === left ? 'abandoned' : 'missed';
  };
  return [...entered.keys()].sort().map((queueId) => ({
    queueId,
    enteredAt: entered.get(queueId) ?? summary.startedAt,
    end: endOf(queueId),
  }));
}

function queueIn(step: Step): string | undefined {
  return step.action === 'ring' || step.action === 'queue' ? step.queueId : undefined;
}

function timelineOf({ events }: Story): readonly TimelineEntry[] {
  return events
    .filter((event) => event.type !== 'decided')
    .map(({ at, type, data }) => ({ at, type, ...data }));
}
