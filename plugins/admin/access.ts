/**
 * Who may do what. Pure: an actor is what the credential says, a permission is a name, a subject is whom it is about.
 * The server asks here for every route; the console asks the same questions to know what to show.
 */

/** Every permission by name, with what it allows. The order is that of the documentation. */
export const permissionTable = {
  'organization.read': 'See the settings of the organization.',
  'organization.write': 'Change the settings of the organization.',
  'users.read': 'See all users.',
  'users.write': 'Create users and change their settings.',
  'users.deactivate': 'Deactivate and reactivate users.',
  'users.delete': 'Delete users, and undo it while they are not erased.',
  'roles.assign': 'Give users another role.',
  'users.reset': 'Reset the passwords and the two-step verification of users.',
  'sessions.read': 'See who is logged in.',
  'sessions.write': 'Log users out.',
  'mail.read': 'See the mail server, the campaigns and the mail accounts, without the passwords.',
  'mail.write': 'Change the mail server, the campaigns and the mail accounts.',
  'mail.send': 'Send mail as a user.',
  'users.export': 'Take the data of all users away as a table.',
  'groups.read': 'See the groups of users and their permissions.',
  'groups.write': 'Create, change and delete groups of users.',
  'labels.read': 'See the skills, tags and desks that there are.',
  'labels.write': 'Create, rename and delete skills, tags and desks.',
  'jobs.read': "See everybody's jobs; one's own are always seen.",
  'jobs.write': "Cancel everybody's jobs; one's own can always be cancelled.",
  'availability.read': 'See the hours and overrides of all users.',
  'availability.write': 'Change the hours and overrides of all users.',
  'extensions.read': 'See which extensions are taken.',
  'numbers.read': 'See the numbers and where they lead.',
  'numbers.write': 'Create, change and delete numbers, and choose where they lead.',
  'queues.read': 'See the queues and their members.',
  'queues.write': 'Create, change and delete queues, and choose their members.',
  'leads.read': 'See the leads.',
  'leads.write': 'Create and change leads.',
  'api-keys.read': 'See the API keys, without the secrets.',
  'api-keys.write': 'Create and delete API keys.',
  'activity.read': 'See what everybody did, and what was refused.',
  'checklists.write': 'Choose the items of the onboarding checklist, and tick them for users.',
  'health-report.read': 'See the housekeeping report.',
  'carriers.read': 'See the accounts at carriers, without the tokens.',
  'carriers.write': 'Store and remove accounts at carriers, and read numbers from them.',
  'forward.external': 'Send calls to numbers outside the organization.',
  'calls.route': 'Ask where a call goes, and report how its steps ended.',
  simulate: 'Try out where a call would go, at any time.',
  'coverage.read': 'See which hours are covered.',
  'profile.read': "See one's own user and hours.",
  'profile.write': "Change one's own names, zone, do-not-disturb and mobile settings.",
  'profile.availability': "Change one's own hours and overrides.",
} as const;

export type Permission = keyof typeof permissionTable;
export type Role = 'administrator' | 'manager' | 'agent';

export const permissions = Object.freeze(Object.keys(permissionTable).filter(isPermission));
export const roles: readonly Role[] = ['administrator', 'manager', 'agent'];

export function isRole(name: unknown): name is Role {
  return name === 'administrator' || name === 'manager' || name === 'agent';
}

export function isPermission(name: string): name is Permission {
  return Object.hasOwn(permissionTable, name);
}

const own: readonly Permission[] = ['profile.read', 'profile.write', 'profile.availability'];

/** Only administrators manage other users; managers see them and run queues and leads; agents see themselves. */
export const rolePermissions: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  administrator: new Set(permissions),
  manager: new Set<Permission>([
    'organization.read',
    'users.read',
    'groups.read',
    'labels.read',
    'availability.read',
    'extensions.read',
    'numbers.read',
    'queues.read',
    'queues.write',
    'leads.read',
    'leads.write',
    'checklists.write',
    'health-report.read',
    'simulate',
    'coverage.read',
    ...own,
  ]),
  // Labels: an agent sees the names of one's own skills, tags and desks.
  agent: new Set<Permission>(['labels.read', ...own]),
};

/** What a person may do: what the role allows, and what the group and the groups above it add. */
export function permissionsOf(role: Role, granted: readonly string[]): ReadonlySet<Permission> {
  const own = rolePermissions[role];
  return granted.length === 0 ? own : own.union(new Set(granted.filter(isPermission)));
}

/** In the permissions of an API key: all that there are, also those that a later release adds. */
export const everyPermission = '*';

