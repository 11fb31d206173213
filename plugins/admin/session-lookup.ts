import { createHash } from 'node:crypto';
import { type Database, inOrganization, type Transaction } from '../../services/storage/database.ts';
import { isUnavailable } from '../../services/storage/database-error.ts';
import { findSession } from '../../services/storage/lookups.ts';
import { permissionsOf, type UserActor } from './access.ts';
import { hasTwoStep } from './account-store.ts';
import { guarded } from './change.ts';
import { grantedByGroups } from './user-permissions.ts';

/** Sessions end after eight hours without a request, and a day after the login in any case. */
export const sessionIdleMs = 8 * 3_600_000;
export const sessionLifeMs = 24 * 3_600_000;

/** Tells a session's token from an API key before anything is asked. */
export const sessionPrefix = 'lfs_';

/** Writing down every request would make every read a write. */
const touchEveryMs = 60_000;

/** Tokens and keys have 256 bits: a plain hash is enough, and it can be looked up. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/**
 * Whose session this is. The user's row is read each time: a role or a group that was changed and a user who was
 * deactivated count from the next request on.
 */
export async function findSessionActor(
  database: Database,
  token: string,
  carriedBy: UserActor['carriedBy'],
  instant: number,
): Promise<UserActor | undefined> {
  const found = await guarded(() => findSession(database, hashToken(token)));
  if (found === undefined) return undefined;
  const { organizationId, sessionId } = found;
  const row = await guarded(() =>
    inOrganization(database, organizationId, (trx) => selectSession(trx, organizationId, sessionId), {
      readOnly: true,
    }),
  );
  if (row === undefined || row.status !== 'active') return undefined;
  const seen = row.last_seen_at.getTime();
  if (row.expires_at.getTime() <= instant || seen + sessionIdleMs <= instant) return undefined;
  if (instant - seen > touchEveryMs) await touch(database, organizationId, sessionId, instant);
  return {
    type: 'user',
    id: row.user_id,
    organizationId,
    sessionId,
    role: row.role,
    permissions: permissionsOf(row.role, row.granted),
    confirmedAt: row.confirmed_at.getTime(),
    expiresAt: row.expires_at.getTime(),
    mustChangePassword: row.must_change_password,
    passwordTooShort: row.password_is_short && !row.has_two_step,
    carriedBy,
  };
}

function selectSession(trx: Transaction, organizationId: string, sessionId: string) {
  return trx
    .selectFrom('session')
    .innerJoin('user', (join) =>
      join
        .onRef('user.organization_id', '=', 'session.organization_id')
        .onRef('user.id', '=', 'session.user_id'),
    )
    .select([
      'session.user_id',
      'session.confirmed_at',
      'session.last_seen_at',
      'session.expires_at',
      'user.role',
      'user.status',
      'user.must_change_password',
      'user.password_is_short',
      hasTwoStep.as('has_two_step'),
      grantedByGroups.as('granted'),
    ])
    .where('session.organization_id', '=', organizationId)
    .where('session.id', '=', sessionId)
    .executeTakeFirst();
}

/** A database that can be read and not written still lets people read. */
async function touch(
  database: Database,
  organizationId: string,
  sessionId: string,
  instant: number,
): Promise<void> {
  try {
    await inOrganization(database, organizationId, (trx) =>
      trx
        .updateTable('session')
        .set({ last_seen_at: new Date(instant) })
        .where('organization_id', '=', organizationId)
        .where('id', '=', sessionId)
        .execute(),
    );
  } catch (error) {
    if (!isUnavailable(error)) throw error;
  }
}
