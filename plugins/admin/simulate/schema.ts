import { type Static, Type } from 'typebox';
import { closed, Instant, oneOf } from '../schemas.ts';

const outcomes = ['answered', 'busy', 'declined', 'no-answer', 'unreachable', 'canceled'] as const;
const presences = ['offline', 'online', 'ringing', 'on-call', 'do-not-disturb'] as const;
const Uuid = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';
const UserKey = '^user:[0-9a-fA-F-]{36}$';

/** Keyed by user id. */
const CountByUser = Type.Record(Type.String({ pattern: Uuid }), Type.Integer({ minimum: 0 }), closed);

const Facts = Type.Object(
  {
    callsInProgress: Type.Optional(CountByUser),
    lastAnswered: Type.Optional(
      Type.Record(Type.String({ pattern: Uuid }), Instant, {
        ...closed,
        description: 'By user id: when the user last answered a queue call.',
      }),
    ),
    callsAnswered: Type.Optional(CountByUser),
    lastRung: Type.Optional(
      Type.Record(Type.String({ pattern: Uuid }), Type.String({ format: 'uuid' }), {
        ...closed,
        description: 'By queue id: the member who was rung first last time.',
      }),
    ),
  },
  { ...closed, description: 'What a live call would bring along: history and calls in progress.' },
);

const UnsavedChange = Type.Object(
  {
    method: oneOf(['POST', 'PUT', 'PATCH', 'DELETE']),
    path: Type.String({
      maxLength: 300,
      pattern: '^(/v1)?/(users|numbers|queues|leads|organization)(/|$)',
      examples: ['/v1/users/0199e0c4-5a3b-7c1d-9f00-3b5a7c9d1e2f/availability'],
    }),
    body: Type.Optional(Type.Unknown()),
  },
  { ...closed, description: 'A request as it would be sent to save the edit. It is checked, and not kept.' },
);
export type UnsavedChange = Static<typeof UnsavedChange>;

const Assume = Type.Object(
  {
    outcomes: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^(user:[0-9a-fA-F-]{36}|queue:[0-9a-fA-F-]{36}|number:\\+[0-9]{5,15})$' }),
        oneOf([...outcomes]),
        {
          ...closed,
          description: 'How `user:ID`, `queue:ID` and `number:E164` end. Who is not named answers.',
        },
      ),
    ),
    presence: Type.Optional(Type.Record(Type.String({ pattern: UserKey }), oneOf([...presences]), closed)),
    facts: Type.Optional(Facts),
    changes: Type.Optional(Type.Array(UnsavedChange, { maxItems: 20 })),
  },
  closed,
);

export const SimulateBody = Type.Object(
  {
    callId: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._:@-]{1,128}$' })),
    from: Type.Optional(
      Type.String({ maxLength: 256, description: 'Left out: somebody from outside whom nobody knows.' }),
    ),
    to: Type.Optional(Type.String({ maxLength: 256, examples: ['+12025550100'] })),
    extension: Type.Optional(Type.String({ pattern: '^[0-9]{2,8}$', examples: ['214'] })),
    at: Type.Optional(Instant),
    assume: Type.Optional(Assume),
  },
  {
    ...closed,
    description:
      'Exactly one of `to` and `extension`. `at` is now where it is left out, and who is on a call now counts as it would for a call.',
  },
);
export type SimulateBody = Static<typeof SimulateBody>;

const Nullable = (schema: Parameters<typeof Type.Union>[0][number]) => Type.Union([schema, Type.Null()]);

const byUser = { description: 'By user id.' };
const FactsUsed = Type.Object(
  {
    live: Type.Boolean({ description: 'True: without `at`, what is known of this moment was looked at.' }),
    presence: Type.Optional(Type.Record(Type.String(), Type.String(), byUser)),
    callsInProgress: Type.Optional(Type.Record(Type.String(), Type.Integer(), byUser)),
    callsAnswered: Type.Optional(Type.Record(Type.String(), Type.Integer(), byUser)),
    lastAnswered: Type.Optional(Type.Record(Type.String(), Type.String(), byUser)),
    lastRung: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'By queue id.' })),
    waiting: Type.Optional(Type.Record(Type.String(), Type.Integer(), { description: 'By queue id.' })),
  },
  { ...closed, description: 'The facts that the decision rests on beside the settings: known, or assumed.' },
);

/** For the documentation: the decision of /v1/route, the instant it was made for, and the way that was assumed. */
export const Simulation = Type.Object({
  callId: Type.String(),
  directoryVersion: Type.Integer(),
  at: Instant,
  validUntil: Nullable(Instant),
  answeredBy: Nullable(
    Type.Object({ type: Type.String(), id: Type.String(), extension: Nullable(Type.String()) }),
  ),
  steps: Type.Array(
    Type.Object(
      { id: Type.String(), action: Type.String() },
      { additionalProperties: true, description: 'One step; its further members depend on `action`.' },
    ),
  ),
  path: Type.Array(
    Type.Object(
      { step: Type.String(), outcome: Type.String(), answeredBy: Type.Optional(Type.String()) },
      closed,
    ),
    { description: 'The steps that the call goes through as assumed, each with its outcome.' },
  ),
  facts: FactsUsed,
  trace: Type.Array(
    Type.Object(
      { rule: Type.String(), outcome: Type.String(), because: Type.String() },
      { additionalProperties: true },
    ),
  ),
});
