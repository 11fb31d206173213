import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { LifeCycleCause, MoveKind } from '../../../services/storage/tables.ts';
import { handOver, leadsAtOnce } from '../lead-owners.ts';

/** What goes from one user to another, or to nobody, when somebody is deactivated or deleted. */
export type Leaving = {
  readonly organizationId: string;
  readonly userId: string;
  readonly toId: string | null;
  readonly instant: number;
};

/** One thing that moved: enough to give it back, and its name for people. */
export type Move = {
  readonly kind: MoveKind;
  readonly id: string;
  readonly name: string;
  /** The weekday or the id of the override; else empty. */
  readonly place: string;
  readonly toId: string | null;
  readonly priority: number | null;
  readonly position: number | null;
};

type MovedRow = { readonly id: string; readonly name: string };

function toMove(kind: MoveKind, row: MovedRow, toId: string | null, place = ''): Move {
  return { kind, id: row.id, name: row.name, place, toId, priority: null, position: null };
}

export async function moveLeads(trx: Transaction, leaving: Leaving): Promise<readonly Move[]> {
  const { organizationId, userId, toId, instant } = leaving;
  const rows = await handOver(trx, organizationId, userId, toId, instant);
  return rows.map((row) => toMove('lead', row, leaving.toId));
}

/** Numbers whose plain target is the user. Switches, caller rules and calendars follow the replacement by rule 8. */
export async function moveNumbers(
  trx: Transaction,
  { organizationId, userId, toId, instant }: Leaving,
): Promise<readonly Move[]> {
  const { rows } = await sql<MovedRow>`
    update number set target = jsonb_build_object('type', 'user', 'id', ${toId}::text),
        revision = revision + 1, updated_at = ${new Date(instant)}
      where organization_id = ${organizationId} and target->>'type' = 'user' and target->>'id' = ${userId}
      returning id, number as name`.execute(trx);
  return rows.map((row) => toMove('number', row, toId));
}

/** The same numbers, and nothing is changed. */
export async function listNumbersOf(
  trx: Transaction,
  { organizationId, userId }: Leaving,
): Promise<readonly MovedRow[]> {
  const { rows } = await sql<MovedRow>`
    select id, number as name from number
      where organization_id = ${organizationId} and target->>'type' = 'user' and target->>'id' = ${userId}
      order by number`.execute(trx);
  return rows;
}

/**
 * Whoever has the user as fallback has `toId` from now on: in general, on a weekday, in an override. `toId` itself
 * then has nobody in that place, because nobody stands in for oneself.
 */
export async function moveFallbacks(trx: Transaction, leaving: Leaving): Promise<readonly Move[]> {
  const { organizationId, userId, toId } = leaving;
  const general = await sql<MovedRow & { fallback: string | null }>`
    update "user" set fallback_user_id = nullif(${toId}::uuid, id)
      where organization_id = ${organizationId} and fallback_user_id = ${userId}
      returning id, first_name || ' ' || last_name as name, fallback_user_id as fallback`.execute(trx);
  const days = await sql<{ id: string; place: string; fallback: string | null }>`
    update availability_day set fallback_user_id = nullif(${toId}::uuid, user_id)
      where organization_id = ${organizationId} and fallback_user_id = ${userId}
      returning user_id as id, weekday::text as place, fallback_user_id as fallback`.execute(trx);
  const overrides = await sql<{ id: string; place: string; fallback: string | null }>`
    update availability_override set fallback_user_id = nullif(${toId}::uuid, user_id)
      where organization_id = ${organizationId} and fallback_user_id = ${userId}
      returning user_id as id, id::text as place, fallback_user_id as fallback`.execute(trx);
  const changed = [...general.rows, ...days.rows, ...overrides.rows].map((row) => row.id);
  const names = await touchUsers(trx, organizationId, changed, leaving.instant);
  const named = (row: { readonly id: string }) => ({ id: row.id, name: names.get(row.id) ?? '' });
  return [
    ...general.rows.map((row) => toMove('fallback', row, row.fallback)),
    ...days.rows.map((row) => toMove('fallback-day', named(row), row.fallback, row.place)),
    ...overrides.rows.map((row) => toMove('fallback-override', named(row), row.fallback, row.place)),
  ];
}

/** Whose fallback the user is, and nothing is changed. */
export async function listFallbacksOf(
  trx: Transaction,
  { organizationId, userId }: Leaving,
): Promise<readonly MovedRow[]> {
  const { rows } = await sql<MovedRow>`
    select id, first_name || ' ' || last_name as name from "user"
      where organization_id = ${organizationId} and (fallback_user_id = ${userId}
        or id in (select user_id from availability_day where organization_id = ${organizationId} and fallback_user_id = ${userId})
        or id in (select user_id from availability_override where organization_id = ${organizationId} and fallback_user_id = ${userId}))
      order by name_key, id`.execute(trx);
  return rows;
}

