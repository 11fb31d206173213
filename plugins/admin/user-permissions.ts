import { sql } from 'kysely';
import type { Transaction } from '../../services/storage/database.ts';
import { type Actor, findUngrantable, type Permission, permissionsOf, type Role } from './access.ts';
import { missing } from './refusals.ts';

/**
 * What the group of `"user"` and the groups above it allow, for a select from that table. Read anew with every
 * request, so that a group that was changed counts from the next one on.
 */
export const grantedByGroups = sql<
  readonly string[]
>`case when "user".group_id is null then '{}' else coalesce((
  with recursive up as (
    select g.id, g.parent_group_id, g.permissions from user_group g
      where g.organization_id = "user".organization_id and g.id = "user".group_id
    union select g.id, g.parent_group_id, g.permissions from user_group g join up on g.id = up.parent_group_id
      where g.organization_id = "user".organization_id)
  select array_agg(distinct permission) from up, unnest(up.permissions) permission), '{}') end`;

export type UserRights = {
  readonly role: Role;
  readonly status: string;
  readonly permissions: ReadonlySet<Permission>;
};

/** What a user may do at this moment, by role and groups. */
export async function findUserRights(
  trx: Transaction,
  organizationId: string,
  userId: string,
): Promise<UserRights | undefined> {
  const row = await trx
    .selectFrom('user')
    .select(['role', 'status', grantedByGroups.as('granted')])
    .where('organization_id', '=', organizationId)
    .where('id', '=', userId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { role: row.role, status: row.status, permissions: permissionsOf(row.role, row.granted) };
}

/** What a group and the groups above it allow. Undefined: there is no such group. */
export async function findGroupPermissions(
  trx: Transaction,
  organizationId: string,
  groupId: string,
): Promise<readonly string[] | undefined> {
  const { rows } = await sql<{ permissions: readonly string[] }>`
    with recursive up as (
      select id, parent_group_id, permissions from user_group
        where organization_id = ${organizationId} and id = ${groupId}
      union select g.id, g.parent_group_id, g.permissions from user_group g join up on g.id = up.parent_group_id
        where g.organization_id = ${organizationId})
    select permissions from up`.execute(trx);
  if (rows.length === 0) return undefined;
  return [...new Set(rows.flatMap((row) => row.permissions))];
}

/**
 * Whoever may do more than the actor is out of the actor's reach: their login, address, password, role and group. A
 * team lead who may edit users would else take an administrator's account over.
 */
export async function checkNotAbove(trx: Transaction, actor: Actor, userId: string): Promise<void> {
  if (actor.type === 'user' && actor.id === userId) return;
  const rights = await findUserRights(trx, actor.organizationId, userId);
  const above = findUngrantable(actor, withoutOwn(rights?.permissions ?? []));
  if (above !== undefined) throw missing(above);
}

/** Rights over oneself are no rank: a key has none, and may all the same make agents. */
export function withoutOwn(permissions: Iterable<Permission>): readonly Permission[] {
  return [...permissions].filter((name) => !name.startsWith('profile.'));
}
