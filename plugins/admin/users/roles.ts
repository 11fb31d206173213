import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { findUngrantable, needsReauthentication, type Role, rolePermissions } from '../access.ts';
import type { AdminRequest } from '../context.ts';
import { missing } from '../refusals.ts';
import { hasOtherAdministrator } from './status-store.ts';
import type { UserRecord } from './store.ts';

/** Roles are given by those who may, with a fresh password, and never above oneself. */
export function checkRoleGrant({ actor, instant }: AdminRequest, role: Role): void {
  if (!actor.permissions.has('roles.assign')) throw missing('roles.assign');
  const granted = [...rolePermissions[role]].filter((name) => !name.startsWith('profile.'));
  const above = findUngrantable(actor, granted);
  if (above !== undefined) throw missing(above);
  if (needsReauthentication(actor, instant)) throw problem('session.reauthenticate');
}

/** Somebody must be left who can let others in. */
export async function checkLastAdministrator(
  trx: Transaction,
  record: UserRecord,
  roleAfter: Role | undefined,
): Promise<void> {
  const leaves =
    record.role === 'administrator' && record.status === 'active' && roleAfter !== 'administrator';
  if (leaves && !(await hasOtherAdministrator(trx, record.organization_id, record.id))) {
    throw problem('user.last-administrator');
  }
}
