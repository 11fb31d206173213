import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Id, Instant, oneOf } from '../schemas.ts';

const outcomes = [
  'answered',
  'missed',
  'voicemail',
  'abandoned',
  'forwarded',
  'announced',
  'rejected',
] as const;

const Named = Type.Object(
  { id: Id, name: nullable(Type.String({ description: 'As it is called now; null: it is gone.' })) },
  closed,
);

const Party = Type.Object(
  {
    userId: Id,
    name: nullable(Type.String({ description: 'As it is called now; null: it is gone.' })),
    queueId: nullable(Type.String({ description: 'The queue that the user was rung for.' })),
    rungAt: nullable(Instant),
    answeredAt: nullable(Instant),
    endedAt: nullable(Instant),
    missed: Type.Boolean({ description: 'Rung, and nobody at all took the call.' }),
  },
  {
    ...closed,
    description: 'A user who had to do with the call: called, was rung, talked, or owns the box it ended in.',
  },
);

const CallId = Type.String({ description: 'As the carrier calls it.', examples: ['CA0123456789abcdef'] });

const fields = {
  id: CallId,
  carrier: oneOf(['twilio', 'pbx']),
  from: Type.Object(
    {
      kind: oneOf(['number', 'extension', 'anonymous', 'short', 'address']),
      value: nullable(Type.String({ description: 'null: withheld, or not kept any more.' })),
      masked: Type.Boolean({ description: 'True: the number is not shown in full to who asks.' }),
      lead: nullable(Named),
    },
    { ...closed, description: 'Who called.' },
  ),
  to: Type.Object(
    { kind: oneOf(['number', 'extension', 'user', 'queue', 'unparsable']), value: Type.String() },
    { ...closed, description: 'What was dialled.' },
  ),
  numberId: nullable(Type.String({ description: 'The number that was dialled, if it was one of ours.' })),
  user: nullable(Named),
  queue: nullable(Named),
  state: oneOf(['ringing', 'waiting', 'in-progress', 'ended']),
  outcome: nullable(oneOf([...outcomes], 'null: the call is not over.')),
  answeredBy: nullable(Named),
  startedAt: Instant,
  answeredAt: nullable(Instant),
  endedAt: nullable(Instant),
  directoryVersion: Type.Integer(),
  users: Type.Array(Party),
};

export const Call = Type.Object(fields, closed);
export type Call = Static<typeof Call>;
export const CallPage = pageOf(Call);

const Reason = Type.Object(
  {
    rule: Type.String(),
    subject: Type.Object({ type: Type.String(), id: Type.String(), name: Type.String() }, closed),
    outcome: oneOf(['applied', 'passed']),
    because: Type.String({ description: 'A sentence, with the names of today.' }),
    localTime: Type.Optional(Type.String()),
    timeZone: Type.Optional(Type.String()),
    until: Type.Optional(nullable(Type.String())),
  },
  closed,
);
export type Reason = Static<typeof Reason>;

const Step = Type.Object(
  { id: Type.String(), action: Type.String() },
  {
    additionalProperties: true,
    description: 'As it was decided; without devices and greetings, and with outside numbers masked.',
  },
);
export type Step = Static<typeof Step>;

const TimelineEntry = Type.Object(
  {
    at: Instant,
    type: Type.String({ examples: ['step-ended'] }),
    stepId: Type.Optional(Type.String()),
    outcome: Type.Optional(nullable(Type.String())),
    answeredBy: Type.Optional(nullable(Type.String())),
    next: Type.Optional(nullable(Step)),
    talkSeconds: Type.Optional(nullable(Type.Number())),
    userId: Type.Optional(Type.String()),
    legId: Type.Optional(Type.String()),
    state: Type.Optional(Type.String()),
    status: Type.Optional(Type.String()),
    durationSeconds: Type.Optional(nullable(Type.Number())),
    queueId: Type.Optional(Type.String()),
    mailbox: Type.Optional(nullable(Type.Object({ type: oneOf(['user', 'queue']), id: Id }, closed))),
    trace: Type.Optional(Type.Array(Reason)),
  },
  { ...closed, description: 'Something that happened to the call; its members depend on `type`.' },
);
export type TimelineEntry = Static<typeof TimelineEntry>;

export const CallDetail = Type.Object(
  {
    ...fields,
    steps: Type.Array(Step),
    trace: Type.Array(Reason, { description: 'Why the call went where it went.' }),
    timeline: Type.Array(TimelineEntry, { description: 'What happened to the call, the first first.' }),
    voicemails: Type.Array(
      Type.Object(
        {
          id: Id,
          mailbox: Type.Object({ type: oneOf(['user', 'queue']), id: Id }, closed),
          durationSeconds: Type.Integer(),
          receivedAt: Instant,
        },
        closed,
      ),
      { description: 'Messages that were left; `GET /v1/voicemails/{id}` for those who may hear them.' },
    ),
  },
  closed,
);
export type CallDetail = Static<typeof CallDetail>;

export const CallQuery = Type.Object(
  {
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
    number: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 40,
        description: 'The caller, or what was dialled: a number in any usual spelling, or an extension.',
      }),
    ),
    user: Type.Optional(
      Type.String({ format: 'uuid', description: 'Who called, was rung, talked, or got the message.' }),
    ),
    queue: Type.Optional(Type.String({ format: 'uuid' })),
    outcome: Type.Optional(oneOf([...outcomes])),
    ...pageQuery,
  },
  { ...closed, description: '[from, to), by when the call began.' },
);
export type CallQuery = Static<typeof CallQuery>;

export const CallParams = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9._:@~-]{1,150}$' }) }, closed);
