import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import { beforeAllIds } from '../../../services/storage/directory-pages.ts';
import type { LifeCycleCause } from '../../../services/storage/tables.ts';
import { leadsAtOnce } from '../lead-owners.ts';
import { touchUsers } from './moves-store.ts';

/** Whose things are given back, and of which deactivation or deletion. */
export type Returning = {
  readonly organizationId: string;
  readonly userId: string;
  readonly cause: LifeCycleCause;
  readonly instant: number;
};

export type Thing = { readonly id: string; readonly name: string };

/** Something that is not where it was put, or does not exist any more. */
export type LeftThing = {
  readonly type: 'lead' | 'number' | 'queue' | 'fallback';
  readonly id: string;
  readonly name: string | null;
  readonly nowId: string | null;
  readonly nowName: string | null;
};

function movesOf({ organizationId, userId, cause }: Returning, kind: string) {
  return sql`select item_id, place, to_user_id, priority, position from life_cycle_move
    where organization_id = ${organizationId} and user_id = ${userId} and cause = ${cause} and kind = ${kind}`;
}

/** Each lead that is still with whom it went to. */
export async function giveLeadsBack(trx: Transaction, returning: Returning): Promise<readonly Thing[]> {
  const { organizationId, userId, instant } = returning;
  const back: Thing[] = [];
  for (let after = beforeAllIds; ; ) {
    const { rows: batch } = await sql<{ item_id: string }>`
      ${movesOf(returning, 'lead')} and item_id > ${after} order by item_id limit ${leadsAtOnce}`.execute(
      trx,
    );
    const last = batch.at(-1)?.item_id;
    if (last === undefined) return back;
    const { rows } = await sql<Thing>`
      update lead set owner_id = ${userId}, revision = revision + 1, updated_at = ${new Date(instant)}
        from (${movesOf(returning, 'lead')} and item_id > ${after} and item_id <= ${last}) as m
        where lead.organization_id = ${organizationId} and lead.id = m.item_id
          and lead.owner_id is not distinct from m.to_user_id
        returning lead.id, lead.name`.execute(trx);
    for (const row of rows) back.push(row);
    after = last;
  }
}

export async function giveNumbersBack(trx: Transaction, returning: Returning): Promise<readonly Thing[]> {
  const { organizationId, userId, instant } = returning;
  const { rows } = await sql<Thing>`
    update number set target = jsonb_build_object('type', 'user', 'id', ${userId}::text),
        revision = revision + 1, updated_at = ${new Date(instant)}
      from (${movesOf(returning, 'number')}) as m
      where number.organization_id = ${organizationId} and number.id = m.item_id
        and number.target->>'type' = 'user' and number.target->>'id' = m.to_user_id::text
      returning number.id, number.number as name`.execute(trx);
  return rows;
}

/** General ones, weekdays and overrides; a day that was opened since then has no fallback. */
export async function giveFallbacksBack(trx: Transaction, returning: Returning): Promise<readonly Thing[]> {
  const { organizationId, userId, instant } = returning;
  const general = await sql<{ id: string }>`
    update "user" as u set fallback_user_id = ${userId} from (${movesOf(returning, 'fallback')}) as m
      where u.organization_id = ${organizationId} and u.id = m.item_id
        and u.fallback_user_id is not distinct from m.to_user_id
      returning u.id`.execute(trx);
  const days = await sql<{ id: string }>`
    update availability_day as d set fallback_user_id = ${userId} from (${movesOf(returning, 'fallback-day')}) as m
      where d.organization_id = ${organizationId} and d.user_id = m.item_id and d.weekday::text = m.place
        and not d.available and d.fallback_user_id is not distinct from m.to_user_id
      returning d.user_id as id`.execute(trx);
  const overrides = await sql<{ id: string }>`
    update availability_override as o set fallback_user_id = ${userId}
      from (${movesOf(returning, 'fallback-override')}) as m
      where o.organization_id = ${organizationId} and o.user_id = m.item_id and o.id::text = m.place
        and not o.available and o.fallback_user_id is not distinct from m.to_user_id
      returning o.user_id as id`.execute(trx);
  const ids = [...general.rows, ...days.rows, ...overrides.rows].map((row) => row.id);
  const names = await touchUsers(trx, organizationId, ids, instant);
  return ids.map((id) => ({ id, name: names.get(id) ?? '' }));
}

