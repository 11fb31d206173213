import type { Transaction } from '../../storage/database.ts';
import { insertOffer, listOffers, readQueueHistory } from '../../storage/queue-offers.ts';
import { listOpenWaits, saveWait, toWaitRecord, type WaitRow } from '../../storage/queue-waits.ts';
import type { Facts } from '../domain/call.ts';
import type { Directory } from '../domain/directory.ts';
import { type FactsSource, given } from '../domain/facts.ts';
import { distribute, type NewOffer } from '../domain/waiting.ts';
import { type Effects, tell } from './waiting-effects.ts';
import { callKey, toWaitingCall } from './waiting-rows.ts';
import { isGone, stopRings } from './waiting-tidy.ts';

export type TurnPorts = {
  readonly newId: () => string;
  readonly factsOf: FactsSource;
  readonly now: number;
  /** Since when carriers could tell us that a caller is there: who was not seen before is not gone. */
  readonly listeningSince: number;
};

/** Between the end of a ring and the word about it. */
const ringSlackMs = 15_000;
/** A telephone that is picked up in the last moment asks whether a person did. */
const confirmMs = 25_000;

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
  const { now } = ports;
  const facts = directory === undefined ? given({}) : ports.factsOf(directory, '', now);
  await stopRings(trx, await listOffers(trx, organizationId), directory, { now, facts }, effects);
  const here: WaitRow[] = [];
  for (const wait of await listOpenWaits(trx, organizationId)) {
    if (!(await isGone(trx, wait, ports, effects))) here.push(wait);
  }
  if (directory !== undefined) await offerToMembers(trx, directory, here, facts, ports, effects);
}

async function offerToMembers(
  trx: Transaction,
  directory: Directory,
  here: readonly WaitRow[],
  facts: Facts,
  ports: TurnPorts,
  effects: Effects,
): Promise<void> {
  const { organizationId } = directory;
  // A PBX rings its members itself, and who came when too many waited is not offered to anybody.
  const rows = here.filter(
    ({ state, carrier, reason }) => state === 'waiting' && carrier === 'twilio' && reason !== 'length',
  );
  if (rows.length === 0) return;
  const offers = Map.groupBy(await listOffers(trx, organizationId), callKey);
  const history = await readQueueHistory(trx, organizationId, ports.now);
  const found = distribute(
    directory,
    rows.map((wait) => toWaitingCall(wait, offers.get(callKey(wait)) ?? [])),
    talksOf(here),
    {
      ...facts,
      lastAnswered: (id) => facts.lastAnswered(id) ?? history.lastAnswered[id],
      lastRung: (id) => history.lastRung[id] ?? facts.lastRung(id),
    },
    ports.now,
  );
  const byCall = new Map(rows.map((wait) => [callKey(wait), wait]));
  for (const { call, reason } of found.leaving) {
    const row = byCall.get(`${call.callId} ${call.stepId}`);
    if (row !== undefined && row.reason === null) await saveWait(trx, row, { ...toWaitRecord(row), reason });
  }
  for (const offer of found.offers) {
    const row = byCall.get(`${offer.call.callId} ${offer.call.stepId}`);
    if (row !== undefined) await ring(trx, row, offer, directory, ports, effects);
  }
}

/** How many calls of queues each member is on. */
function talksOf(waits: readonly WaitRow[]): ReadonlyMap<string, number> {
  const talks = new Map<string, number>();
  for (const { state, answered_by: userId } of waits) {
    if (state === 'talking' && userId !== null) talks.set(userId, (talks.get(userId) ?? 0) + 1);
  }
  return talks;
}

async function ring(
  trx: Transaction,
  wait: WaitRow,
  { target, timeoutSeconds }: NewOffer,
  directory: Directory,
  { newId, now }: TurnPorts,
  effects: Effects,
): Promise<void> {
  const { organization_id: organizationId, call_id: callId, account_sid: accountSid, dialled: from } = wait;
  if (accountSid === null || from === null) return;
  const id = newId();
  const { userId, devices } = target;
  const { confirm } = directory.data.organization.forwarding;
  const asks = confirm && devices.some(({ kind }) => kind === 'phone');
  await insertOffer(trx, organizationId, {
    ...{ id, callId, stepId: wait.step_id, queueId: wait.queue_id, userId },
    devices: devices.length,
    offeredAt: now,
    expiresAt: now + timeoutSeconds * 1000 + ringSlackMs + (asks ? confirmMs : 0),
  });
  // It may have been about to leave when somebody came free.
  if (wait.reason !== null) await saveWait(trx, wait, { ...toWaitRecord(wait), reason: null });
  effects.rings.push({
    organizationId,
    offerId: id,
    callId,
    accountSid,
    from,
    target,
    timeoutSeconds,
    confirm,
  });
  tell(effects, wait, 'offered', userId, now);
}
