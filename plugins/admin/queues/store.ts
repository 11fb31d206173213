import { type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { QueueTable } from '../../../services/storage/tables.ts';
import type { Place } from '../paging.ts';

export type QueueRecord = Selectable<QueueTable> & { readonly extension: string | null };

function selectQueues(trx: Transaction, organizationId: string) {
  return trx
    .selectFrom('queue')
    .leftJoin('extension', (join) =>
      join
        .onRef('extension.organization_id', '=', 'queue.organization_id')
        .onRef('extension.queue_id', '=', 'queue.id'),
    )
    .selectAll('queue')
    .select('extension.extension')
    .where('queue.organization_id', '=', organizationId);
}

export function findQueue(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<QueueRecord | undefined> {
  return selectQueues(trx, organizationId).where('queue.id', '=', id).executeTakeFirst();
}

/** By name; one more than `limit` where there are more. */
export function listQueues(
  trx: Transaction,
  organizationId: string,
  limit: number,
  after: Place | undefined,
): Promise<readonly QueueRecord[]> {
  let query = selectQueues(trx, organizationId);
  if (after !== undefined) {
    query = query.where(
      sql<boolean>`(lower(queue.name) collate "C", queue.id) > (${after[0]}, ${after[1]}::uuid)`,
    );
  }
  return query
    .orderBy(sql`lower(queue.name) collate "C"`)
    .orderBy('queue.id')
    .limit(limit + 1)
    .execute();
}

/** As Postgres writes it in small letters, for the cursor. */
export async function lowerNames(
  trx: Transaction,
  rows: readonly QueueRecord[],
): Promise<ReadonlyMap<string, string>> {
  const last = rows.map((row) => row.name);
  if (last.length === 0) return new Map();
  const { rows: lowered } = await sql<{ name: string; low: string }>`
    select name, lower(name) as low from unnest(${last}::text[]) as name`.execute(trx);
  return new Map(lowered.map((row) => [row.name, row.low]));
}

export type QueueColumns = Pick<
  QueueRecord,
  'name' | 'kind' | 'parent_queue_id' | 'strategy' | 'ring_seconds' | 'no_agent_target' | 'waiting'
>;

function toDocuments(columns: QueueColumns) {
  const { no_agent_target: target, waiting } = columns;
  return {
    ...columns,
    no_agent_target: target === null ? null : JSON.stringify(target),
    waiting: waiting === null ? null : JSON.stringify(waiting),
  };
}

export async function insertQueue(
  trx: Transaction,
  organizationId: string,
  id: string,
  columns: QueueColumns,
): Promise<void> {
  await trx
    .insertInto('queue')
    .values({ organization_id: organizationId, id, ...toDocuments(columns) })
    .execute();
}

export async function updateQueue(
  trx: Transaction,
  organizationId: string,
  id: string,
  columns: QueueColumns,
  instant: number,
): Promise<void> {
  await trx
    .updateTable('queue')
    .set({ ...toDocuments(columns), revision: sql<number>`revision + 1`, updated_at: new Date(instant) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

export async function deleteQueue(trx: Transaction, organizationId: string, id: string): Promise<void> {
  await trx.deleteFrom('queue').where('organization_id', '=', organizationId).where('id', '=', id).execute();
}

/** Names of what still points at the queue. Targets are documents, so their text is searched for the id. */
export async function listUses(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select 'number ' || number as name from number where organization_id = ${organizationId}
      and position(${id} in concat_ws(' ', target, override, caller_rules, calendar)) > 0
    union all select 'user ' || first_name || ' ' || last_name from "user" where organization_id = ${organizationId}
      and status <> 'deleted' and position(${id} in concat_ws(' ', if_unavailable, forward_all)) > 0
    union all select 'queue ' || name from queue where organization_id = ${organizationId} and id <> ${id}
      and (parent_queue_id = ${id} or position(${id} in concat_ws(' ', no_agent_target, waiting)) > 0)
    union all select 'the last resort' from organization where id = ${organizationId}
      and position(${id} in concat_ws(' ', last_resort)) > 0
    limit 20`.execute(trx);
  return rows.map((row) => row.name);
}

/** Is `ancestor` the queue itself, or one that it is a part of? */
export async function isPartOf(
  trx: Transaction,
  organizationId: string,
  id: string,
  ancestor: string,
): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    with recursive up as (
      select id, parent_queue_id from queue where organization_id = ${organizationId} and id = ${id}
      union select q.id, q.parent_queue_id from queue q join up on q.id = up.parent_queue_id
        where q.organization_id = ${organizationId})
    select exists (select 1 from up where id = ${ancestor}) as found`.execute(trx);
  return rows[0]?.found ?? false;
}

export type MemberRow = { readonly user_id: string; readonly priority: number; readonly status: string };

export function listMembers(
  trx: Transaction,
  organizationId: string,
  queueId: string,
): Promise<readonly MemberRow[]> {
  return trx
    .selectFrom('queue_member')
    .innerJoin('user', (join) =>
      join
        .onRef('user.organization_id', '=', 'queue_member.organization_id')
        .onRef('user.id', '=', 'queue_member.user_id'),
    )
    .select(['queue_member.user_id', 'queue_member.priority', 'user.status'])
    .where('queue_member.organization_id', '=', organizationId)
    .where('queue_member.queue_id', '=', queueId)
    .orderBy('queue_member.priority')
    .orderBy('queue_member.position')
    .execute();
}

/** Replaces the members. The queue and everybody who comes or goes have changed. */
export async function writeMembers(
  trx: Transaction,
  organizationId: string,
  queueId: string,
  members: readonly { readonly userId: string; readonly priority: number }[],
  instant: number,
): Promise<void> {
  const former = await trx
    .deleteFrom('queue_member')
    .where('organization_id', '=', organizationId)
    .where('queue_id', '=', queueId)
    .returning('user_id')
    .execute();
  const rows = members.map((member, position) => ({
    organization_id: organizationId,
    queue_id: queueId,
    user_id: member.userId,
    priority: member.priority,
    position,
  }));
  if (rows.length > 0) await trx.insertInto('queue_member').values(rows).execute();
  await trx
    .updateTable('queue')
    .set({ revision: sql<number>`revision + 1`, updated_at: new Date(instant) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', queueId)
    .execute();
  const before = new Set(former.map((row) => row.user_id));
  const after = new Set(members.map((member) => member.userId));
  const moved = [...before.symmetricDifference(after)];
  if (moved.length === 0) return;
  await trx
    .updateTable('user')
    .set({ revision: sql<number>`revision + 1` })
    .where('organization_id', '=', organizationId)
    .where('id', 'in', moved)
    .execute();
}
