import type { Facts } from './call.ts';
import type { RingTarget } from './decision.ts';
import type { Directory, User } from './directory.ts';
import type { QueueData } from './directory-data.ts';
import { type Member, ringableMembers } from './resolve-queue.ts';
import { followTarget } from './resolve-target.ts';
import { comesFree } from './resolve-waiting.ts';
import { callsInProgress, isActive, onDoNotDisturb } from './user-state.ts';
import { type Path, START, startWalk, type Walk } from './walk.ts';

/**
 * Who of the callers that wait is offered to whom, at one instant. Pure: whichever process asks, and however often, the
 * same callers get the same members. A member is offered one caller at a time, and a caller to one member at a time.
 */

export type OfferState =
  /** The member is being rung. */
  | 'ringing'
  | 'answered'
  /** Final: the member is not rung again in this call. */
  | 'declined'
  | 'no-answer'
  | 'unreachable'
  /** Taken back: the caller left. */
  | 'canceled';

export type Offer = {
  readonly userId: string;
  readonly state: OfferState;
  /** When it began, and when it ended; epoch ms. */
  readonly offeredAt: number;
  readonly endedAt: number | null;
};

export type WaitingCall = {
  readonly callId: string;
  readonly stepId: string;
  readonly queueId: string;
  /** 1 is served first. */
  readonly priority: number;
  readonly enteredAt: number;
  /** The end of the longest wait. */
  readonly expiresAt: number;
  /** Who was rung in this call before, and who calls: nobody of them is offered this caller. */
  readonly rung: readonly string[];
  readonly offers: readonly Offer[];
};

export type NewOffer = {
  readonly call: WaitingCall;
  readonly target: RingTarget;
  readonly timeoutSeconds: number;
};

/** `time`: waited too long. `length`: too many waited already. `no-agent`: nobody is left who could take the call. */
export type LeaveReason = 'time' | 'length' | 'no-agent';
export type Leaving = { readonly call: WaitingCall; readonly reason: Exclude<LeaveReason, 'length'> };

export type Distribution = { readonly offers: readonly NewOffer[]; readonly leaving: readonly Leaving[] };

/** Somebody who did not answer has gone for a moment: others first, and they again after this long. */
const AGAIN_MS = 30_000;
/** Whose telephone could not be reached may be back sooner. */
const REACHED_AGAIN_MS = 10_000;

/** What is decided so far at one instant, caller after caller. */
type Turn = {
  readonly taken: Set<string>;
  readonly offers: NewOffer[];
  readonly leaving: Leaving[];
  /** Callers whose members are all taken or resting; with those who rest. */
  readonly passed: {
    readonly call: WaitingCall;
    readonly queue: QueueData;
    readonly resting: readonly Member[];
  }[];
};

/**
 * @param talking how many calls of queues each member is on
 * @param now epoch ms
 */
export function distribute(
  directory: Directory,
  calls: readonly WaitingCall[],
  talking: ReadonlyMap<string, number>,
  facts: Facts,
  now: number,
): Distribution {
  const turn: Turn = { taken: new Set(), offers: [], leaving: [], passed: [] };
  for (const call of calls) {
    for (const offer of call.offers) if (offer.state === 'ringing') turn.taken.add(offer.userId);
  }
  for (const call of inTurn(calls)) {
    if (call.offers.some((offer) => offer.state === 'ringing' || offer.state === 'answered')) continue;
    if (now >= call.expiresAt) {
      turn.leaving.push({ call, reason: 'time' });
      continue;
    }
    const queue = directory.queues.get(call.queueId);
    const { walk, path } = lookAt(directory, call, facts, now);
    const secondsLeft = (call.expiresAt - now) / 1000;
    if (!queue?.members.some((member) => comesFree(walk, path, member.userId, secondsLeft))) {
      turn.leaving.push({ call, reason: 'no-agent' });
      continue;
    }
    const free = freeMembers(walk, path, queue, call).filter(({ user }) => isFree(walk, user, talking));
    serve(turn, call, queue, free, now);
  }
  return { offers: turn.offers, leaving: turn.leaving };
}

