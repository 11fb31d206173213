import { type Selectable, sql } from 'kysely';
import type { OfferRecord, WaitRecord } from '../routing/domain/wait-record.ts';
import type { Database, Transaction } from './database.ts';
import type { QueueOfferTable, QueueWaitTable } from './tables.ts';

/** Who waits in which queue, and who was offered to whom (sql/0034_waiting.sql). */

export type WaitRow = Selectable<QueueWaitTable>;
export type OfferRow = Selectable<QueueOfferTable>;

export async function listWaitingOrganizations(database: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select list_waiting_organizations() as id`.execute(
    database.kysely,
  );
  return rows.map((row) => row.id);
}

export async function sweepQueueWaits(database: Database): Promise<void> {
  await sql`select sweep_queue_waits()`.execute(database.kysely);
}

/** Whether this transaction may offer the organization's callers to members; until its end nobody else may. */
export async function lockDistribution(trx: Transaction, organizationId: string): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`linefinder queues ${organizationId}`}, 0)) as locked`.execute(
    trx,
  );
  return rows[0]?.locked ?? false;
}

/** Waits until nobody else is at it, and keeps it until the end of this transaction. */
export async function holdDistribution(trx: Transaction, organizationId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`linefinder queues ${organizationId}`}, 0))`.execute(
    trx,
  );
}

export type NewWait = {
  readonly callId: string;
  readonly stepId: string;
  readonly queueId: string;
  readonly carrier: 'twilio' | 'pbx';
  readonly accountSid: string | null;
  readonly queueSid: string | null;
  readonly dialled: string | null;
  readonly priority: number;
  readonly rung: readonly string[];
  readonly enteredAt: number;
  readonly expiresAt: number;
  readonly seenAt: number;
  /** How many may wait in the queue; null: it has no settings for that any more. */
  readonly maxWaiting: number | null;
};

/** Those who stay: without whoever came when too many waited already, and is about to leave. */
export async function countWaiting(
  trx: Transaction,
  organizationId: string,
  queueId: string,
): Promise<number> {
  const { count } = await trx
    .selectFrom('queue_wait')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('queue_id', '=', queueId)
    .where('state', '=', 'waiting')
    .where((or) => or.or([or('reason', 'is', null), or('reason', '<>', 'length')]))
    .executeTakeFirstOrThrow();
  return count;
}

/** A caller who is known already has been seen once more. */
export async function upsertWait(
  trx: Transaction,
  organizationId: string,
  wait: NewWait,
  reason: WaitRow['reason'],
): Promise<void> {
  await trx
    .insertInto('queue_wait')
    .values({ ...toColumns(organizationId, wait), reason })
    .onConflict((conflict) =>
      conflict.columns(['organization_id', 'call_id', 'step_id']).doUpdateSet({
        seen_at: sql`greatest(queue_wait.seen_at, excluded.seen_at)`,
        queue_sid: sql`coalesce(queue_wait.queue_sid, excluded.queue_sid)`,
      }),
    )
    .execute();
}

/** Somebody who was sent on at once, for the figures. Said twice it is one. */
export async function insertTurnedAway(
  trx: Transaction,
  organizationId: string,
  wait: NewWait,
  reason: WaitRow['reason'],
): Promise<void> {
  const columns = toColumns(organizationId, wait);
  await trx
    .insertInto('queue_wait')
    .values({ ...columns, state: 'overflowed', reason, ended_at: columns.entered_at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function toColumns(organizationId: string, wait: NewWait) {
  return {
    organization_id: organizationId,
    call_id: wait.callId,
    step_id: wait.stepId,
    queue_id: wait.queueId,
    carrier: wait.carrier,
    account_sid: wait.accountSid,
    queue_sid: wait.queueSid,
    dialled: wait.dialled,
    priority: wait.priority,
    rung: wait.rung,
    entered_at: new Date(wait.enteredAt),
    expires_at: new Date(wait.expiresAt),
    seen_at: new Date(wait.seenAt),
  };
}

/** The waits of a call, or its one at `stepId`; locked. */
export function lockWaits(
  trx: Transaction,
  organizationId: string,
  callId: string,
  stepId: string | null,
): Promise<readonly WaitRow[]> {
  let query = trx
    .selectFrom('queue_wait')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('call_id', '=', callId);
  if (stepId !== null) query = query.where('step_id', '=', stepId);
  return query.orderBy('step_id').forUpdate().execute();
}

/** Those of the calls that wait or have waited. */
export async function listKnownCalls(
  trx: Transaction,
  organizationId: string,
  callIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (callIds.length === 0) return new Set();
  const rows = await trx
    .selectFrom('queue_wait')
    .select('call_id')
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`call_id = any(${callIds}::text[])`)
    .execute();
  return new Set(rows.map((row) => row.call_id));
}

export async function saveWait(
  trx: Transaction,
  { organization_id, call_id, step_id }: WaitRow,
  record: WaitRecord,
): Promise<void> {
  await trx
    .updateTable('queue_wait')
    .set({
      state: record.state,
      reason: record.reason,
      answered_by: record.answeredBy,
      answered_at: toDate(record.answeredAt),
      ended_at: toDate(record.endedAt),
    })
    .where('organization_id', '=', organization_id)
    .where('call_id', '=', call_id)
    .where('step_id', '=', step_id)
    .execute();
}

export function listOpenWaits(trx: Transaction, organizationId: string): Promise<readonly WaitRow[]> {
  return trx
    .selectFrom('queue_wait')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('state', 'in', ['waiting', 'talking'])
    .orderBy('entered_at')
    .limit(5_000)
    .execute();
}

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

export function toWaitRecord(row: WaitRow): WaitRecord {
  return {
    state: row.state,
    reason: row.reason,
    answeredBy: row.answered_by,
    answeredAt: row.answered_at?.getTime() ?? null,
    endedAt: row.ended_at?.getTime() ?? null,
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

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
