import { sql } from 'kysely';
import type { UserStatus } from '../../services/routing/domain/directory-data.ts';
import type { Transaction } from '../../services/storage/database.ts';
import type { Role } from './access.ts';

/** The columns of a user that are about getting in. */
export type AccountRow = {
  readonly id: string;
  readonly kind: 'email' | 'username';
  readonly login: string;
  readonly email: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly role: Role;
  readonly status: UserStatus;
  /** Two-step verification is on, so a shorter password will do. */
  readonly hasTwoStep: boolean;
};

/** For a select from, or an update of, `"user"`. */
export const hasTwoStep = sql<boolean>`exists (select 1 from two_step t
  where t.organization_id = "user".organization_id and t.user_id = "user".id and t.secret is not null)`;

export function findAccount(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<AccountRow | undefined> {
  return selectAccounts(trx, organizationId).where('id', '=', id).executeTakeFirst();
}

/** By login or by address, without regard to case; the deleted are nobody. */
export function findAccountByName(
  trx: Transaction,
  organizationId: string,
  name: string,
): Promise<AccountRow | undefined> {
  const key = sql<string>`lower(${name})`;
  return selectAccounts(trx, organizationId)
    .where((eb) => eb.or([eb('login_key', '=', key), eb('email_key', '=', key)]))
    .where('status', '<>', 'deleted')
    .orderBy((eb) => eb.case().when('login_key', '=', key).then(0).else(1).end())
    .limit(1)
    .executeTakeFirst();
}

function selectAccounts(trx: Transaction, organizationId: string) {
  return trx
    .selectFrom('user')
    .select(['id', 'kind', 'login', 'email', 'role', 'status'])
    .select(['first_name as firstName', 'last_name as lastName', hasTwoStep.as('hasTwoStep')])
    .where('organization_id', '=', organizationId);
}

type NewPassword = { readonly hash: string; readonly isShort: boolean; readonly mustChange: boolean };

/**
 * What is written of a password. Two-step verification may have been turned off since the length was judged: then a
 * short password has to be changed at once.
 */
export function passwordColumns({ hash, isShort, mustChange }: NewPassword) {
  return {
    password_hash: hash,
    password_is_short: isShort,
    must_change_password: isShort && !mustChange ? sql<boolean>`not ${hasTwoStep}` : mustChange,
  };
}

/** Without two-step verification a short password is not enough any more. True: it has to be changed. */
export async function requireLongPassword(
  trx: Transaction,
  organizationId: string,
  userId: string,
): Promise<boolean> {
  const row = await trx
    .updateTable('user')
    .set({ must_change_password: true })
    .where('organization_id', '=', organizationId)
    .where('id', '=', userId)
    .where('password_is_short', '=', true)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** The new password; every session of the user ends. The number of sessions that were open. */
export async function setPassword(
  trx: Transaction,
  organizationId: string,
  userId: string,
  password: NewPassword & { readonly status?: 'active'; readonly instant: number },
): Promise<number> {
  const { status, instant } = password;
  await trx
    .updateTable('user')
    .set({
      ...passwordColumns(password),
      ...(status === undefined ? {} : { status }),
      revision: sql<number>`revision + 1`,
      updated_at: new Date(instant),
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', userId)
    .execute();
  return endSessionsOf(trx, organizationId, userId);
}

export async function endSessionsOf(
  trx: Transaction,
  organizationId: string,
  userId: string,
): Promise<number> {
  const ended = await trx
    .deleteFrom('session')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return Number(ended.numDeletedRows);
}
