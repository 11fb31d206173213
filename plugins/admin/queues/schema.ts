import { type Static, Type } from 'typebox';
import { nullable, patchSchema } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Extension, Id, Name, oneOf, RingSeconds, Target, Warnings } from '../schemas.ts';

const Waiting = nullable(
  Type.Object(
    {
      maxWaitSeconds: Type.Integer({ minimum: 10, maximum: 7_200, description: 'The longest wait.' }),
      maxWaiting: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 1_000,
          description: 'Who calls while so many wait goes to `overflow` at once; 50 where left out.',
        }),
      ),
      priority: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 100,
          description:
            'Between the queues of one member: 1 is served first, 50 where left out. A number may say otherwise.',
        }),
      ),
      overflow: Type.Optional(
        nullable(
          Type.Object(Target.properties, {
            ...closed,
            description: 'Where callers go who waited too long; null: to the noAgentTarget.',
          }),
        ),
      ),
    },
    { ...closed, description: 'Callers wait for the next free member; null: the members are rung at once.' },
  ),
);

export const QueueSettings = Type.Object(
  {
    name: Name,
    kind: oneOf(['queue', 'department']),
    parentQueueId: nullable(
      Type.String({
        maxLength: 64,
        description: 'Only with kind department: the department that it is a part of.',
      }),
    ),
    extension: Extension,
    strategy: oneOf(['all', 'sequential', 'round-robin', 'least-recent', 'fewest-calls', 'random']),
    ringSeconds: RingSeconds,
    noAgentTarget: nullable(
      Type.Object(Target.properties, {
        ...closed,
        description: 'Where calls go when nobody can be rung, and when all were; null: the last resort.',
      }),
    ),
    waiting: Waiting,
  },
  closed,
);
export type QueueSettings = Static<typeof QueueSettings>;

const patch = patchSchema(QueueSettings);

export const QueuePatch = Type.Unsafe<Readonly<Record<string, unknown>>>({
  ...patch,
  description: 'A merge patch (RFC 7396).',
});

export const QueueCreate = Type.Unsafe<Readonly<Record<string, unknown>>>({
  ...patch,
  required: ['name'],
  description: 'Defaults: a queue, the next free extension, all at once, 20 seconds.',
});

export const Queue = Type.Object(
  {
    id: Id,
    ...QueueSettings.properties,
    parentQueueId: Type.Optional(Id),
    extension: nullable(Extension),
    warnings: Warnings,
  },
  closed,
);
export type Queue = Static<typeof Queue>;

export const QueuePage = pageOf(Queue);
export const QueueQuery = Type.Object(pageQuery, closed);
export type QueueQuery = Static<typeof QueueQuery>;

const priority = Type.Integer({ minimum: 1, maximum: 100, description: '1 is rung first.' });

export const MembersPut = Type.Object(
  {
    members: Type.Array(
      Type.Object({ userId: Type.String({ maxLength: 64 }), priority: Type.Optional(priority) }, closed),
      { maxItems: 1_000, description: 'All members; the order counts among equal priorities.' },
    ),
  },
  closed,
);
export type MembersPut = Static<typeof MembersPut>;

export const Members = Type.Object(
  { members: Type.Array(Type.Object({ userId: Id, priority }, closed)), warnings: Warnings },
  closed,
);
export type Members = Static<typeof Members>;
