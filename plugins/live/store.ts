import type { Transaction } from '../../services/storage/database.ts';
import { type Actor, permissionsOf, type UserActor } from '../admin/access.ts';
import { findCallSight } from '../admin/call-sight-store.ts';
import { sessionIdleMs } from '../admin/session-lookup.ts';
import { grantedByGroups } from '../admin/user-permissions.ts';
import { toViewer } from './viewers.ts';

export type SessionRights = Pick<UserActor, 'role' | 'permissions' | 'mustChangePassword'>;

/** Of those sessions that have not ended, by their ids: a handful of milliseconds for thousands. */
export async function listSessionRights(
  trx: Transaction,
  organizationId: string,
  sessionIds: readonly string[],
  instant: number,
): Promise<ReadonlyMap<string, SessionRights>> {
  const rows = await trx
    .selectFrom('session')
    .innerJoin('user', (join) =>
      join
        .onRef('user.organization_id', '=', 'session.organization_id')
        .onRef('user.id', '=', 'session.user_id'),
    )
    .select(['session.id', 'user.role', 'user.must_change_password', grantedByGroups.as('granted')])
    .where('session.organization_id', '=', organizationId)
    .where('session.id', 'in', sessionIds)
    .where('user.status', '=', 'active')
    .where('session.expires_at', '>', new Date(instant))
    .where('session.last_seen_at', '>', new Date(instant - sessionIdleMs))
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        role: row.role,
        permissions: permissionsOf(row.role, row.granted),
        mustChangePassword: row.must_change_password,
      },
    ]),
  );
}

/** What the actor may watch at this moment. */
export async function readViewer(trx: Transaction, actor: Actor) {
  return toViewer(actor, await findCallSight(trx, actor));
}
