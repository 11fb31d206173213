import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import { passwordColumns } from '../account-store.ts';
import { grantedByGroups } from '../user-permissions.ts';

export type LoginRow = {
  readonly id: string;
  readonly status: string;
  readonly password_hash: string | null;
  readonly must_change_password: boolean;
};

/**
 * By login, else by address, without regard to case. A deleted user's login may belong to somebody else by now; and a
 * login that looks like somebody's address goes first, so that nobody is shut out by it.
 */
export function findLogin(
  trx: Transaction,
  organizationId: string,
  login: string,
): Promise<LoginRow | undefined> {
  const key = sql<string>`lower(${login})`;
  return trx
    .selectFrom('user')
    .select(['id', 'status', 'password_hash', 'must_change_password'])
    .where('organization_id', '=', organizationId)
    .where(({ eb, or }) => or([eb('login_key', '=', key), eb('email_key', '=', key)]))
    .where('status', '<>', 'deleted')
    .orderBy((eb) => eb.case().when('login_key', '=', key).then(0).else(1).end())
    .limit(1)
    .executeTakeFirst();
}

/** What a person may do follows from the role and the groups. */
export function getRole(
  trx: Transaction,
  organizationId: string,
  userId: string,
): Promise<{
  readonly role: 'administrator' | 'manager' | 'agent';
  readonly must_change_password: boolean;
  readonly granted: readonly string[];
}> {
  return trx
    .selectFrom('user')
    .select(['role', 'must_change_password', grantedByGroups.as('granted')])
    .where('organization_id', '=', organizationId)
    .where('id', '=', userId)
    .executeTakeFirstOrThrow();
}

export async function findPasswordHash(
  trx: Transaction,
  organizationId: string,
  userId: string,
): Promise<string | null | undefined> {
  const row = await trx
    .selectFrom('user')
    .select('password_hash')
    .where('organization_id', '=', organizationId)
    .where('id', '=', userId)
    .executeTakeFirst();
  return row?.password_hash;
}

export type NewSession = {
  readonly id: string;
  readonly userId: string;
  /** The password that opened it; undefined: something else did. */
  readonly passwordHash: string | undefined;
  readonly hash: string;
  readonly instant: number;
  readonly expiresAt: number;
  readonly address: string;
  readonly agent: string;
};

/**
 * Only for a user who is active at this very moment, with this very password: both may have changed while it was
 * checked, and a reset has ended all sessions by then.
 */
export async function insertSession(
  trx: Transaction,
  organizationId: string,
  session: NewSession,
): Promise<boolean> {
  const { passwordHash } = session;
  const user = await trx
    .updateTable('user')
    .set({ last_login_at: new Date(session.instant) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', session.userId)
    .where('status', '=', 'active')
    .$if(passwordHash !== undefined, (query) => query.where('password_hash', '=', passwordHash ?? ''))
    .returning('id')
    .executeTakeFirst();
  if (user === undefined) return false;
  const now = new Date(session.instant);
  await trx
    .insertInto('session')
    .values({
      organization_id: organizationId,
      id: session.id,
      user_id: session.userId,
      hash: session.hash,
      confirmed_at: now,
      last_seen_at: now,
      expires_at: new Date(session.expiresAt),
      address: session.address,
      agent: session.agent,
      created_at: now,
    })
    .execute();
  return true;
}

export async function deleteSession(trx: Transaction, organizationId: string, id: string): Promise<void> {
  await trx
    .deleteFrom('session')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

/** The password was typed again; with `hash` the session goes on under a new token. */
export async function confirmSession(
  trx: Transaction,
  organizationId: string,
  id: string,
  instant: number,
  hash: string | undefined,
): Promise<void> {
  await trx
    .updateTable('session')
    .set({ confirmed_at: new Date(instant), ...(hash === undefined ? {} : { hash }) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

/** The new password; every other session of the user ends. */
export async function replacePassword(
  trx: Transaction,
  organizationId: string,
  userId: string,
  password: { readonly hash: string; readonly isShort: boolean },
  keepSessionId: string,
): Promise<void> {
  await trx
    .updateTable('user')
    .set({ ...passwordColumns({ ...password, mustChange: false }), revision: sql<number>`revision + 1` })
    .where('organization_id', '=', organizationId)
    .where('id', '=', userId)
    .execute();
  await trx
    .deleteFrom('session')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .where('id', '<>', keepSessionId)
    .execute();
}
