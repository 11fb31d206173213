import type { Transaction } from '../../storage/database.ts';
import { type OfferRow, saveOffer, toOfferRecord } from '../../storage/queue-offers.ts';
import { lockWaits, type WaitRow } from '../../storage/queue-waits.ts';
import type { Facts } from '../domain/call.ts';
import type { Directory } from '../domain/directory.ts';
import { mayRingOn } from '../domain/waiting.ts';
import { changeWait } from './waiting-apply.ts';
import { type Effects, hangUpOffer, tellLeg } from './waiting-effects.ts';
import { toWaitingCall } from './waiting-rows.ts';

/** What nobody told us the end of: callers who have gone, and telephones that ring for nobody. */

/** Longer than the music between two questions of the carrier; then nobody is there any more. */
const unseenMs = 45_000;
/** Longer than any call may be. */
const longestTalkMs = (4 * 60 + 10) * 60_000;
/** How long a PBX may take to tell how a wait ended. */
const untoldMs = 120_000;
/** Longer than a carrier may take to say that it rings: whoever was to ask it is gone. */
const unplacedMs = 10_000;

/** Nobody said that the call is over, and nobody says any more that it is not. */
export async function isGone(
  trx: Transaction,
  wait: WaitRow,
  { now, listeningSince }: { readonly now: number; readonly listeningSince: number },
  effects: Effects,
): Promise<boolean> {
  const seenAt = Math.max(wait.seen_at.getTime(), listeningSince);
  const since =
    wait.state === 'talking'
      ? (wait.answered_at?.getTime() ?? now) + longestTalkMs
      : wait.carrier === 'twilio'
        ? seenAt + unseenMs
        : Math.max(wait.expires_at.getTime(), listeningSince) + untoldMs;
  if (now < since) return false;
  const at = wait.state === 'talking' ? now : wait.seen_at.getTime();
  await changeWait(trx, wait, { type: 'gone', at }, effects);
  return true;
}

/**
 * Rings of whose end nobody told, those for callers who have left, and those of members who do not want to be rung any
 * more: deactivated, not to be disturbed, taken out of the queue while their telephone rang.
 */
export async function stopRings(
  trx: Transaction,
  offers: readonly OfferRow[],
  directory: Directory | undefined,
  { now, facts }: { readonly now: number; readonly facts: Facts },
  effects: Effects,
): Promise<void> {
  for (const offer of offers) {
    if (offer.state !== 'ringing') continue;
    const { organization_id: organizationId, call_id: callId, step_id: stepId } = offer;
    const [wait] = await lockWaits(trx, organizationId, callId, stepId);
    if (wait === undefined) continue;
    const isWanted =
      directory === undefined || mayRingOn(directory, toWaitingCall(wait, []), offer.user_id, facts, now);
    const hasLegs = Object.keys(offer.legs).length > 0;
    const placedBy = offer.offered_at.getTime() + unplacedMs;
    const isOver = now >= (hasLegs ? offer.expires_at.getTime() : placedBy);
    if (wait.state === 'waiting' && isWanted && !isOver) continue;
    const state = wait.state === 'waiting' && isOver ? 'unreachable' : 'canceled';
    await saveOffer(trx, organizationId, offer.id, { ...toOfferRecord(offer), state, endedAt: now });
    hangUpOffer(effects, wait, offer);
    // No carrier will ever say that the member is not being rung any more.
    const never = { legId: offer.id, state: 'ended', outcome: 'unreachable', at: now } as const;
    if (!hasLegs) tellLeg(effects, wait, offer.user_id, never);
  }
}