/**
 * The first member who is free and does not rest. One who would be rung for this caller, and rests only from a caller
 * who came before, is rung for that one: nobody is passed over for somebody who came later.
 */
function serve(turn: Turn, call: WaitingCall, queue: QueueData, free: readonly Member[], now: number): void {
  const { taken, offers, passed } = turn;
  const rests = (member: Member): boolean => isResting(call, member.target.userId, now);
  for (const { target } of free.filter((member) => !rests(member))) {
    const { userId } = target;
    if (taken.has(userId)) continue;
    taken.add(userId);
    const place = passed.findIndex(({ resting }) =>
      resting.some((member) => member.target.userId === userId),
    );
    const [before] = place === -1 ? [] : passed.splice(place, 1);
    const { call: served, queue: its } = before ?? { call, queue };
    offers.push({ call: served, target, timeoutSeconds: its.ringSeconds });
    if (before === undefined) return;
  }
  passed.push({ call, queue, resting: free.filter(rests) });
}

function isResting({ offers }: WaitingCall, userId: string, now: number): boolean {
  return offers.some(
    (offer) =>
      offer.userId === userId &&
      offer.endedAt !== null &&
      now < offer.endedAt + (offer.state === 'unreachable' ? REACHED_AGAIN_MS : AGAIN_MS),
  );
}

/** The highest priority first, and of those who has waited longest. */
export function inTurn<T extends Pick<WaitingCall, 'priority' | 'enteredAt' | 'callId'>>(
  calls: readonly T[],
): readonly T[] {
  return calls.toSorted(
    (one, other) =>
      one.priority - other.priority ||
      one.enteredAt - other.enteredAt ||
      (one.callId < other.callId ? -1 : 1),
  );
}

function lookAt(
  directory: Directory,
  call: WaitingCall,
  facts: Facts,
  instant: number,
): { readonly walk: Walk; readonly path: Path } {
  const { callId, queueId } = call;
  const asked = { callId, from: { kind: 'anonymous' }, to: { kind: 'queue', id: queueId }, facts } as const;
  const walk = startWalk({
    directory,
    call: asked,
    instant,
    traced: false,
    firstStep: 1,
    follow: followTarget,
  });
  const declined = call.offers.filter((offer) => offer.state === 'declined');
  const rung = [...call.rung, ...declined.map((offer) => offer.userId)];
  return { walk, path: { ...START, rung } };
}

/** By the queue's strategy, but whoever let this call ring in vain comes behind those who did not. */
function freeMembers(walk: Walk, path: Path, queue: QueueData, { offers }: WaitingCall): readonly Member[] {
  const missed = (member: Member): number =>
    offers.filter((offer) => offer.userId === member.target.userId).length;
  return ringableMembers(walk, path, queue).toSorted((one, other) => missed(one) - missed(other));
}

/** A limit of calls is also how many one takes at the same time; without one, a caller waits for the end of the call. */
function isFree(
  walk: Walk,
  { data: { id, callLimit } }: User,
  talking: ReadonlyMap<string, number>,
): boolean {
  return Math.max(callsInProgress(walk, id), talking.get(id) ?? 0) < (callLimit ?? 1);
}

/** Does a member who is being rung still want to be? Who goes home in this moment may still pick up. */
export function mayRingOn(
  directory: Directory,
  call: WaitingCall,
  userId: string,
  facts: Facts,
  now: number,
): boolean {
  const user = directory.users.get(userId);
  const queue = directory.queues.get(call.queueId);
  const isMember = queue?.members.some((member) => member.userId === userId) ?? true;
  if (user === undefined || !isMember || user.data.forwardAll !== null) return false;
  const { walk } = lookAt(directory, call, facts, now);
  return isActive(walk, user) && !onDoNotDisturb(walk, user);
}
