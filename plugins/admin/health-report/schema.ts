import { type Static, type TSchema, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { closed, Id, Instant } from '../schemas.ts';

/** How many are named of each kind; `count` says how many there are. */
export const mostNamed = 100;

function section<T extends TSchema>(item: T, description: string) {
  return Type.Object(
    { count: Type.Integer({ minimum: 0 }), data: Type.Array(item, { maxItems: mostNamed }) },
    { ...closed, description },
  );
}

const Person = Type.Object({ id: Id, name: Type.String() }, closed);

export const HealthReport = Type.Object(
  {
    at: Instant,
    activeAgentsInNoQueue: section(Person, 'Active agents who are in no queue.'),
    neverLoggedIn: section(
      Type.Object({ id: Id, name: Type.String(), createdAt: Instant }, closed),
      'Active users who have never logged in.',
    ),
    idle: section(
      Type.Object({ id: Id, name: Type.String(), lastSeenAt: Instant }, closed),
      'Active users who were last here 30 days ago or longer; the longest away first.',
    ),
    pendingInvitations: section(
      Type.Object(
        { id: Id, name: Type.String(), email: nullable(Type.String()), createdAt: Instant },
        closed,
      ),
      'Invited users who have not accepted; the longest waiting first.',
    ),
    numbersWithoutTarget: section(
      Type.Object({ id: Id, number: Type.String(), name: Type.String() }, closed),
      'Their calls go to the last resort.',
    ),
    hoursWithoutCover: Type.Object(
      {
        from: Instant,
        to: Instant,
        count: Type.Integer({ minimum: 0, description: 'Hours and parts of hours, all numbers together.' }),
        checked: Type.Integer({
          description:
            'How many numbers were looked at. Fewer than `total` only where they lead to thousands of different places: ask again, and the rest is looked at.',
        }),
        total: Type.Integer({ description: 'How many numbers have a target.' }),
        data: Type.Array(
          Type.Object(
            { id: Id, number: Type.String(), name: Type.String(), from: Instant, to: Instant },
            closed,
          ),
          { maxItems: mostNamed },
        ),
      },
      { ...closed, description: 'Gaps of the next seven days, as GET /v1/coverage finds them.' },
    ),
  },
  closed,
);
export type HealthReport = Static<typeof HealthReport>;
