import { type Static, Type } from 'typebox';
import { roles, userFields } from '../access.ts';
import { nullable, patchSchema } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import {
  closed,
  Extension,
  Id,
  Instant,
  Name,
  oneOf,
  RingSeconds,
  Search,
  Target,
  Warnings,
  Window,
  ZoneName,
} from '../schemas.ts';

const Reference = Type.String({ maxLength: 64, description: 'The id of a user.' });
const Login = Type.String({ minLength: 1, maxLength: 254, pattern: '^\\S+$', examples: ['ana.ruiz'] });
export const Email = Type.String({ maxLength: 254, format: 'email', examples: ['ana@example.com'] });
const Label = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'An id, or a name; ids are answered.',
});
const Labels = Type.Array(Label, { maxItems: 100, uniqueItems: true });
const Role = oneOf(['administrator', 'manager', 'agent']);

const rule = {
  action: oneOf(['none', 'voicemail', 'forward'], 'none: an announcement, then the call ends.'),
  target: Type.Optional(Target),
};
const Rule = Type.Object(rule, closed);
const Causes = Type.Object(
  {
    busy: Type.Optional(Rule),
    declined: Type.Optional(Rule),
    noAnswer: Type.Optional(Rule),
    unreachable: Type.Optional(Rule),
  },
  { ...closed, description: 'Rules that replace the plain one where this is the reason.' },
);
const IfUnavailable = Type.Object({ ...rule, causes: Type.Optional(Causes) }, closed);

const Device = Type.Object(
  {
    kind: oneOf(['sip', 'app', 'phone']),
    address: Type.String({
      minLength: 1,
      maxLength: 256,
      pattern: '^[\\x21-\\x7e]+$',
      examples: ['sip:214@pbx.example'],
    }),
    enabled: Type.Boolean(),
  },
  closed,
);

/** Everything of a user that can be set. `null` in `timeZone` and `ringSeconds`: the organization's. */
export const UserSettings = Type.Object(
  {
    login: Login,
    email: nullable(Email),
    firstName: Name,
    lastName: Name,
    role: Role,
    extension: Extension,
    timeZone: nullable(ZoneName),
    parentUserId: nullable(Reference),
    groupId: nullable(
      Type.String({
        maxLength: 64,
        description: 'Whose permissions the user has besides those of the role.',
      }),
    ),
    skills: Labels,
    tags: Labels,
    desks: Labels,
    fallbackUserId: nullable(Reference),
    ifUnavailable: IfUnavailable,
    ringSeconds: nullable(RingSeconds),
    callLimit: nullable(Type.Integer({ minimum: 1, maximum: 20 })),
    doNotDisturb: Type.Object({ on: Type.Boolean(), until: Type.Optional(Instant) }, closed),
    forwardAll: nullable(Target),
    devices: Type.Array(Device, { maxItems: 20 }),
    mobile: Type.Object(
      { ringApp: Type.Boolean(), pushMissed: Type.Boolean(), quietHours: nullable(Window) },
      closed,
    ),
  },
  closed,
);
export type UserSettings = Static<typeof UserSettings>;

const patch = patchSchema(UserSettings);

export const UserPatch = Type.Unsafe<Readonly<Record<string, unknown>>>({
  ...patch,
  description: 'A merge patch (RFC 7396) of the settings of a user.',
});

export const UserCreate = Type.Unsafe<
  Readonly<Record<string, unknown>> & {
    readonly kind: 'email' | 'username';
    readonly password?: string;
    readonly login?: string;
    readonly email?: string;
  }
>({
  ...patch,
  properties: {
    kind: oneOf(
      ['email', 'username'],
      'username: internal, with login and password, active at once. email: pending until the invitation is accepted.',
    ),
    password: Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'With kind username. 15 characters or more.',
    }),
    ...Object(patch).properties,
  },
  required: ['kind', 'firstName', 'lastName'],
});

export const User = Type.Object(
  {
    id: Id,
    kind: oneOf(['email', 'username']),
    login: Type.String(),
    email: Type.Optional(Type.String()),
    firstName: Type.String(),
    lastName: Type.String(),
    role: Role,
    status: oneOf(['active', 'inactive', 'pending', 'deleted']),
    extension: nullable(Extension),
    timeZone: ZoneName,
    parentUserId: Type.Optional(Id),
    groupId: Type.Optional(Id),
    fallbackUserId: Type.Optional(Id),
    reassignedToUserId: Type.Optional(Id),
    deletedAt: Type.Optional(Instant),
    erasesAt: Type.Optional(
      Type.String({ description: 'RFC 3339, UTC. Until then the deletion can be undone.' }),
    ),
    ifUnavailable: IfUnavailable,
    ringSeconds: RingSeconds,
    callLimit: nullable(Type.Integer()),
    doNotDisturb: Type.Object({ on: Type.Boolean(), until: Type.Optional(Instant) }, closed),
    forwardAll: nullable(Target),
    devices: Type.Array(Device),
    mobile: Type.Object(
      { ringApp: Type.Boolean(), pushMissed: Type.Boolean(), quietHours: nullable(Window) },
      closed,
    ),
    callerId: nullable(
      Type.String({ description: 'The number that is shown; set on the number (`callerIdFor`).' }),
    ),
    skills: Type.Array(Id),
    tags: Type.Array(Id),
    desks: Type.Array(Id),
    queues: Type.Array(Type.Object({ id: Id, name: Type.String() }, closed)),
    presence: oneOf(['offline', 'online', 'ringing', 'on-call', 'do-not-disturb']),
    meta: Type.Object(
      {
        editableFields: Type.Array(oneOf([...userFields])),
        twoStep: Type.Boolean({ description: 'Two-step verification is on, and can be reset.' }),
      },
      closed,
    ),
    warnings: Warnings,
  },
  closed,
);
export type User = Static<typeof User>;

export const UserPage = pageOf(User);

const LabelFilter = Type.String({ minLength: 1, maxLength: 100, description: 'An id, or a name.' });

const filters = {
  q: Type.Optional(Search),
  status: Type.Optional(
    oneOf(['active', 'inactive', 'pending', 'deleted'], 'Left out: everybody but the deleted.'),
  ),
  role: Type.Optional(oneOf([...roles])),
  queue: Type.Optional(Type.String({ format: 'uuid', description: 'Members of this queue.' })),
  desk: Type.Optional(LabelFilter),
  skill: Type.Optional(LabelFilter),
  tag: Type.Optional(LabelFilter),
  group: Type.Optional(
    Type.String({ format: 'uuid', description: 'Members of this group, and of the groups below it.' }),
  ),
};

/** What a list can be narrowed down by, for a file of all of them. */
export const UserFilters = Type.Object(filters, closed);
export type UserFilters = Static<typeof UserFilters>;

export const UserQuery = Type.Object(
  {
    ...filters,
    sort: Type.Optional(oneOf(['name', '-name', 'createdAt', '-createdAt'], 'Left out: name.')),
    ...pageQuery,
  },
  closed,
);
export type UserQuery = Static<typeof UserQuery>;
