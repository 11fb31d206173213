import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';

export type WaitingRow = {
  readonly callId: string;
  readonly enteredAt: Date;
  readonly priority: number;
  readonly offeredTo: readonly string[];
};

export type WaitTotals = {
  readonly entered: number;
  readonly answered: number;
  readonly answeredWithin: number;
  readonly abandoned: number;
  readonly overflowed: number;
  readonly time: number;
  readonly length: number;
  readonly noAgent: number;
  readonly averageWait: number | null;
  readonly longestWait: number | null;
};

export async function listWaiting(
  trx: Transaction,
  organizationId: string,
  queueId: string,
): Promise<readonly WaitingRow[]> {
  const { rows } = await sql<WaitingRow>`
    select w.call_id as "callId", w.entered_at as "enteredAt", w.priority,
      array(select o.user_id::text from queue_offer o
        where o.organization_id = w.organization_id and o.call_id = w.call_id and o.step_id = w.step_id
          and o.state = 'ringing' order by o.offered_at) as "offeredTo"
    from queue_wait w
    where w.organization_id = ${organizationId} and w.queue_id = ${queueId} and w.state = 'waiting'
      and w.reason is distinct from 'length'
    order by w.priority, w.entered_at, w.call_id`.execute(trx);
  return rows;
}

/** Of those who came since then. */
export async function totalWaits(
  trx: Transaction,
  organizationId: string,
  queueId: string,
  since: Date,
  withinSeconds: number,
): Promise<WaitTotals> {
  const { rows } = await sql<WaitTotals>`
    select count(*)::integer as entered,
      count(answered_at)::integer as answered,
      count(*) filter (where answered_at <= entered_at + make_interval(secs => ${withinSeconds}))::integer as "answeredWithin",
      count(*) filter (where state = 'abandoned')::integer as abandoned,
      count(*) filter (where state = 'overflowed')::integer as overflowed,
      count(*) filter (where state = 'overflowed' and reason = 'time')::integer as time,
      count(*) filter (where state = 'overflowed' and reason = 'length')::integer as length,
      count(*) filter (where state = 'overflowed' and reason = 'no-agent')::integer as "noAgent",
      avg(waited) filter (where not was_turned_away)::float8 as "averageWait",
      max(waited) filter (where not was_turned_away)::float8 as "longestWait"
    from queue_wait cross join lateral (select
      extract(epoch from coalesce(answered_at, ended_at) - entered_at) as waited,
      state = 'overflowed' and (reason = 'length' or ended_at = entered_at) as was_turned_away) as fared
    where organization_id = ${organizationId} and queue_id = ${queueId} and entered_at >= ${since}`.execute(
    trx,
  );
  const [totals] = rows;
  if (totals === undefined) throw new Error('a sum over no rows is a row');
  return totals;
}
