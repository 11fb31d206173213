import type { Transaction } from '../../storage/database.ts';
import { appendLiveEvents } from '../../storage/live-events.ts';
import { listOffers, type OfferRow } from '../../storage/queue-offers.ts';
import { listOpenWaits, type WaitRow } from '../../storage/queue-waits.ts';
import type { Offer, WaitingCall } from '../domain/waiting.ts';
import { type BoardCall, stays } from './waiting-board.ts';

/** From rows to who waits: for the distribution, for what callers are told, and for whoever watches. */

export function callKey({
  call_id,
  step_id,
}: {
  readonly call_id: string;
  readonly step_id: string;
}): string {
  return `${call_id} ${step_id}`;
}

export function toWaitingCall(wait: WaitRow, offers: readonly OfferRow[]): WaitingCall {
  return {
    callId: wait.call_id,
    stepId: wait.step_id,
    queueId: wait.queue_id,
    priority: wait.priority,
    enteredAt: wait.entered_at.getTime(),
    expiresAt: wait.expires_at.getTime(),
    rung: wait.rung,
    offers: offers.map(toOffer),
  };
}

function toOffer(row: OfferRow): Offer {
  const { user_id: userId, state } = row;
  return { userId, state, offeredAt: row.offered_at.getTime(), endedAt: row.ended_at?.getTime() ?? null };
}

/** Those who wait, for what they are told and for the decisions about the calls that come. */
export async function readBoard(trx: Transaction, organizationId: string): Promise<readonly BoardCall[]> {
  const waits = await listOpenWaits(trx, organizationId);
  const offers = Map.groupBy(await listOffers(trx, organizationId), callKey);
  return waits
    .filter((wait) => wait.state === 'waiting')
    .map((wait) => {
      const own = offers.get(callKey(wait)) ?? [];
      return {
        callId: wait.call_id,
        queueId: wait.queue_id,
        priority: wait.priority,
        enteredAt: wait.entered_at.getTime(),
        expiresAt: wait.expires_at.getTime(),
        leaving: wait.reason === 'hang-up' ? null : wait.reason,
        isOffered: own.some((offer) => offer.state === 'ringing'),
        declined: own.flatMap((offer) => (offer.state === 'declined' ? offer.user_id : [])),
      };
    });
}

/** The last statement of its transaction. */
export async function tellQueues(
  trx: Transaction,
  organizationId: string,
  board: readonly BoardCall[],
  queueIds: ReadonlySet<string>,
  at: number,
): Promise<void> {
  const events = [...queueIds].map((queueId) => {
    const line = board.filter((call) => call.queueId === queueId && stays(call));
    const first = line.reduce<number | null>(
      (oldest, call) => Math.min(oldest ?? call.enteredAt, call.enteredAt),
      null,
    );
    const since = first === null ? null : new Date(first).toISOString();
    const data = { queueId, waiting: line.length, longestWaitSince: since };
    return { topic: 'calls', name: 'queue.changed', at, data, userIds: [], queueIds: [queueId] } as const;
  });
  if (events.length > 0) await appendLiveEvents(trx, organizationId, events);
}