/** What a key may do, by the names that are stored with it. */
export function keyPermissions(names: readonly string[]): ReadonlySet<Permission> {
  return new Set(names.includes(everyPermission) ? permissions : names.filter(isPermission));
}

/** A person who is logged in. `confirmedAt`: when the password was last typed, epoch ms. */
export type UserActor = {
  readonly type: 'user';
  readonly id: string;
  readonly organizationId: string;
  readonly sessionId: string;
  readonly role: Role;
  readonly permissions: ReadonlySet<Permission>;
  readonly confirmedAt: number;
  readonly expiresAt: number;
  readonly mustChangePassword: boolean;
  /** Why, where it is so: the password was chosen with two-step verification on, which is off now. */
  readonly passwordTooShort?: boolean;
  /** How the session came: only a cookie is sent by a browser on its own. */
  readonly carriedBy: 'bearer' | 'cookie';
};

export type ApiKeyActor = {
  readonly type: 'api-key';
  readonly id: string;
  readonly organizationId: string;
  readonly permissions: ReadonlySet<Permission>;
};

export type Actor = UserActor | ApiKeyActor;

/** Whom an action is about, where that matters: everybody has some rights over themselves. */
export type AccessSubject = { readonly userId?: string };

const ownVariant: { readonly [permission in Permission]?: Permission } = {
  'users.read': 'profile.read',
  'users.write': 'profile.write',
  'sessions.read': 'profile.read',
  'sessions.write': 'profile.write',
  'mail.read': 'profile.read',
  'mail.write': 'profile.write',
  'mail.send': 'profile.write',
  'activity.read': 'profile.read',
  'availability.read': 'profile.read',
  'availability.write': 'profile.availability',
};

/** can(agent, 'availability.write', { userId: agent.id }) is true by way of `profile.availability`. */
export function can(actor: Actor, action: Permission, subject: AccessSubject = {}): boolean {
  if (actor.permissions.has(action)) return true;
  const variant = ownVariant[action];
  return variant !== undefined && isOneself(actor, subject) && actor.permissions.has(variant);
}

function isOneself(actor: Actor, subject: AccessSubject): boolean {
  return actor.type === 'user' && subject.userId === actor.id;
}

/** Settings of a user that can be changed at all, in the order of the API. */
export const userFields = [
  'login',
  'email',
  'firstName',
  'lastName',
  'role',
  'extension',
  'timeZone',
  'parentUserId',
  'groupId',
  'skills',
  'tags',
  'desks',
  'fallbackUserId',
  'ifUnavailable',
  'ringSeconds',
  'callLimit',
  'doNotDisturb',
  'forwardAll',
  'devices',
  'mobile',
] as const;

export type UserField = (typeof userFields)[number];

const profileFields: ReadonlySet<UserField> = new Set<UserField>([
  'email',
  'firstName',
  'lastName',
  'timeZone',
  'doNotDisturb',
  'mobile',
]);

/** Which settings of this user the actor may change: `meta.editableFields`, and what PATCH is held to. */
export function editableUserFields(
  actor: Actor,
  user: {
    readonly id: string;
    readonly kind: 'email' | 'username';
    readonly status: string;
    readonly email?: string | null;
    /** The policy of the organization. */
    readonly emailChange?: 'verified' | 'locked';
  },
): readonly UserField[] {
  if (user.status === 'deleted') return [];
  const isLocked = user.emailChange === 'locked' && user.email !== null;
  if (can(actor, 'users.write')) {
    return userFields.filter((field) => {
      if (field === 'role') return can(actor, 'roles.assign');
      // The login of a user by e-mail is the address, and changes with it.
      if (field === 'login') return user.kind === 'username';
      return field !== 'email' || !isLocked;
    });
  }
  if (!can(actor, 'users.write', { userId: user.id })) return [];
  return userFields.filter((field) => profileFields.has(field) && (field !== 'email' || !isLocked));
}

/** Nobody grants above themselves: the first permission of `wanted` that the actor lacks. */
export function findUngrantable(actor: Actor, wanted: Iterable<Permission>): Permission | undefined {
  for (const permission of wanted) if (!actor.permissions.has(permission)) return permission;
  return undefined;
}

/** How long a typed password counts as fresh for sensitive acts. */
export const freshPasswordMs = 5 * 60_000;

/** True where a session must type its password again; a key needs the permission alone. */
export function needsReauthentication(actor: Actor, instant: number): boolean {
  return actor.type === 'user' && instant - actor.confirmedAt > freshPasswordMs;
}
