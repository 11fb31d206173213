import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Id, Instant, oneOf } from '../schemas.ts';

const actorTypes = ['user', 'api-key', 'operator', 'system'] as const;
const Name = nullable(Type.String({ description: 'As it is called now; null: it is gone.' }));

export const Activity = Type.Object(
  {
    id: Id,
    at: Instant,
    actor: Type.Object({ type: oneOf([...actorTypes]), id: nullable(Id), name: Name }, closed),
    action: Type.String({ examples: ['users.change'] }),
    subject: Type.Object({ type: Type.String(), id: nullable(Id), name: Name }, closed),
    before: Type.Unknown({ description: 'Changed fields as they were; null: there is nothing to show.' }),
    after: Type.Unknown({ description: 'Changed fields as they are since. Secrets are never shown.' }),
    requestId: Type.String(),
  },
  closed,
);
export type Activity = Static<typeof Activity>;

export const ActivityPage = pageOf(Activity);

const filters = {
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description:
        'Words, each of which must be found: a part of the action, of a name, of what was there before and after, or a request id. Searched 10,000 rows at a time: a page can be short and yet have a next one.',
    }),
  ),
  action: Type.Optional(
    Type.String({
      maxLength: 64,
      pattern: '^[a-z][a-z.-]*$',
      description: 'An action, or the beginning of some: `users` finds `users.change` and `users.create`.',
      examples: ['users.change'],
    }),
  ),
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
  ...pageQuery,
};

export const UserActivityQuery = Type.Object(filters, { ...closed, description: '[from, to).' });
export const ActivityQuery = Type.Object(
  {
    actor: Type.Optional(Type.String({ format: 'uuid', description: 'Who did it: a user or an API key.' })),
    subject: Type.Optional(Type.String({ format: 'uuid', description: 'To what it was done.' })),
    ...filters,
  },
  { ...closed, description: '[from, to).' },
);
export type ActivityQuery = Static<typeof ActivityQuery>;
