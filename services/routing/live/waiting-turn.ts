import type { Transaction } from '../../storage/database.ts';
import { appendLiveEvents } from '../../storage/live-events.ts';
import {
  insertOffer,
  listOffers,
  listOpenWaits,
  lockWaits,
  type OfferRow,
  readQueueHistory,
  saveOffer,
  saveWait,
  toOfferRecord,
  toWaitRecord,
  type WaitRow,
} from '../../storage/queue-waits.ts';
import type { Directory } from '../domain/directory.ts';
import type { FactsSource } from '../domain/facts.ts';
import { distribute, type NewOffer, type Offer, type WaitingCall } from '../domain/waiting.ts';
import { changeWait } from './waiting-apply.ts';
import type { BoardCall } from './waiting-board.ts';
import { type Effects, hangUpOffer, tell } from './waiting-effects.ts';

export type TurnPorts = {
  readonly newId: () => string;
  readonly factsOf: FactsSource;
  readonly now: number;
  /** Since when carriers could tell us that a caller is there: who was not seen before is not gone. */
  readonly listeningSince: number;
};

/** Longer than the music between two questions of the carrier; then nobody is there any more. */
const unseenMs = 45_000;
/** Longer than any call may be. */
const longestTalkMs = (4 * 60 + 10) * 60_000;
/** How long a PBX may take to tell how a wait ended. */
const untoldMs = 120_000;
/** Between the end of a ring and the word about it. */
const ringSlackMs = 15_000;

/**
 * One organization's turn: callers who have gone are let go, telephones that ring for nobody are stopped, and whoever
 * waits is offered to who is free. The organization's lock is held, so one process does this at a time; which one does
 * not matter, and one that dies takes nothing with it.
 */
export async function takeTurn(
  trx: Transaction,
  organizationId: string,
  directory: Directory | undefined,
  ports: TurnPorts,
  effects: Effects,
): Promise<void> {
  const offers = Map.groupBy(await listOffers(trx, organizationId), callKey);
  await stopForgotten(trx, offers, ports, effects);
  const waits = await listOpenWaits(trx, organizationId);
  const here: WaitRow[] = [];
  for (const wait of waits) if (!(await isGone(trx, wait, ports, effects))) here.push(wait);
  const talking = here.flatMap((wait) => (wait.state === 'talking' ? (wait.answered_by ?? []) : []));
  const calls = here.filter((wait) => wait.state === 'waiting' && wait.carrier === 'twilio');
  if (directory === undefined || calls.length === 0) return;
  const current = Map.groupBy(await listOffers(trx, organizationId), callKey);
  const history = await readQueueHistory(trx, organizationId, ports.now);
  const facts = { ...ports.factsOf(directory, '', ports.now) };
  const lastAnswered = { ...history.lastAnswered, ...facts.lastAnswered };
  const found = distribute(
    directory,
    calls.map((wait) => toCall(wait, current.get(callKey(wait)) ?? [])),
    new Set(talking),
    { ...facts, lastAnswered, lastRung: { ...facts.lastRung, ...history.lastRung } },
    ports.now,
  );
  const rows = new Map(calls.map((wait) => [callKey(wait), wait]));
  for (const { call, reason } of found.leaving) {
    const row = rows.get(`${call.callId} ${call.stepId}`);
    if (row !== undefined && row.reason === null) await saveWait(trx, row, { ...toWaitRecord(row), reason });
  }
  for (const offer of found.offers) {
    const row = rows.get(`${offer.call.callId} ${offer.call.stepId}`);
    if (row !== undefined) await ring(trx, row, offer, ports, effects);
  }
}

function callKey({ call_id, step_id }: { readonly call_id: string; readonly step_id: string }): string {
  return `${call_id} ${step_id}`;
}

async function ring(
  trx: Transaction,
  wait: WaitRow,
  { target, timeoutSeconds }: NewOffer,
  { newId, now }: TurnPorts,
  effects: Effects,
): Promise<void> {
  const { organization_id: organizationId, call_id: callId, account_sid: accountSid, dialled: from } = wait;
  if (accountSid === null || from === null) return;
  const id = newId();
  const { userId, devices } = target;
  await insertOffer(trx, organizationId, {
    ...{ id, callId, stepId: wait.step_id, queueId: wait.queue_id, userId },
    devices: devices.length,
    offeredAt: now,
    expiresAt: now + timeoutSeconds * 1000 + ringSlackMs,
  });
  // It may have been about to leave when somebody came free.
  if (wait.reason !== null) await saveWait(trx, wait, { ...toWaitRecord(wait), reason: null });
  effects.rings.push({ organizationId, offerId: id, callId, accountSid, from, target, timeoutSeconds });
  tell(effects, wait, 'offered', userId, now);
}

/** Rings of whose end nobody told, and those for callers who have left. */
async function stopForgotten(
  trx: Transaction,
  offers: ReadonlyMap<string, readonly OfferRow[]>,
  { now }: TurnPorts,
  effects: Effects,
): Promise<void> {
  for (const offer of [...offers.values()].flat()) {
    if (offer.state !== 'ringing') continue;
    const { organization_id: organizationId, call_id: callId, step_id: stepId } = offer;
    const [wait] = await lockWaits(trx, organizationId, callId, stepId);
    const isOver = now >= offer.expires_at.getTime();
    if (wait === undefined || (wait.state === 'waiting' && !isOver)) continue;
    const state = wait.state === 'waiting' ? 'unreachable' : 'canceled';
    await saveOffer(trx, organizationId, offer.id, { ...toOfferRecord(offer), state, endedAt: now });
    hangUpOffer(effects, wait, offer);
  }
}

/** Nobody said that the call is over, and nobody says any more that it is not. */
async function isGone(trx: Transaction, wait: WaitRow, ports: TurnPorts, effects: Effects): Promise<boolean> {
  const { now, listeningSince } = ports;
  const seenAt = Math.max(wait.seen_at.getTime(), listeningSince);
  const since =
    wait.state === 'talking'
      ? (wait.answered_at?.getTime() ?? now) + longestTalkMs
      : wait.carrier === 'twilio'
        ? seenAt + unseenMs
        : Math.max(wait.expires_at.getTime(), listeningSince) + untoldMs;
  if (now < since) return false;
  await changeWait(
    trx,
    wait,
    { type: 'gone', at: wait.state === 'talking' ? now : wait.seen_at.getTime() },
    effects,
  );
  return true;
}

function toCall(wait: WaitRow, offers: readonly OfferRow[]): WaitingCall {
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
        isLeaving: wait.reason !== null,
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
    const line = board.filter((call) => call.queueId === queueId);
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
