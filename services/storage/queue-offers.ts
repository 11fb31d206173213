import { type Selectable, sql } from 'kysely';
import type { OfferRecord } from '../routing/domain/wait-record.ts';
import type { Transaction } from './database.ts';
import { toDate } from './queue-waits.ts';
import type { QueueOfferTable } from './tables.ts';

/** Who was offered to whom, of the callers who wait (sql/0034_waiting.sql). */

export type OfferRow = Selectable<QueueOfferTable>;

/** Of the callers who wait or talk, and what still rings for callers who have gone. */
export function listOffers(trx: Transaction, organizationId: string): Promise<readonly OfferRow[]> {
  return trx
    .selectFrom('queue_offer as o')
    .innerJoin('queue_wait as w', (join) =>
      join
        .onRef('w.organization_id', '=', 'o.organization_id')
        .onRef('w.call_id', '=', 'o.call_id')
        .onRef('w.step_id', '=', 'o.step_id'),
    )
    .selectAll('o')
    .where('o.organization_id', '=', organizationId)
    .where((or) => or.or([or('w.state', 'in', ['waiting', 'talking']), or('o.state', '=', 'ringing')]))
    .orderBy('o.offered_at')
    .execute();
}

export function lockOffer(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<OfferRow | undefined> {
  return trx
    .selectFrom('queue_offer')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export async function saveOffer(
  trx: Transaction,
  organizationId: string,
  id: string,
  offer: OfferRecord,
): Promise<void> {
  await trx
    .updateTable('queue_offer')
    .set({ state: offer.state, legs: JSON.stringify(offer.legs), ended_at: toDate(offer.endedAt) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

export type NewOfferRow = {
  readonly id: string;
  readonly callId: string;
  readonly stepId: string;
  readonly queueId: string;
  readonly userId: string;
  readonly devices: number;
  readonly offeredAt: number;
  readonly expiresAt: number;
};

export async function insertOffer(
  trx: Transaction,
  organizationId: string,
  offer: NewOfferRow,
): Promise<void> {
  await trx
    .insertInto('queue_offer')
    .values({
      organization_id: organizationId,
      id: offer.id,
      call_id: offer.callId,
      step_id: offer.stepId,
      queue_id: offer.queueId,
      user_id: offer.userId,
      devices: offer.devices,
      legs: '{}',
      offered_at: new Date(offer.offeredAt),
      expires_at: new Date(offer.expiresAt),
    })
    .execute();
}

export type QueueHistory = {
  readonly lastRung: Readonly<Record<string, string>>;
  readonly lastAnswered: Readonly<Record<string, number>>;
};

/** Of the last day: whom each queue rang last, and when each member last answered. */
export async function readQueueHistory(
  trx: Transaction,
  organizationId: string,
  now: number,
): Promise<QueueHistory> {
  const since = new Date(now - 86_400_000);
  const { rows: rung } = await sql<{ queue_id: string; user_id: string }>`
    select distinct on (queue_id) queue_id, user_id from queue_offer
      where organization_id = ${organizationId} and offered_at > ${since} order by queue_id, offered_at desc`.execute(
    trx,
  );
  const { rows: answered } = await sql<{ user_id: string; at: Date }>`
    select user_id, max(ended_at) as at from queue_offer
      where organization_id = ${organizationId} and offered_at > ${since} and state = 'answered' group by user_id`.execute(
    trx,
  );
  return {
    lastRung: Object.fromEntries(rung.map((row) => [row.queue_id, row.user_id])),
    lastAnswered: Object.fromEntries(answered.map((row) => [row.user_id, row.at.getTime()])),
  };
}

export function toOfferRecord(row: OfferRow): OfferRecord {
  return {
    state: row.state,
    devices: row.devices,
    legs: row.legs,
    endedAt: row.ended_at?.getTime() ?? null,
  };
}
