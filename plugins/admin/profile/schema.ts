import { type Static, Type } from 'typebox';
import { closed, oneOf } from '../schemas.ts';

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
