import { type Selectable, sql } from 'kysely';
import type { WaitRecord } from '../routing/domain/wait-record.ts';
import type { Database, Transaction } from './database.ts';
import type { QueueWaitTable } from './tables.ts';

/** Who waits in which queue (sql/0034_waiting.sql). */

export type WaitRow = Selectable<QueueWaitTable>;

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

export function toWaitRecord(row: WaitRow): WaitRecord {
  return {
    state: row.state,
    reason: row.reason,
    answeredBy: row.answered_by,
    answeredAt: row.answered_at?.getTime() ?? null,
    endedAt: row.ended_at?.getTime() ?? null,
  };
}

export function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
