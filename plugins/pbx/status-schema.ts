import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

const UserId = Type.String({ format: 'uuid', description: 'The user whose telephone it is.' });
const Extension = Type.String({
  pattern: '^[0-9]{2,8}$',
  description: 'The extension, instead of `userId`.',
});

export const StatusBody = Type.Object(
  {
    state: Type.Enum(['ringing', 'answered', 'ended'], {
      type: 'string',
      description: 'How the telephone stands; without a user only `ended`: the whole call is over.',
    }),
    userId: Type.Optional(UserId),
    extension: Type.Optional(Extension),
    legId: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._:@-]{1,128}$',
        description: 'Yours, where one user has several telephones.',
      }),
    ),
    outcome: Type.Optional(
      Type.Enum(['busy', 'declined', 'no-answer', 'unreachable', 'canceled'], {
        type: 'string',
        description: 'How a telephone ended that was not answered.',
      }),
    ),
    durationSeconds: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 604_800, description: 'Of the whole call, with its end.' }),
    ),
    at: Type.Optional(Type.String({ format: 'date-time', description: 'When it happened; left out: now.' })),
  },
  { ...closed, description: 'At most one of `userId` and `extension`.' },
);
export type StatusBody = Static<typeof StatusBody>;

const Device = Type.Object(
  {
    userId: Type.Optional(UserId),
    extension: Type.Optional(Extension),
    state: Type.Enum(['offline', 'online', 'ringing', 'on-call', 'do-not-disturb'], {
      type: 'string',
      description: '`online`: registered and idle.',
    }),
    callId: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._:@-]{1,128}$',
        description: 'The call that it rings or talks in, where it came from /v1/route.',
      }),
    ),
  },
  { ...closed, description: 'Exactly one of `userId` and `extension`.' },
);

export const PresenceBody = Type.Object(
  {
    devices: Type.Array(Device, { minItems: 1, maxItems: 500 }),
    expiresSeconds: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 3_600,
        default: 120,
        description: 'How long it holds unless you say it again: a PBX that falls silent leaves nobody busy.',
      }),
    ),
  },
  closed,
);
export type PresenceBody = Static<typeof PresenceBody>;
