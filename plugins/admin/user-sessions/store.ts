import type { Transaction } from '../../../services/storage/database.ts';
import type { Place } from '../paging.ts';

export type SessionRow = {
  readonly id: string;
  readonly user_id: string;
  readonly login: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly address: string;
  readonly agent: string;
  readonly created_at: Date;
  readonly last_seen_at: Date;
  readonly expires_at: Date;
};

export type SessionFilter = {
  readonly userId: string | undefined;
  /** Sessions that were seen at or before this instant have ended by themselves. */
  readonly idleSince: Date;
  readonly now: Date;
  readonly after: Place | undefined;
  readonly limit: number;
};

/** The latest first, one more than `limit` where there are more. */
export function listSessions(
  trx: Transaction,
  organizationId: string,
  filter: SessionFilter,
): Promise<readonly SessionRow[]> {
  let query = trx
    .selectFrom('session')
    .innerJoin('user', (join) =>
      join
        .onRef('user.organization_id', '=', 'session.organization_id')
        .onRef('user.id', '=', 'session.user_id'),
    )
    .select(['session.id', 'session.user_id', 'user.login', 'user.first_name', 'user.last_name'])
    .select(['session.address', 'session.agent'])
    .select(['session.created_at', 'session.last_seen_at', 'session.expires_at'])
    .where('session.organization_id', '=', organizationId)
    .where('session.expires_at', '>', filter.now)
    .where('session.last_seen_at', '>', filter.idleSince);
  if (filter.userId !== undefined) query = query.where('session.user_id', '=', filter.userId);
  // Ids are UUIDv7: their order is the order of the logins.
  if (filter.after !== undefined) query = query.where('session.id', '<', filter.after[1]);
  return query
    .orderBy('session.id', 'desc')
    .limit(filter.limit + 1)
    .execute();
}

export type Ended = { readonly id: string; readonly user_id: string };

/** What is left out does not matter: `{ userId }` ends all of a user's, `{}` all there are. `except` goes on. */
export function deleteSessions(
  trx: Transaction,
  organizationId: string,
  which: { readonly id?: string; readonly userId?: string; readonly except?: string },
): Promise<readonly Ended[]> {
  let query = trx.deleteFrom('session').where('organization_id', '=', organizationId);
  if (which.id !== undefined) query = query.where('id', '=', which.id);
  if (which.userId !== undefined) query = query.where('user_id', '=', which.userId);
  if (which.except !== undefined) query = query.where('id', '<>', which.except);
  return query.returning(['id', 'user_id']).execute();
}

export async function hasUser(trx: Transaction, organizationId: string, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom('user')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}
