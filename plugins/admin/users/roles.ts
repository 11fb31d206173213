import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import {
  findUngrantable,
  isPermission,
  needsReauthentication,
  type Permission,
  type Role,
  rolePermissions,
} from '../access.ts';
import type { AdminRequest } from '../context.ts';
import type { Issues } from '../issues.ts';
import { isId } from '../reference-lookups.ts';
import { missing } from '../refusals.ts';
import { findGroupPermissions, withoutOwn } from '../user-permissions.ts';
import { hasOtherAdministrator } from './status-store.ts';
import type { UserRecord } from './store.ts';

/** Roles are given by those who may, with a fresh password, and never above oneself. */
export function checkRoleGrant(request: AdminRequest, role: Role): void {
  checkGrant(request, withoutOwn(rolePermissions[role]), 'role');
}

function checkGrant(
  { actor, instant }: AdminRequest,
  granted: readonly Permission[],
  field: 'role' | 'groupId',
): void {
  if (!actor.permissions.has('roles.assign')) throw missing('roles.assign', [field]);
  const above = findUngrantable(actor, granted);
  if (above !== undefined) throw missing(above, [field]);
  if (needsReauthentication(actor, instant)) throw problem('session.reauthenticate');
}

/** The new group must be there; what it and the groups above it allow, where it is another than before. */
export async function checkGroup(
  trx: Transaction,
  organizationId: string,
  groupId: string | null,
  previous: string | null,
  issues: Issues,
): Promise<readonly Permission[]> {
  if (groupId === null || groupId === previous) return [];
  const granted = isId(groupId) ? await findGroupPermissions(trx, organizationId, groupId) : undefined;
  if (granted === undefined) {
    issues.add(
      '/groupId',
      'group.not-found',
      'Choose a group of this organization: there is none with this id.',
    );
  }
  return (granted ?? []).filter(isPermission);
}

/** A group without permissions is a folder, and nothing is granted by it. */
export function checkGroupGrant(request: AdminRequest, granted: readonly Permission[]): void {
  if (granted.length > 0) checkGrant(request, granted, 'groupId');
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
