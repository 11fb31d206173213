import type { Outcome } from './decision.ts';
import type { LeaveReason, OfferState } from './waiting.ts';

/**
 * What is known of one caller's wait and of one offer, and how it changes with what the carrier tells: late, doubled
 * and out of order. Pure.
 */

export type WaitState = 'waiting' | 'talking' | 'answered' | 'abandoned' | 'overflowed';

export type WaitRecord = {
  readonly state: WaitState;
  /** `hang-up`: as the carrier says, before anybody was connected. */
  readonly reason: LeaveReason | 'hang-up' | null;
  readonly answeredBy: string | null;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
};

export type WaitEvent =
  /** The carrier plays music to the caller, so the caller is there. */
  | { readonly type: 'seen'; readonly at: number }
  | { readonly type: 'answered'; readonly userId: string; readonly at: number }
  /** The step is over, as the carrier says. */
  | {
      readonly type: 'ended';
      readonly outcome: Outcome;
      readonly answeredBy: string | null;
      readonly at: number;
    }
  /** The whole call is over; or nobody has heard of it for a long time. */
  | { readonly type: 'gone'; readonly at: number };

export function waitAfter(wait: WaitRecord, event: WaitEvent): WaitRecord {
  switch (event.type) {
    case 'seen':
      // Only somebody who was thought to have left can come back.
      if (wait.state !== 'abandoned' || wait.reason === 'hang-up') return wait;
      return { ...wait, state: 'waiting', endedAt: null };
    case 'answered': {
      const { userId, at } = event;
      if (wait.state === 'waiting') {
        return { ...wait, state: 'talking', reason: null, answeredBy: userId, answeredAt: at };
      }
      // Said by the end of the step, which does not say who.
      if (wait.state === 'answered' && wait.answeredBy === null) {
        return { ...wait, answeredBy: userId, answeredAt: Math.min(at, wait.answeredAt ?? at) };
      }
      // Who picks up when the caller has left has not answered.
      if (wait.state !== 'abandoned' || wait.reason === 'hang-up' || at > (wait.endedAt ?? at)) return wait;
      // The end of the call was heard of before its answer.
      const answeredAt = Math.min(at, wait.endedAt ?? at);
      return { ...wait, state: 'answered', reason: null, answeredBy: userId, answeredAt };
    }
    case 'gone':
      if (wait.state === 'talking') return { ...wait, state: 'answered', endedAt: event.at };
      return wait.state === 'waiting' ? { ...wait, state: 'abandoned', endedAt: event.at } : wait;
    case 'ended':
      return afterEnd(wait, event);
  }
}

function afterEnd(wait: WaitRecord, event: Extract<WaitEvent, { readonly type: 'ended' }>): WaitRecord {
  const { at, outcome } = event;
  if (wait.state === 'overflowed' || wait.reason === 'hang-up') return wait;
  const endedAt = wait.endedAt ?? at;
  if (outcome === 'answered') {
    if (wait.state === 'talking') return { ...wait, state: 'answered', endedAt: at };
    if (wait.state === 'answered') return wait;
    const { answeredBy } = event;
    return { ...wait, state: 'answered', reason: null, answeredBy, answeredAt: endedAt, endedAt };
  }
  // Somebody picked up in the moment when the caller left: they were never connected.
  const nobody = { answeredBy: null, answeredAt: null };
  if (outcome === 'canceled') return { state: 'abandoned', reason: 'hang-up', ...nobody, endedAt };
  return { state: 'overflowed', reason: wait.reason ?? reasonOf(outcome), ...nobody, endedAt };
}

function reasonOf(outcome: Outcome): LeaveReason {
  if (outcome === 'busy') return 'length';
  return outcome === 'no-answer' ? 'time' : 'no-agent';
}

export type OfferRecord = {
  readonly state: OfferState;
  readonly devices: number;
  /** By the carrier's id of the leg: ringing, how it ended, or `refused`: it picked up too late. */
  readonly legs: Readonly<Record<string, string>>;
  readonly endedAt: number | null;
};

export type LegEvent = {
  readonly legId: string;
  readonly state: 'ringing' | 'answered' | 'ended';
  /** How it ended without an answer; null: after one. */
  readonly outcome: Outcome | null;
  readonly at: number;
};

export function offerAfter(offer: OfferRecord, event: LegEvent): OfferRecord {
  const { legId, at } = event;
  const before = offer.legs[legId];
  // A leg never goes back to ringing, and of one that picked up too late nothing more can come.
  if ((event.state === 'ringing' && before !== undefined) || before === 'refused') return offer;
  const told = event.state === 'ended' ? (event.outcome ?? 'answered') : event.state;
  const legs = { ...offer.legs, [legId]: before === 'answered' ? before : told };
  if (offer.state !== 'ringing') return { ...offer, legs };
  if (told === 'answered') return { ...offer, legs, state: 'answered', endedAt: at };
  const ends = Object.values(legs).filter((state) => state !== 'ringing');
  if (ends.length < offer.devices) return { ...offer, legs };
  return { ...offer, legs, state: unanswered(ends), endedAt: at };
}

/**
 * Twilio cannot tell declined from busy, so both are taken for declined: the wish of somebody who declined weighs more
 * than the second chance of somebody whose telephone was busy.
 */
function unanswered(ends: readonly string[]): OfferState {
  if (ends.includes('declined') || ends.includes('busy')) return 'declined';
  return ends.includes('no-answer') ? 'no-answer' : 'unreachable';
}

/** The legs of an offer that still ring, or talk. */
export function openLegs({ legs }: Pick<OfferRecord, 'legs'>): readonly string[] {
  return Object.keys(legs).filter((legId) => legs[legId] === 'ringing');
}
