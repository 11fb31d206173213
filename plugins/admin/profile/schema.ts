import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Extension, Id, oneOf, Search } from '../schemas.ts';

/** Whom one may choose as a stand-in, or put a call through to: what an office's telephone list shows. */
export const Colleague = Type.Object(
  {
    id: Id,
    firstName: Type.String(),
    lastName: Type.String(),
    extension: nullable(Extension),
  },
  closed,
);
export type Colleague = Static<typeof Colleague>;

export const ColleaguePage = pageOf(Colleague);
export const ColleagueQuery = Type.Object(
  {
    q: Type.Optional(Search),
    ...pageQuery,
  },
  closed,
);
export type ColleagueQuery = Static<typeof ColleagueQuery>;

/** What a person says about themselves; whether they are on a call is seen and not said. */
export const Presence = Type.Object(
  {
    state: oneOf(['available', 'do-not-disturb']),
    until: Type.Optional(
      Type.String({
        description: 'With do-not-disturb: when it ends by itself. RFC 3339.',
        examples: ['2026-11-21T17:00:00Z'],
      }),
    ),
  },
  closed,
);
export type Presence = Static<typeof Presence>;