/** A new ETag for each of them; their names. */
export async function touchUsers(
  trx: Transaction,
  organizationId: string,
  ids: readonly string[],
  instant: number,
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<MovedRow>`
    update "user" set revision = revision + 1, updated_at = ${new Date(instant)}
      where organization_id = ${organizationId} and id = any(${[...new Set(ids)]}::uuid[])
      returning id, first_name || ' ' || last_name as name`.execute(trx);
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** Takes the user out of all queues; their revisions rise, because their members changed. */
export async function leaveQueues(
  trx: Transaction,
  { organizationId, userId }: Leaving,
): Promise<readonly Move[]> {
  const { rows } = await sql<MovedRow & { priority: number; position: number }>`
    with gone as (delete from queue_member where organization_id = ${organizationId} and user_id = ${userId}
        returning queue_id, priority, position)
    update queue set revision = revision + 1 from gone
      where queue.organization_id = ${organizationId} and queue.id = gone.queue_id
      returning queue.id, queue.name, gone.priority, gone.position`.execute(trx);
  return rows.map((row) => ({
    ...toMove('queue', row, null),
    priority: row.priority,
    position: row.position,
  }));
}

export type LifeCycle = {
  readonly cause: LifeCycleCause;
  readonly formerStatus: 'active' | 'inactive' | 'pending' | null;
  readonly formerExtension: string | null;
  readonly erasesAt: number | null;
};

/** What is needed to take it back, with everything that moved. */
export async function rememberMoves(
  trx: Transaction,
  leaving: Leaving,
  lifeCycle: LifeCycle,
  moves: readonly Move[],
): Promise<void> {
  const { organizationId, userId, toId, instant } = leaving;
  const { cause, formerStatus, formerExtension, erasesAt } = lifeCycle;
  await trx
    .insertInto('life_cycle')
    .values({
      organization_id: organizationId,
      user_id: userId,
      cause,
      reassigned_to_user_id: toId,
      former_status: formerStatus,
      former_extension: formerExtension,
      erases_at: erasesAt === null ? null : new Date(erasesAt),
      created_at: new Date(instant),
    })
    .execute();
  const leads = moves.filter((move) => move.kind === 'lead').map((move) => move.id);
  for (let from = 0; from < leads.length; from += leadsAtOnce) {
    await sql`
      insert into life_cycle_move (organization_id, user_id, cause, kind, item_id, to_user_id)
        select ${organizationId}::uuid, ${userId}::uuid, ${cause}::text, 'lead', id, ${toId}::uuid
        from unnest(${leads.slice(from, from + leadsAtOnce)}::uuid[]) as moved(id)`.execute(trx);
  }
  await rememberOthers(
    trx,
    leaving,
    cause,
    moves.filter((move) => move.kind !== 'lead'),
  );
}

/** Arrays, because a statement holds 65,535 parameters at most. */
async function rememberOthers(
  trx: Transaction,
  { organizationId, userId }: Leaving,
  cause: LifeCycleCause,
  moves: readonly Move[],
): Promise<void> {
  await sql`
    insert into life_cycle_move (organization_id, user_id, cause, kind, item_id, place, to_user_id, priority, position)
      select ${organizationId}::uuid, ${userId}::uuid, ${cause}::text, * from unnest(
        ${moves.map((move) => move.kind)}::text[], ${moves.map((move) => move.id)}::uuid[],
        ${moves.map((move) => move.place)}::text[], ${moves.map((move) => move.toId)}::uuid[],
        ${moves.map((move) => move.priority)}::integer[], ${moves.map((move) => move.position)}::integer[])`.execute(
    trx,
  );
}

export async function findLifeCycle(
  trx: Transaction,
  organizationId: string,
  userId: string,
  cause: LifeCycleCause,
): Promise<LifeCycle | undefined> {
  const row = await trx
    .selectFrom('life_cycle')
    .select(['former_status', 'former_extension', 'erases_at'])
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .where('cause', '=', cause)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    cause,
    formerStatus: row.former_status,
    formerExtension: row.former_extension,
    erasesAt: row.erases_at?.getTime() ?? null,
  };
}

/** Its moves go with it. */
export async function forgetMoves(
  trx: Transaction,
  organizationId: string,
  userId: string,
  cause: LifeCycleCause,
): Promise<void> {
  await trx
    .deleteFrom('life_cycle')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .where('cause', '=', cause)
    .execute();
}
