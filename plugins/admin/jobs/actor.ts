import type { Transaction } from '../../../services/storage/database.ts';
import { type Actor, keyPermissions } from '../access.ts';
import { findUserRights } from '../user-permissions.ts';
import { findKeyPermissions, type JobRecord } from './store.ts';

/**
 * Whoever asked for it, with the rights of this moment: a role that was taken away meanwhile counts. The password was
 * fresh when the job was made.
 */
export async function findJobActor(
  trx: Transaction,
  job: JobRecord,
  instant: number,
): Promise<Actor | undefined> {
  const { organization_id: organizationId, actor_id: id } = job;
  if (job.actor_type === 'api-key') {
    const names = await findKeyPermissions(trx, organizationId, id, instant);
    if (names === undefined) return undefined;
    return { type: 'api-key', id, organizationId, permissions: keyPermissions(names) };
  }
  const rights = await findUserRights(trx, organizationId, id);
  if (rights?.status !== 'active') return undefined;
  return {
    type: 'user',
    id,
    organizationId,
    sessionId: '',
    role: rights.role,
    permissions: rights.permissions,
    confirmedAt: instant,
    expiresAt: instant,
    mustChangePassword: false,
    carriedBy: 'bearer',
  };
}
