import { type Database, inOrganization, type Transaction } from '../../services/storage/database.ts';
import { findOneTimeToken } from '../../services/storage/lookups.ts';
import type { OneTimePurpose } from '../../services/storage/tables.ts';
import { guarded } from './change.ts';
import type { AdminContext } from './context.ts';
import { hashToken } from './session-lookup.ts';

/** What links in mails prove: 256 bits, kept as a hash, used once. */
export type OneTimeToken = {
  readonly organizationId: string;
  readonly id: string;
  readonly userId: string;
  /** With email-change: the address that is proved. */
  readonly email: string | null;
};

/** How long a link works: half an hour where it opens an account that is in use, a week for an invitation. */
export const tokenLifeMs: Readonly<Record<OneTimePurpose, number>> = {
  'password-reset': 30 * 60_000,
  'email-change': 24 * 3_600_000,
  invitation: 7 * 24 * 3_600_000,
};

/** The token, to be put into a mail and kept nowhere else. Former ones of the same purpose are worth nothing from now on. */
export async function issueToken(
  trx: Transaction,
  context: Pick<AdminContext, 'newId' | 'newToken'>,
  wanted: {
    readonly organizationId: string;
    readonly userId: string;
    readonly purpose: OneTimePurpose;
    readonly email?: string;
    readonly instant: number;
  },
): Promise<string> {
  const { organizationId, userId, purpose, instant } = wanted;
  await revokeTokens(trx, organizationId, userId, [purpose]);
  const token = `lft_${context.newToken()}`;
  await trx
    .insertInto('one_time_token')
    .values({
      organization_id: organizationId,
      id: context.newId(),
      hash: hashToken(token),
      purpose,
      user_id: userId,
      email: wanted.email ?? null,
      expires_at: new Date(instant + tokenLifeMs[purpose]),
      created_at: new Date(instant),
    })
    .execute();
  return token;
}

/** Undefined: unknown, used, too old, or meant for something else: nobody is told which. */
export async function findToken(
  database: Database,
  token: string,
  purpose: OneTimePurpose,
  instant: number,
): Promise<OneTimeToken | undefined> {
  const found = await guarded(() => findOneTimeToken(database, hashToken(token)));
  if (found === undefined) return undefined;
  const { organizationId, id } = found;
  const row = await guarded(() =>
    inOrganization(database, organizationId, (trx) => selectUsable(trx, organizationId, id, instant), {
      readOnly: true,
    }),
  );
  if (row === undefined || row.purpose !== purpose) return undefined;
  return { organizationId, id, userId: row.user_id, email: row.email };
}

/** False: somebody was faster. */
export async function spendToken(
  trx: Transaction,
  { organizationId, id }: OneTimeToken,
  instant: number,
): Promise<boolean> {
  const spent = await trx
    .updateTable('one_time_token')
    .set({ used_at: new Date(instant) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', new Date(instant))
    .returning('id')
    .executeTakeFirst();
  return spent !== undefined;
}

export async function revokeTokens(
  trx: Transaction,
  organizationId: string,
  userId: string,
  purposes: readonly OneTimePurpose[],
): Promise<void> {
  await trx
    .deleteFrom('one_time_token')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .where('purpose', 'in', purposes)
    .where('used_at', 'is', null)
    .execute();
}

function selectUsable(trx: Transaction, organizationId: string, id: string, instant: number) {
  return trx
    .selectFrom('one_time_token')
    .select(['purpose', 'user_id', 'email'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', new Date(instant))
    .executeTakeFirst();
}
