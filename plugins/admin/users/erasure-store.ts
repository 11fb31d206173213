import { sql } from 'kysely';
import type { NumberData } from '../../../services/routing/domain/directory-data.ts';
import type { IfUnavailable, Target, UnavailableRule } from '../../../services/routing/domain/target.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { touchUsers } from './moves-store.ts';

export async function isDue(
  trx: Transaction,
  organizationId: string,
  id: string,
  instant: number,
): Promise<boolean> {
  const row = await trx
    .selectFrom('life_cycle')
    .innerJoin('user', (join) =>
      join
        .onRef('user.organization_id', '=', 'life_cycle.organization_id')
        .onRef('user.id', '=', 'life_cycle.user_id'),
    )
    .select('user.id')
    .where('life_cycle.organization_id', '=', organizationId)
    .where('life_cycle.user_id', '=', id)
    .where('life_cycle.cause', '=', 'deletion')
    .where('life_cycle.erases_at', '<=', new Date(instant))
    .where('user.status', '=', 'deleted')
    .executeTakeFirst();
  return row !== undefined;
}

/** The target itself or the box of the user. */
function leadsTo(target: Target | null | undefined, id: string): boolean {
  if (target === null || target === undefined) return false;
  return (target.type === 'user' || target.type === 'voicemail') && target.id === id;
}

/** Targets are documents, so their text is searched for the id. Gives the ids of the numbers that have no target now. */
export async function unassignNumbers(
  trx: Transaction,
  organizationId: string,
  id: string,
  instant: number,
): Promise<readonly string[]> {
  const rows = await trx
    .selectFrom('number')
    .select(['id', 'target', 'override', 'caller_rules', 'calendar'])
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`position(${id} in concat_ws(' ', target, override, caller_rules, calendar)) > 0`)
    .execute();
  const unassigned: string[] = [];
  for (const row of rows) {
    if (leadsTo(row.target, id)) unassigned.push(row.id);
    const target = leadsTo(row.target, id) ? null : row.target;
    const override = leadsTo(row.override?.target, id) ? null : row.override;
    const callerRules = row.caller_rules.filter((rule) => !leadsTo(rule.target, id));
    const calendar = openCalendar(row.calendar, id);
    await trx
      .updateTable('number')
      .set({
        target: toDocument(target),
        override: toDocument(override),
        caller_rules: JSON.stringify(callerRules),
        calendar: toDocument(calendar),
        revision: sql<number>`revision + 1`,
        updated_at: new Date(instant),
      })
      .where('organization_id', '=', organizationId)
      .where('id', '=', row.id)
      .execute();
  }
  return unassigned;
}

function openCalendar(calendar: NumberData['calendar'], id: string): NumberData['calendar'] {
  return leadsTo(calendar?.closedTarget, id) && calendar !== null
    ? { ...calendar, closedTarget: null }
    : calendar;
}

function toDocument(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** Forwards and rules of other users, queues without an agent, and the last resort: as if never set. */
export async function unlinkTargets(
  trx: Transaction,
  organizationId: string,
  id: string,
  instant: number,
): Promise<void> {
  const users = await trx
    .selectFrom('user')
    .select(['id', 'forward_all', 'if_unavailable'])
    .where('organization_id', '=', organizationId)
    .where('id', '<>', id)
    .where(sql<boolean>`position(${id} in concat_ws(' ', forward_all, if_unavailable)) > 0`)
    .execute();
  for (const user of users) {
    await trx
      .updateTable('user')
      .set({
        forward_all: toDocument(leadsTo(user.forward_all, id) ? null : user.forward_all),
        if_unavailable: JSON.stringify(withoutUser(user.if_unavailable, id)),
        revision: sql<number>`revision + 1`,
        updated_at: new Date(instant),
      })
      .where('organization_id', '=', organizationId)
      .where('id', '=', user.id)
      .execute();
  }
  await trx
    .updateTable('queue')
    .set({ no_agent_target: null, revision: sql<number>`revision + 1`, updated_at: new Date(instant) })
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`no_agent_target->>'id' = ${id}`)
    .execute();
  await trx
    .updateTable('queue')
    .set({
      waiting: sql`jsonb_set(waiting, '{overflow}', 'null')`,
      revision: sql<number>`revision + 1`,
      updated_at: new Date(instant),
    })
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`waiting->'overflow'->>'id' = ${id}`)
    .execute();
  await trx
    .updateTable('organization')
    .set({ last_resort: null, revision: sql<number>`revision + 1`, updated_at: new Date(instant) })
    .where('id', '=', organizationId)
    .where(sql<boolean>`last_resort->>'id' = ${id}`)
    .execute();
}

