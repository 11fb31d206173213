import { type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { UserGroupTable } from '../../../services/storage/tables.ts';
import type { Place } from '../paging.ts';

export type GroupRow = Selectable<UserGroupTable>;

export function findGroup(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<GroupRow | undefined> {
  return trx
    .selectFrom('user_group')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** By name, one more than `limit` where there are more. */
export function listGroups(
  trx: Transaction,
  organizationId: string,
  limit: number,
  after: Place | undefined,
): Promise<readonly GroupRow[]> {
  let query = trx.selectFrom('user_group').selectAll().where('organization_id', '=', organizationId);
  if (after !== undefined) {
    query = query.where(sql<boolean>`(name_key, id) > (${after[0]}, ${after[1]}::uuid)`);
  }
  return query
    .orderBy('name_key')
    .orderBy('id')
    .limit(limit + 1)
    .execute();
}

export type GroupColumns = {
  readonly name: string;
  readonly parent_group_id: string | null;
  readonly permissions: readonly string[];
};

export async function insertGroup(
  trx: Transaction,
  organizationId: string,
  id: string,
  columns: GroupColumns,
): Promise<void> {
  await trx
    .insertInto('user_group')
    .values({ organization_id: organizationId, id, ...columns })
    .execute();
}

export async function updateGroup(
  trx: Transaction,
  organizationId: string,
  id: string,
  columns: GroupColumns,
  instant: number,
): Promise<void> {
  await trx
    .updateTable('user_group')
    .set({ ...columns, revision: sql<number>`revision + 1`, updated_at: new Date(instant) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

export async function deleteGroup(trx: Transaction, organizationId: string, id: string): Promise<void> {
  await trx
    .deleteFrom('user_group')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

/** Is `group` the same as `ancestor`, or below it? Ends also where the rows go round. */
export async function isWithin(
  trx: Transaction,
  organizationId: string,
  group: string,
  ancestor: string,
): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`
    with recursive up as (
      select id, parent_group_id from user_group where organization_id = ${organizationId} and id = ${group}
      union select g.id, g.parent_group_id from user_group g join up on g.id = up.parent_group_id
        where g.organization_id = ${organizationId})
    select exists (select 1 from up where id = ${ancestor}) as found`.execute(trx);
  return rows[0]?.found ?? false;
}

/** How many users are in the group itself, and how many groups. Deleted users leave it unseen. */
export async function countContents(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<{ readonly users: number; readonly groups: number }> {
  const { rows } = await sql<{ users: number; groups: number }>`select
    (select count(*) from "user" where organization_id = ${organizationId} and group_id = ${id}
      and status <> 'deleted') as users,
    (select count(*) from user_group where organization_id = ${organizationId} and parent_group_id = ${id}) as groups`.execute(
    trx,
  );
  return rows[0] ?? { users: 0, groups: 0 };
}

/** Those who were deleted while they were members. */
export async function forgetDeletedMembers(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<void> {
  await trx
    .updateTable('user')
    .set({ group_id: null })
    .where('organization_id', '=', organizationId)
    .where('group_id', '=', id)
    .where('status', '=', 'deleted')
    .execute();
}