/** Back into each queue that there is, at the former place. */
export async function giveQueuesBack(trx: Transaction, returning: Returning): Promise<readonly Thing[]> {
  const { organizationId, userId } = returning;
  const { rows } = await sql<Thing>`
    with back as (
      insert into queue_member (organization_id, queue_id, user_id, priority, position)
        select ${organizationId}::uuid, m.item_id, ${userId}::uuid, m.priority, m.position
          from (${movesOf(returning, 'queue')}) as m
          join queue as q on q.organization_id = ${organizationId} and q.id = m.item_id
        on conflict do nothing returning queue_id)
    update queue set revision = revision + 1 from back
      where queue.organization_id = ${organizationId} and queue.id = back.queue_id
      returning queue.id, queue.name`.execute(trx);
  return rows;
}

/** Asked after everything was given back: what is not the user's own again, the deleted things too. */
export async function listLeft(trx: Transaction, returning: Returning): Promise<readonly LeftThing[]> {
  const { organizationId, userId } = returning;
  const { rows } = await sql<LeftThing>`
    with left_over as (
      select 'lead' as type, m.item_id as id, l.name, l.owner_id as now_id
        from (${movesOf(returning, 'lead')}) as m
        left join lead as l on l.organization_id = ${organizationId} and l.id = m.item_id
        where l.owner_id is distinct from ${userId}
      union all
      select 'number', m.item_id, n.number,
          case when n.target->>'type' = 'user' then (n.target->>'id')::uuid end
        from (${movesOf(returning, 'number')}) as m
        left join number as n on n.organization_id = ${organizationId} and n.id = m.item_id
        where (n.target->>'id') is distinct from ${userId}
      union all
      select 'queue', m.item_id, null, null
        from (${movesOf(returning, 'queue')}) as m
        where not exists (select 1 from queue_member as q
          where q.organization_id = ${organizationId} and q.queue_id = m.item_id and q.user_id = ${userId})
      union all
      select 'fallback', m.item_id, u.first_name || ' ' || u.last_name, u.fallback_user_id
        from (${movesOf(returning, 'fallback')}) as m
        left join "user" as u on u.organization_id = ${organizationId} and u.id = m.item_id
        where u.fallback_user_id is distinct from ${userId}
      union all
      select 'fallback', m.item_id, u.first_name || ' ' || u.last_name, d.fallback_user_id
        from (${movesOf(returning, 'fallback-day')}) as m
        left join "user" as u on u.organization_id = ${organizationId} and u.id = m.item_id
        left join availability_day as d
          on d.organization_id = ${organizationId} and d.user_id = m.item_id and d.weekday::text = m.place
        where d.fallback_user_id is distinct from ${userId}
      union all
      select 'fallback', m.item_id, u.first_name || ' ' || u.last_name, o.fallback_user_id
        from (${movesOf(returning, 'fallback-override')}) as m
        left join "user" as u on u.organization_id = ${organizationId} and u.id = m.item_id
        left join availability_override as o
          on o.organization_id = ${organizationId} and o.user_id = m.item_id and o.id::text = m.place
        where o.fallback_user_id is distinct from ${userId})
    select l.type, l.id, l.name, u.id as "nowId", u.first_name || ' ' || u.last_name as "nowName"
      from left_over as l
      left join "user" as u on u.organization_id = ${organizationId} and u.id = l.now_id
      order by l.type, l.name, l.id`.execute(trx);
  return rows;
}