/** A forward to the user becomes the default, the user's own voicemail box. */
function withoutUser(rules: IfUnavailable, id: string): IfUnavailable {
  const clean = (rule: UnavailableRule): UnavailableRule =>
    leadsTo(rule.target, id) ? { action: 'voicemail' } : rule;
  const { causes, ...plain } = rules;
  if (causes === undefined) return clean(plain);
  const cleaned = Object.entries(causes).map(([cause, rule]) => [cause, clean(rule)] as const);
  return { ...clean(plain), causes: Object.fromEntries(cleaned) };
}

/** Nobody has the user as fallback, replacement, parent or owner any more. Gives whose fallback it was. */
export async function unlinkUsers(
  trx: Transaction,
  organizationId: string,
  id: string,
  instant: number,
): Promise<readonly string[]> {
  const { rows: days } = await sql<{ id: string }>`
    update availability_day set fallback_user_id = null
      where organization_id = ${organizationId} and fallback_user_id = ${id} returning user_id as id`.execute(
    trx,
  );
  const { rows: overrides } = await sql<{ id: string }>`
    update availability_override set fallback_user_id = null
      where organization_id = ${organizationId} and fallback_user_id = ${id} returning user_id as id`.execute(
    trx,
  );
  const { rows: general } = await sql<{ id: string }>`
    update "user" set fallback_user_id = null
      where organization_id = ${organizationId} and fallback_user_id = ${id} returning id`.execute(trx);
  const { rows: others } = await sql<{ id: string }>`
    update "user" set reassigned_to_user_id = nullif(reassigned_to_user_id, ${id}),
        parent_user_id = nullif(parent_user_id, ${id})
      where organization_id = ${organizationId} and (reassigned_to_user_id = ${id} or parent_user_id = ${id})
      returning id`.execute(trx);
  await sql`
    update lead set owner_id = null, revision = revision + 1
      where organization_id = ${organizationId} and owner_id = ${id}`.execute(trx);
  const fallbackOf = [...new Set([...days, ...overrides, ...general].map((row) => row.id))];
  await touchUsers(trx, organizationId, [...fallbackOf, ...others.map((row) => row.id)], instant);
  return fallbackOf;
}

/** What the activity log, sent mails, jobs and the answers kept for repeats say about the person. */
export async function deletePersonalValues(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<void> {
  await deleteMails(trx, organizationId, id);
  await sql`
    update job_row set undo = null, message = null, input = case when state = 'pending' then input end
      where organization_id = ${organizationId} and user_id = ${id}`.execute(trx);
  // What was said about others may name the person, as a circle of forwards does.
  await sql`
    update job_row as r set message = null
      from (select btrim(first_name || ' ' || last_name) as name from "user"
        where organization_id = ${organizationId} and id = ${id}) as person
      where r.organization_id = ${organizationId} and r.message is not null and person.name <> ''
        and strpos(r.message, person.name) > 0`.execute(trx);
  await trx
    .deleteFrom('activity_personal')
    .where('organization_id', '=', organizationId)
    .where('subject_id', '=', id)
    .execute();
  await trx
    .deleteFrom('idempotency_key')
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`position(${id} in body) > 0`)
    .execute();
}

/** Mails to any address that the person ever had here, unless it is somebody else's by now. */
async function deleteMails(trx: Transaction, organizationId: string, id: string): Promise<void> {
  await sql`
    with side as (
        select before as v from activity_personal where organization_id = ${organizationId} and subject_id = ${id}
        union all select after from activity_personal where organization_id = ${organizationId} and subject_id = ${id}),
      address as (
        select lower(email) as a from "user" where organization_id = ${organizationId} and id = ${id}
        union select lower(email) from one_time_token where organization_id = ${organizationId} and user_id = ${id}
        union select lower(coalesce(v->>'email', v->>'newEmail')) from side)
    delete from mail_message where organization_id = ${organizationId}
      and lower(recipient) in (select a from address where a is not null)
      and not exists (select 1 from "user" as u where u.organization_id = ${organizationId}
        and u.email_key = lower(recipient) and u.status <> 'deleted')`.execute(trx);
}

/** Hours, sessions, words, memberships and the like go with it by their foreign keys. */
export async function deleteUserRow(trx: Transaction, organizationId: string, id: string): Promise<void> {
  await trx.deleteFrom('user').where('organization_id', '=', organizationId).where('id', '=', id).execute();
}
