import { sql } from 'kysely';
import type { NewLiveEvent } from '../routing/live/event.ts';
import type { Transaction } from './database.ts';

/** The channel of the trigger on the stream (sql/0031_live.sql): `<organization id>:<seq>`. */
export const liveNotifications = 'linefinder_live';

/**
 * Appends events to the organization's stream and gives the number of the last. Call it at the end of a transaction:
 * the stream's row stays locked until the commit, which is what makes numbers and commits come in one order.
 */
export async function appendLiveEvents(
  trx: Transaction,
  organizationId: string,
  events: readonly NewLiveEvent[],
): Promise<number> {
  const count = events.length;
  const stream = await trx
    .insertInto('live_stream')
    .values({ organization_id: organizationId, seq: count })
    .onConflict((conflict) =>
      conflict.column('organization_id').doUpdateSet({ seq: sql`live_stream.seq + ${count}` }),
    )
    .returning('seq')
    .executeTakeFirstOrThrow();
  const last = Number(stream.seq);
  const rows = events.map((event, index) => ({
    seq: last - count + 1 + index,
    at: new Date(event.at).toISOString(),
    topic: event.topic,
    name: event.name,
    data: event.data,
    user_ids: event.userIds,
    queue_ids: event.queueIds,
  }));
  // One document for many rows: a statement holds 65,535 parameters at most.
  await sql`
    insert into live_event (organization_id, seq, at, topic, name, data, user_ids, queue_ids)
    select ${organizationId}::uuid, r.seq, r.at, r.topic, r.name, r.data, r.user_ids, r.queue_ids
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r(seq bigint, at timestamptz, topic text, name text, data jsonb, user_ids uuid[], queue_ids uuid[])`.execute(
    trx,
  );
  return last;
}
