import { type Selectable, sql } from 'kysely';
import type { Presence } from '../../../services/routing/domain/call.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import type { UserTable } from '../../../services/storage/tables.ts';
import { hasTwoStep } from '../account-store.ts';
import { byUser, type LabelOfUser, type Labels, labelsOfUsers, noLabels } from '../user-labels.ts';
import { listPageIds, type UserConditions, type UserOrder } from './search-store.ts';

/** A user with what belongs to it in other tables. */
export type UserRecord = Omit<
  Selectable<UserTable>,
  'password_hash' | 'password_is_short' | 'login_key' | 'email_key'
> & {
  readonly extension: string | null;
  /** Of a deleted user: when the days of grace are over. */
  readonly erases_at: Date | null;
  /** Two-step verification is on. */
  readonly two_step: boolean;
  /** As it was told last to whoever watches. */
  readonly presence: Presence;
  readonly callerId: string | null;
  readonly queues: readonly { readonly id: string; readonly name: string }[];
} & Labels;

export type UserRow = Omit<UserRecord, 'callerId' | 'queues' | keyof Labels>;

type Belongings = {
  readonly queues: readonly { readonly userId: string; readonly id: string; readonly name: string }[];
  readonly callerIds: readonly { readonly userId: string; readonly number: string }[];
  readonly labels: readonly LabelOfUser[];
};

function selectUsers(trx: Transaction, organizationId: string) {
  return trx
    .selectFrom('user')
    .leftJoin('extension', (join) =>
      join
        .onRef('extension.organization_id', '=', 'user.organization_id')
        .onRef('extension.user_id', '=', 'user.id'),
    )
    .leftJoin('life_cycle', (join) =>
      join
        .onRef('life_cycle.organization_id', '=', 'user.organization_id')
        .onRef('life_cycle.user_id', '=', 'user.id')
        .on('life_cycle.cause', '=', 'deletion'),
    )
    .leftJoin('presence_user', (join) =>
      join
        .onRef('presence_user.organization_id', '=', 'user.organization_id')
        .onRef('presence_user.user_id', '=', 'user.id'),
    )
    .select([
      'user.organization_id',
      'user.id',
      'user.kind',
      'user.login',
      'user.email',
      'user.first_name',
      'user.last_name',
      'user.role',
      'user.status',
      'user.time_zone',
      'user.parent_user_id',
      'user.group_id',
      'user.fallback_user_id',
      'user.reassigned_to_user_id',
      'user.if_unavailable',
      'user.ring_seconds',
      'user.call_limit',
      'user.dnd_on',
      'user.dnd_until',
      'user.forward_all',
      'user.devices',
      'user.mobile',
      'user.always_available',
      'user.name_key',
      'user.must_change_password',
      'user.last_login_at',
      'user.deleted_at',
      'user.revision',
      'user.created_at',
      'user.updated_at',
      'extension.extension',
      'life_cycle.erases_at',
      hasTwoStep.as('two_step'),
      sql<Presence>`coalesce(presence_user.state, 'offline')`.as('presence'),
    ])
    .where('user.organization_id', '=', organizationId);
}

export async function findUser(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<UserRecord | undefined> {
  const row = await selectUsers(trx, organizationId).where('user.id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const [record] = await withBelongings(trx, organizationId, [row]);
  return record;
}

/** Those of the ids that there are, in the order of the ids given. */
export async function listNames(
  trx: Transaction,
  organizationId: string,
  ids: readonly string[],
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`
    select u.id, btrim(u.first_name || ' ' || u.last_name) as name
    from unnest(${ids}::uuid[]) with ordinality as wanted(id, place)
    join "user" u on u.organization_id = ${organizationId} and u.id = wanted.id
    where u.status <> 'deleted' order by wanted.place`.execute(trx);
  return rows;
}

/** Logins of users and names of labels, by id. */
export async function listReferenceNames(
  trx: Transaction,
  organizationId: string,
  userIds: readonly string[],
  labelIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; name: string }>`
    select id, login as name from "user"
      where organization_id = ${organizationId} and id = any(${[...new Set(userIds)]}::uuid[])
    union all select id, name from label
      where organization_id = ${organizationId} and id = any(${[...new Set(labelIds)]}::uuid[])`.execute(trx);
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** Ids by login, without regard to case, of those who are not deleted. */
export async function findIdByLogin(
  trx: Transaction,
  organizationId: string,
  login: string,
): Promise<string | undefined> {
  const row = await trx
    .selectFrom('user')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('login_key', '=', sql<string>`lower(${login})`)
    .where('status', '<>', 'deleted')
    .executeTakeFirst();
  return row?.id;
}

/** One more than `limit` where there are more. */
export async function listUsers(
  trx: Transaction,
  organizationId: string,
  filter: UserConditions & UserOrder,
): Promise<readonly UserRecord[]> {
  const ids = await listPageIds(trx, organizationId, filter, filter);
  if (ids.length === 0) return [];
  const rows = await selectUsers(trx, organizationId).where('user.id', 'in', ids).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ordered = ids.flatMap((id) => byId.get(id) ?? []);
  return withBelongings(trx, organizationId, ordered);
}

/** What lies in other tables, by one statement: each more would be a way to the database and back. */
async function withBelongings(
  trx: Transaction,
  organizationId: string,
  rows: readonly UserRow[],
): Promise<readonly UserRecord[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const { rows: found } = await sql<Belongings>`select
    (select coalesce(json_agg(json_build_object('userId', m.user_id, 'id', q.id, 'name', q.name) order by q.name, q.id), '[]')
      from queue_member m join queue q on q.organization_id = m.organization_id and q.id = m.queue_id
      where m.organization_id = ${organizationId} and m.user_id = any(${ids}::uuid[])) as queues,
    (select coalesce(json_agg(json_build_object('userId', c.user_id, 'number', n.number)), '[]')
      from caller_id c join number n on n.organization_id = c.organization_id and n.id = c.number_id
      where c.organization_id = ${organizationId} and c.user_id = any(${ids}::uuid[])) as "callerIds",
    ${labelsOfUsers(organizationId, ids)} as labels`.execute(trx);
  const { queues = [], callerIds = [], labels = [] } = found[0] ?? {};
  const queuesOf = Map.groupBy(queues, (queue) => queue.userId);
  const callerIdOf = new Map(callerIds.map((row) => [row.userId, row.number]));
  const labelsOf = byUser(labels);
  return rows.map((row) => ({
    ...row,
    ...(labelsOf.get(row.id) ?? noLabels),
    callerId: callerIdOf.get(row.id) ?? null,
    queues: (queuesOf.get(row.id) ?? []).map(({ id, name }) => ({ id, name })),
  }));
}
