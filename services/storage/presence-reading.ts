import { sql } from 'kysely';
import type { Lease } from '../routing/live/presence-people.ts';
import type { Database, Transaction } from './database.ts';

/** The read side of sql/0032_presence.sql. */

/** Where each organization's presence stands. */
export async function listPresenceStreams(
  database: Database,
): Promise<readonly { readonly organizationId: string; readonly seq: number }[]> {
  const { rows } = await sql<{ organization_id: string; seq: number }>`
    select organization_id, seq from list_presence_streams()`.execute(database.kysely);
  return rows.map((row) => ({ organizationId: row.organization_id, seq: row.seq }));
}

/** Organizations in which something has run out by then. */
export async function listDuePresence(database: Database, at: number): Promise<readonly string[]> {
  const { rows } = await sql<{ organization_id: string }>`
    select organization_id from list_due_presence(${new Date(at)})`.execute(database.kysely);
  return rows.map((row) => row.organization_id);
}

export type PresenceNewsRead = {
  readonly seq: number;
  readonly leases: readonly Lease[];
  readonly rung: readonly { readonly queueId: string; readonly userId: string }[];
};

/** What was written after `seq`; in a transaction that sees one instant. */
export async function readPresence(
  trx: Transaction,
  organizationId: string,
  after: number,
): Promise<PresenceNewsRead> {
  const stream = await trx
    .selectFrom('presence_stream')
    .select('seq')
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  const leases = await trx
    .selectFrom('presence_lease')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('seq', '>', after)
    .execute();
  const rung = await trx
    .selectFrom('presence_queue')
    .select(['queue_id', 'user_id'])
    .where('organization_id', '=', organizationId)
    .where('seq', '>', after)
    .execute();
  return {
    seq: Number(stream?.seq ?? 0),
    leases: leases.map((row) => ({
      source: row.source,
      userId: row.user_id,
      state: row.state,
      counts: row.counts,
      queueId: row.queue_id,
      at: row.at.getTime(),
      answeredAt: row.answered_at?.getTime() ?? null,
      expiresAt: row.expires_at.getTime(),
    })),
    rung: rung.map((row) => ({ queueId: row.queue_id, userId: row.user_id })),
  };
}

export type AnswerHistory = {
  readonly userId: string;
  readonly lastAnswered: number;
  readonly answeredToday: number;
};

/** Who answered calls of queues before: when last, and how many on the organization's day of this instant. */
export async function readAnswerHistory(
  trx: Transaction,
  organizationId: string,
  at: number,
): Promise<readonly AnswerHistory[]> {
  const { rows } = await sql<{ user_id: string; last_answered_at: Date; today: number }>`
    select p.user_id, p.last_answered_at,
        case when p.answered_day = (${new Date(at)}::timestamptz at time zone o.time_zone)::date then p.answered else 0 end as today
      from presence_user p join organization o on o.id = p.organization_id
      where p.organization_id = ${organizationId} and p.last_answered_at is not null`.execute(trx);
  return rows.map((row) => ({
    userId: row.user_id,
    lastAnswered: row.last_answered_at.getTime(),
    answeredToday: row.today,
  }));
}

/** For a snapshot: who is more than offline, as it was told last. */
export async function listPresence(
  trx: Transaction,
  organizationId: string,
  userIds: readonly string[] | null,
) {
  let query = trx
    .selectFrom('presence_user')
    .select(['user_id', 'state', 'calls', 'since'])
    .where('organization_id', '=', organizationId)
    .where('state', '<>', 'offline');
  if (userIds !== null) query = query.where('user_id', '=', sql<string>`any(${[...userIds]}::uuid[])`);
  const rows = await query.orderBy('user_id').execute();
  return rows.map((row) => ({
    userId: row.user_id,
    state: row.state,
    calls: row.calls,
    since: row.since.toISOString(),
  }));
}
