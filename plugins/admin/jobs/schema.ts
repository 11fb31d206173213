import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { closed, Id, Instant, oneOf, Search } from '../schemas.ts';

export const JobResult = Type.Object(
  {
    userId: nullable(Id),
    name: Type.String(),
    state: oneOf(
      ['pending', 'done', 'failed'],
      'In a dry run: done is what would be done, failed what would be refused.',
    ),
    line: Type.Optional(Type.Integer({ description: 'Of an import: where in the file, from 1.' })),
    column: Type.Optional(Type.String({ description: 'The name of the column that is wrong.' })),
    code: Type.Optional(
      Type.String({ description: 'created, changed, or unchanged: it was so already. Else why it failed.' }),
    ),
    message: Type.Optional(Type.String()),
  },
  closed,
);
export type JobResult = Static<typeof JobResult>;

export const Job = Type.Object(
  {
    id: nullable(Id),
    kind: Type.String({ examples: ['users.bulk'] }),
    action: Type.String({ examples: ['assignRole'] }),
    dryRun: Type.Boolean({ description: 'true: nothing was changed, and nothing is kept.' }),
    state: oneOf(['queued', 'running', 'done', 'canceled']),
    total: Type.Integer(),
    done: Type.Integer(),
    failed: Type.Integer(),
    results: Type.Array(JobResult, { description: 'One for each user, a page at a time.' }),
    nextCursor: nullable(Type.String({ description: 'Send it as `after` to get the next results.' })),
    createdAt: Instant,
    startedAt: nullable(Instant),
    endedAt: nullable(Instant),
  },
  closed,
);
export type Job = Static<typeof Job>;

export const mostResults = 1_000;

export const JobQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: mostResults,
        description: 'How many results; 1,000 when left out.',
      }),
    ),
    after: Type.Optional(
      Type.String({ pattern: '^[0-9]{1,9}$', description: '`nextCursor` of the answer before.' }),
    ),
  },
  closed,
);
export type JobQuery = Static<typeof JobQuery>;

export const ImportQuery = Type.Object(
  {
    dryRun: Type.Optional(
      Type.Boolean({ description: 'true: nothing is changed; the first 200 are tried.' }),
    ),
    mode: Type.Optional(
      oneOf(['all', 'rows'], 'all: everybody or nobody, 1,000 at most. rows: each one. Left out: all.'),
    ),
  },
  closed,
);
export type ImportQuery = Static<typeof ImportQuery>;

export const ImportFile = Type.String({
  description: 'A table as GET /v1/users/export.csv writes it; columns may be left out.',
  examples: ['kind,email,firstName,lastName\r\nemail,ana@example.com,Ana,Ruiz\r\n'],
});

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 200, description }));

const Filter = Type.Object(
  {
    q: Type.Optional(Search),
    status: Type.Optional(oneOf(['active', 'inactive', 'pending'])),
    role: Type.Optional(oneOf(['administrator', 'manager', 'agent'])),
    desk: text('An id, or a name.'),
    skill: text('An id, or a name.'),
    tag: text('An id, or a name.'),
    queue: Type.Optional(Id),
    group: Type.Optional(Id),
  },
  { ...closed, minProperties: 1, description: 'Whoever a list with these filters shows.' },
);

export const Bulk = Type.Object(
  {
    action: oneOf([
      'activate',
      'deactivate',
      'delete',
      'assignSkills',
      'assignTags',
      'assignRole',
      'assignDesks',
    ]),
    value: Type.Optional(
      Type.Unknown({
        description:
          'assignRole: a role. assignSkills, assignTags, assignDesks: a list of ids or names, which are added to those that a user has. deactivate: { reassignTo?, temporary? }; activate: { pullBack? }. Nothing with delete.',
        examples: ['manager'],
      }),
    ),
    applyTo: Type.Object(
      {
        ids: Type.Optional(
          Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 5_000, uniqueItems: true }),
        ),
        filter: Type.Optional(Filter),
        all: Type.Optional(Type.Literal(true)),
      },
      { ...closed, minProperties: 1, maxProperties: 1, description: 'Exactly one of the three.' },
    ),
    dryRun: Type.Optional(
      Type.Boolean({
        description: 'true: nothing is changed. How many, who, and what would come of the first 200.',
      }),
    ),
  },
  closed,
);
export type Bulk = Static<typeof Bulk>;
