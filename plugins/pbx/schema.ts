import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

const CallId = Type.String({
  pattern: '^[A-Za-z0-9._:@-]{1,128}$',
  description: 'Yours: 1-128 of A-Za-z0-9._:@-, another one for every call.',
  examples: ['c-1'],
});

export const CallParams = Type.Object({ callId: Type.String() }, closed);

export const RouteBody = Type.Object(
  {
    callId: CallId,
    from: Type.String({
      maxLength: 256,
      description:
        'The caller, as it came: a number in any spelling, a SIP address, an extension, or nothing.',
      examples: ['+12125550142'],
    }),
    to: Type.Optional(
      Type.String({ maxLength: 256, description: 'What was dialled.', examples: ['+12025550100'] }),
    ),
    extension: Type.Optional(
      Type.String({
        pattern: '^[0-9]{2,8}$',
        description: 'The extension, instead of `to`.',
        examples: ['214'],
      }),
    ),
  },
  { ...closed, description: 'Exactly one of `to` and `extension`.' },
);
export type RouteBody = Static<typeof RouteBody>;

export const ResultBody = Type.Object(
  {
    step: Type.String({ minLength: 1, maxLength: 16, examples: ['s1'] }),
    outcome: Type.Enum(
      ['answered', 'busy', 'declined', 'no-answer', 'unreachable', 'canceled', 'completed', 'digits'],
      { type: 'string', description: 'How the step ended. `answered` and `canceled` end the call.' },
    ),
    digits: Type.Optional(
      Type.String({
        pattern: '^[0-9*#]{0,32}$',
        description: 'What was dialled in a menu; only with the outcome `digits`.',
      }),
    ),
    answeredBy: Type.Optional(
      Type.String({ format: 'uuid', description: 'The user who answered, where the PBX knows.' }),
    ),
    recording: Type.Optional(
      Type.Object(
        {
          id: Type.String({
            pattern: '^[A-Za-z0-9._:@-]{1,128}$',
            description: 'Yours; a recording that is told again is kept once.',
          }),
          durationSeconds: Type.Integer({ minimum: 0, maximum: 86_400, description: '0: nothing was said.' }),
          url: Type.Optional(
            Type.String({
              maxLength: 1_000,
              pattern: '^https?://[\\x21-\\x7e]+$',
              description:
                'Where your PBX keeps the sound: shown to whose box it is, and never fetched from here.',
            }),
          ),
        },
        { ...closed, description: 'What was left in a voicemail box; only with a voicemail step.' },
      ),
    ),
    at: Type.Optional(Type.String({ format: 'date-time', description: 'When the step ended.' })),
  },
  closed,
);
export type ResultBody = Static<typeof ResultBody>;

const Step = Type.Object(
  { id: Type.String(), action: Type.String() },
  { description: 'One step; its further members depend on `action`.' },
);
const TraceEntry = Type.Object(
  { rule: Type.String(), outcome: Type.String(), because: Type.String() },
  { description: 'One rule that was looked at, in data and in words.' },
);
const Nullable = (schema: Parameters<typeof Type.Union>[0][number]) => Type.Union([schema, Type.Null()]);

/** For the documentation only: answers are written as they were kept, byte for byte. */
export const DecisionDocument = Type.Object(
  {
    callId: Type.String(),
    directoryVersion: Type.Integer(),
    validUntil: Nullable(Type.String({ format: 'date-time' })),
    answeredBy: Nullable(
      Type.Object({ type: Type.String(), id: Type.String(), extension: Nullable(Type.String()) }),
    ),
    steps: Type.Array(Step),
    trace: Type.Array(TraceEntry),
  },
  { description: 'The decision.' },
);

export const ResultDocument = Type.Object(
  {
    callId: Type.String(),
    next: Nullable(Step),
    steps: Type.Array(Step, { description: 'The next step and those that can still come.' }),
    trace: Type.Array(TraceEntry),
  },
  { description: 'What comes next; `next` null: the call is over.' },
);

export const ProblemDocument = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String(),
    code: Type.String(),
  },
  { description: 'application/problem+json (RFC 9457).' },
);
