import type { Transaction } from '../../storage/database.ts';
import {
  lockOffer,
  lockOfferById,
  lockWaits,
  type OfferRow,
  saveOffer,
  saveWait,
  toOfferRecord,
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
import { type Effects, hangUp, tell, tellWait } from './waiting-effects.ts';
import type { WaitingEvent } from './waiting-events.ts';

/** Writes down what happened to one caller or one member. The organization's lock is held. */
export async function applyEvent(
  trx: Transaction,
  { organizationId, callId, ...event }: WaitingEvent,
  effects: Effects,
): Promise<void> {
  switch (event.kind) {
    case 'seen': {
      const { wait } = event;
      const isNew = (await lockWaits(trx, organizationId, callId, wait.stepId)).length === 0;
      await upsertWait(trx, organizationId, wait);
      if (isNew) effects.changedQueues.add(wait.queueId);
      return applyToWaits(
        trx,
        organizationId,
        callId,
        wait.stepId,
        { type: 'seen', at: wait.seenAt },
        effects,
      );
    }
    case 'leg': {
      const offer = await lockOffer(trx, organizationId, callId, event.userId);
      return offer === undefined ? undefined : applyLeg(trx, offer, event.leg, effects);
    }
    case 'ordered': {
      const offer = await lockOfferById(trx, organizationId, event.offerId);
      if (offer === undefined) return;
      await applyLeg(trx, offer, event.leg, effects);
      // The caller left, or somebody else answered, while the telephone was being dialled.
      if (offer.state !== 'ringing' && offer.legs[event.leg.legId] === undefined) {
        const [wait] = await lockWaits(trx, organizationId, callId, offer.step_id);
        if (wait !== undefined) hangUp(effects, wait, [event.leg.legId]);
      }
      return;
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

async function applyLeg(trx: Transaction, row: OfferRow, leg: LegEvent, effects: Effects): Promise<void> {
  const { organization_id: organizationId, call_id: callId, user_id: userId } = row;
  const before = toOfferRecord(row);
  const after = offerAfter(before, leg);
  const [wait] = await lockWaits(trx, organizationId, callId, row.step_id);
  if (after !== before) await saveOffer(trx, organizationId, row.id, after);
  if (wait === undefined) return;
  if (leg.state === 'answered' || (before.state === 'ringing' && after.state === 'answered')) {
    await answer(trx, wait, row, leg, effects);
  }
  if (after.state === 'declined' && before.state === 'ringing')
    tell(effects, wait, 'declined', userId, leg.at);
  const wasTalking = before.legs[leg.legId] === 'answered' || after.legs[leg.legId] === 'answered';
  if (leg.state === 'ended' && wasTalking && wait.answered_by === userId) {
    await changeWait(trx, wait, { type: 'gone', at: leg.at }, effects);
  }
}

/** One telephone of one member takes the call; every other one stops. */
async function answer(
  trx: Transaction,
  wait: WaitRow,
  offer: OfferRow,
  { legId, at }: LegEvent,
  effects: Effects,
): Promise<void> {
  const { user_id: userId } = offer;
  const after = await changeWait(trx, wait, { type: 'answered', userId, at }, effects);
  if (after.answeredBy !== userId) return hangUp(effects, wait, [legId]);
  const others = openLegs(offer).filter((other) => other !== legId);
  const answeredBefore = Object.keys(offer.legs).some(
    (other) => other !== legId && offer.legs[other] === 'answered',
  );
  hangUp(effects, wait, answeredBefore ? [legId] : others);
}
