import { sql } from 'kysely';
import type { LiveEvent } from '../routing/live/event.ts';
import { type Database, inOrganization, type Transaction } from './database.ts';

/** The read side of sql/0031_live.sql. */

/** Where a stream stands: the number of its last event, and the epoch in which it was given. */
export type LiveStream = { readonly organizationId: string; readonly epoch: string; readonly seq: number };

/** Of every organization that has one. */
export async function listLiveStreams(database: Database): Promise<readonly LiveStream[]> {
  const { rows } = await sql<{ organization_id: string; epoch: string; seq: number }>`
    select organization_id, epoch, seq from list_live_streams()`.execute(database.kysely);
  return rows.map((row) => ({ organizationId: row.organization_id, epoch: row.epoch, seq: row.seq }));
}

/** An organization to which nothing ever happened gets its stream here, outside of any read-only transaction. */
export async function ensureLiveStream(database: Database, organizationId: string): Promise<void> {
  await inOrganization(database, organizationId, (trx) =>
    trx
      .insertInto('live_stream')
      .values({ organization_id: organizationId, seq: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
}

export async function findLiveStream(
  trx: Transaction,
  organizationId: string,
): Promise<LiveStream | undefined> {
  const row = await trx
    .selectFrom('live_stream')
    .select(['epoch', 'seq'])
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  return row === undefined ? undefined : { organizationId, epoch: row.epoch, seq: Number(row.seq) };
}

/** Those after the number `after`, at most `most`, in their order and without a gap but before the first. */
export async function listLiveEvents(
  trx: Transaction,
  organizationId: string,
  after: number,
  most: number,
): Promise<readonly LiveEvent[]> {
  const rows = await trx
    .selectFrom('live_event')
    .select(['seq', 'at', 'topic', 'name', 'data', 'user_ids', 'queue_ids'])
    .where('organization_id', '=', organizationId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(most)
    .execute();
  return rows.map((row) => ({
    organizationId,
    seq: Number(row.seq),
    at: row.at.getTime(),
    topic: row.topic,
    name: row.name,
    data: row.data,
    userIds: row.user_ids,
    queueIds: row.queue_ids,
  }));
}

/** Deletes what is older than an hour. */
export async function sweepLiveEvents(database: Database): Promise<void> {
  await sql`select sweep_live_events()`.execute(database.kysely);
}
