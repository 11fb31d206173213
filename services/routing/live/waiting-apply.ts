import type { Transaction } from '../../storage/database.ts';
import { lockOffer, type OfferRow, saveOffer, toOfferRecord } from '../../storage/queue-offers.ts';
import {
  countWaiting,
  insertTurnedAway,
  listKnownCalls,
  lockWaits,
  type NewWait,
  saveWait,
  toWaitRecord,
  upsertWait,
  type WaitRow,
} from '../../storage/queue-waits.ts';
import {
  type LegEvent,
  offerAfter,
  openLegs,
  type WaitEvent,
  type WaitRecord,
  waitAfter,
} from '../domain/wait-record.ts';
import { type Effects, hangUp, tell, tellLeg, tellWait } from './waiting-effects.ts';
import type { WaitingEvent } from './waiting-events.ts';

/**
 * Most calls never wait: what became of them is found out with one question for all. Gives the ends of those that are
 * not known to wait.
 */
export async function applyEvents(
  trx: Transaction,
  organizationId: string,
  events: readonly WaitingEvent[],
  effects: Effects,
): Promise<readonly WaitingEvent[]> {
  const isEnd = ({ kind }: WaitingEvent): boolean => kind === 'ended' || kind === 'gone';
  const ended = new Set(events.filter(isEnd).map((event) => event.callId));
  const known = new Set(await listKnownCalls(trx, organizationId, [...ended]));
  const early: WaitingEvent[] = [];
  for (const event of events) {
    if (event.kind === 'seen') known.add(event.callId);
    if (!isEnd(event) || known.has(event.callId)) await applyEvent(trx, event, effects);
    else early.push(event);
  }
  return early;
}

/** Writes down what happened to one caller or one member. The organization's lock is held. */
async function applyEvent(
  trx: Transaction,
  { organizationId, callId, ...event }: WaitingEvent,
  effects: Effects,
): Promise<void> {
  switch (event.kind) {
    case 'seen': {
      const { wait } = event;
      const [known] = await lockWaits(trx, organizationId, callId, wait.stepId);
      // The lock makes this exact, however many processes let callers in at the same moment.
      const isFull = known === undefined && (await isQueueFull(trx, organizationId, wait));
      await upsertWait(trx, organizationId, wait, isFull ? 'length' : null);
      if (known === undefined) effects.changedQueues.add(wait.queueId);
      // Who was given up because the carrier said nothing comes back; whose call is over, as it said itself, does not.
      else if (wasGivenUp(known)) await changeWait(trx, known, { type: 'seen', at: wait.seenAt }, effects);
      return;
    }
    case 'turned-away':
      return insertTurnedAway(trx, organizationId, event.wait, event.reason);
    case 'leg': {
      const offer = await lockOffer(trx, organizationId, event.offerId);
      return offer?.call_id === callId ? applyLeg(trx, offer, event.leg, effects) : undefined;
    }
    case 'ended': {
      const { stepId, outcome, answeredBy, at } = event;
      const ended = { type: 'ended', outcome, answeredBy, at } as const;
      return applyToWaits(trx, organizationId, callId, stepId, ended, effects);
    }
    case 'gone':
      return applyToWaits(trx, organizationId, callId, null, { type: 'gone', at: event.at }, effects);
  }
}

async function isQueueFull(
  trx: Transaction,
  organizationId: string,
  { queueId, maxWaiting }: NewWait,
): Promise<boolean> {
  return maxWaiting !== null && (await countWaiting(trx, organizationId, queueId)) >= maxWaiting;
}

function wasGivenUp({ state, ended_at: endedAt, seen_at: seenAt }: WaitRow): boolean {
  return state === 'abandoned' && endedAt?.getTime() === seenAt.getTime();
}

async function applyToWaits(
  trx: Transaction,
  organizationId: string,
  callId: string,
  stepId: string | null,
  event: WaitEvent,
  effects: Effects,
): Promise<void> {
  for (const row of await lockWaits(trx, organizationId, callId, stepId)) {
    await changeWait(trx, row, event, effects);
  }
}

export async function changeWait(
  trx: Transaction,
  row: WaitRow,
  event: WaitEvent,
  effects: Effects,
): Promise<WaitRecord> {
  const before = toWaitRecord(row);
  const after = waitAfter(before, event);
  if (after === before) return after;
  await saveWait(trx, row, after);
  tellWait(effects, row, before, after, event.at);
  return after;
}

async function applyLeg(trx: Transaction, row: OfferRow, told: LegEvent, effects: Effects): Promise<void> {
  const { organization_id: organizationId, call_id: callId, user_id: userId } = row;
  const before = toOfferRecord(row);
  const wasAnswered = before.legs[told.legId] === 'answered';
  // Whose telephone asks for a key is told to have ended without an answer, whether the key was pressed or not.
  const leg = wasAnswered && told.state === 'ended' ? { ...told, outcome: null } : told;
  const after = offerAfter(before, leg);
  const [wait] = await lockWaits(trx, organizationId, callId, row.step_id);
  if (after === before || wait === undefined) return;
  await saveOffer(trx, organizationId, row.id, after);
  if (after.legs[leg.legId] === 'answered' && !wasAnswered) {
    const isTaken = await answer(trx, wait, row, leg, effects);
    if (!isTaken) {
      const legs = { ...after.legs, [leg.legId]: 'refused' };
      const isTalking = Object.values(legs).includes('answered');
      const state = after.state === 'answered' && !isTalking ? 'canceled' : after.state;
      return saveOffer(trx, organizationId, row.id, { ...after, state, legs });
    }
    if (leg.state === 'ended') return changeTalk(trx, wait, leg, effects);
  } else if (leg.state === 'ringing' && after.state !== 'ringing') {
    // The caller left, or somebody else answered, while the telephone was being dialled.
    return hangUp(effects, wait, [leg.legId]);
  }
  tellLeg(effects, wait, userId, leg);
  if (after.state === 'declined' && before.state === 'ringing') {
    tell(effects, wait, 'declined', userId, leg.at);
  }
  if (leg.state === 'ended' && wasAnswered && wait.answered_by === userId) {
    await changeTalk(trx, wait, leg, effects);
  }
}

async function changeTalk(trx: Transaction, wait: WaitRow, leg: LegEvent, effects: Effects): Promise<void> {
  const [now] = await lockWaits(trx, wait.organization_id, wait.call_id, wait.step_id);
  if (now !== undefined) await changeWait(trx, now, { type: 'gone', at: leg.at }, effects);
}

/**
 * One telephone of one member takes the call; every other one stops, and so does this one where the caller has left or
 * somebody was faster. Whether it took the call.
 */
async function answer(
  trx: Transaction,
  wait: WaitRow,
  offer: OfferRow,
  { legId, at }: LegEvent,
  effects: Effects,
): Promise<boolean> {
  const { user_id: userId } = offer;
  const after = await changeWait(trx, wait, { type: 'answered', userId, at }, effects);
  const isSecond = Object.keys(offer.legs).some((other) => offer.legs[other] === 'answered');
  if (after.answeredBy !== userId || isSecond) {
    hangUp(effects, wait, [legId]);
    return false;
  }
  const others = openLegs(offer).filter((other) => other !== legId);
  hangUp(effects, wait, others);
  return true;
}
