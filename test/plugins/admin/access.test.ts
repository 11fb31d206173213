import { test } from 'tap';
import {
  type ApiKeyActor,
  can,
  editableUserFields,
  findUngrantable,
  isPermission,
  needsReauthentication,
  permissions,
  type Role,
  rolePermissions,
  roles,
  type UserActor,
} from '../../../plugins/admin/access.ts';

function person(role: Role, changes: Partial<UserActor> = {}): UserActor {
  return {
    type: 'user',
    id: 'me',
    organizationId: 'o',
    sessionId: 's',
    role,
    permissions: rolePermissions[role],
    confirmedAt: 0,
    expiresAt: 0,
    mustChangePassword: false,
    carriedBy: 'bearer',
    ...changes,
  };
}

const key: ApiKeyActor = {
  type: 'api-key',
  id: 'me',
  organizationId: 'o',
  permissions: new Set(['calls.route', 'profile.write']),
};

test('an administrator may do everything, and every other role a part of it', async (t) => {
  for (const permission of permissions) t.ok(can(person('administrator'), permission), permission);
  for (const role of roles) t.ok(rolePermissions[role].isSubsetOf(rolePermissions.administrator), role);
  t.notOk(isPermission('toString'), 'a name of Object.prototype is no permission');
});

test('everybody has rights over themselves, and over nobody else by that', async (t) => {
  const agent = person('agent');
  t.ok(can(agent, 'users.read', { userId: 'me' }));
  t.ok(can(agent, 'users.write', { userId: 'me' }));
  t.ok(can(agent, 'availability.write', { userId: 'me' }));
  t.notOk(can(agent, 'users.read', { userId: 'you' }));
  t.notOk(can(agent, 'users.read'));
  t.notOk(can(agent, 'users.deactivate', { userId: 'me' }));
  t.notOk(can(key, 'users.write', { userId: 'me' }), 'a key is nobody, even with the id of a user');
});

test('only administrators manage other users', async (t) => {
  for (const permission of [
    'users.write',
    'users.deactivate',
    'roles.assign',
    'availability.write',
  ] as const) {
    t.notOk(can(person('manager'), permission), `manager ${permission}`);
    t.notOk(can(person('agent'), permission), `agent ${permission}`);
  }
});

test('editable fields follow from who looks at whom', async (t) => {
  const username = { id: 'you', kind: 'username', status: 'active' } as const;
  const invited = { id: 'you', kind: 'email', status: 'pending' } as const;
  const admin = person('administrator');
  t.ok(editableUserFields(admin, username).includes('login'));
  t.notOk(editableUserFields(admin, invited).includes('login'), 'an invited address is fixed');
  t.ok(editableUserFields(admin, invited).includes('role'));
  t.same(editableUserFields(person('agent'), { ...username, id: 'me' }), [
    'email',
    'firstName',
    'lastName',
    'timeZone',
    'doNotDisturb',
    'mobile',
  ]);
  t.same(editableUserFields(person('manager'), username), []);
  t.same(editableUserFields(admin, { ...username, status: 'deleted' }), []);
});

test('nobody grants above themselves, and a password gets old for a session alone', async (t) => {
  t.equal(findUngrantable(key, ['calls.route']), undefined);
  t.equal(findUngrantable(key, ['calls.route', 'users.read']), 'users.read');
  const fiveMinutes = 5 * 60_000;
  t.notOk(needsReauthentication(person('agent'), fiveMinutes));
  t.ok(needsReauthentication(person('agent'), fiveMinutes + 1));
  t.notOk(needsReauthentication(key, Number.MAX_SAFE_INTEGER));
});
