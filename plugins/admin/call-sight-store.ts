import { sql } from 'kysely';
import type { Transaction } from '../../services/storage/database.ts';
import { type Actor, can } from './access.ts';
import { type CallSight, callReach } from './call-sight.ts';

/** Undefined: the actor sees no calls. */
export async function findCallSight(trx: Transaction, actor: Actor): Promise<CallSight | undefined> {
  const reach = callReach(actor);
  if (reach === undefined) return undefined;
  const userId = actor.type === 'user' ? actor.id : null;
  const own = userId === null ? [] : [userId];
  const desk = reach === 'desk' ? await findDesk(trx, actor.organizationId, actor.id) : nobody;
  return {
    everybody: reach === 'everybody',
    userId,
    userIds: new Set([...own, ...desk.userIds]),
    queueIds: new Set(desk.queueIds),
    numbers: can(actor, 'calls.numbers'),
    others: can(actor, 'users.read'),
  };
}

const nobody = { userIds: [], queueIds: [] };

/**
 * The people at the same desks, in the same group and the groups below it, and those below the user; the queues that the
 * user is a member of, and the queues inside those.
 */
async function findDesk(
  trx: Transaction,
  organizationId: string,
  userId: string,
): Promise<{ readonly userIds: readonly string[]; readonly queueIds: readonly string[] }> {
  const here = sql`organization_id = ${organizationId}`;
  const { rows } = await sql<{ users: readonly string[]; queues: readonly string[] }>`
    with recursive below as (
        select group_id as id from "user" where ${here} and id = ${userId} and group_id is not null
        union select g.id from user_group g join below on g.parent_group_id = below.id
          where g.organization_id = ${organizationId}),
      desk as (
        select label_id from user_label join label on label.organization_id = user_label.organization_id
            and label.id = user_label.label_id and label.kind = 'desk'
          where user_label.organization_id = ${organizationId} and user_label.user_id = ${userId}),
      inside as (
        select queue_id as id from queue_member where ${here} and user_id = ${userId}
        union select q.id from queue q join inside on q.parent_queue_id = inside.id
          where q.organization_id = ${organizationId})
    select
      array(select user_id::text from user_label where ${here} and label_id in (select label_id from desk)
        union select id::text from "user" where ${here} and group_id in (select id from below)
        union select id::text from "user" where ${here} and parent_user_id = ${userId}) as users,
      array(select id::text from inside) as queues`.execute(trx);
  const [row] = rows;
  return { userIds: row?.users ?? [], queueIds: row?.queues ?? [] };
}
