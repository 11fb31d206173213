import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { closed, Extension, Id, Instant, oneOf } from '../schemas.ts';
import { User } from './schema.ts';

export const Deactivate = Type.Object(
  {
    reassignTo: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'An active user who gets the leads, numbers and fallback duties, and the calls.',
      }),
    ),
    temporary: Type.Optional(
      Type.Boolean({ description: 'true: what moves is remembered, so that it can be pulled back.' }),
    ),
  },
  closed,
);
export type Deactivate = Static<typeof Deactivate>;

export const Reactivate = Type.Object(
  {
    pullBack: Type.Optional(
      Type.Boolean({
        description:
          'true: what a temporary deactivation moved comes back, but for what has moved on since then.',
      }),
    ),
  },
  closed,
);
export type Reactivate = Static<typeof Reactivate>;

export const Undelete = Type.Object(
  {
    extension: Type.Optional(Extension),
    login: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 254,
        pattern: '^\\S+$',
        description: 'Where the former one was taken meanwhile; only with kind username.',
      }),
    ),
  },
  closed,
);
export type Undelete = Static<typeof Undelete>;

/** `'true'`: nothing is changed; the answer says what would be. */
export const DryRunQuery = Type.Object(
  {
    dryRun: Type.Optional(
      Type.Boolean({
        description: 'true: nothing is changed, and the answer is the one that there would be.',
      }),
    ),
  },
  closed,
);

const Person = Type.Object({ id: Id, name: Type.String() }, closed);

/** How many, and the first hundred by name. */
const Things = Type.Object(
  { count: Type.Integer(), items: Type.Array(Type.Object({ id: Id, name: Type.String() }, closed)) },
  { ...closed, description: 'How many, and the first hundred of them.' },
);
export type Things = Static<typeof Things>;

const moved = { leads: Things, numbers: Things, fallbackDuties: Things, queues: Things };

export const DeactivationEffects = Type.Object(
  {
    reassignedTo: nullable(Person),
    ...moved,
    sessions: Type.Integer({ description: 'Sessions that end.' }),
    canBePulledBack: Type.Boolean(),
  },
  {
    ...closed,
    description:
      'Without `reassignTo` leads, numbers and fallback duties stay where they are, and calls follow the fallback user.',
  },
);
export type DeactivationEffects = Static<typeof DeactivationEffects>;

const Left = Type.Object(
  {
    type: oneOf(['lead', 'number', 'queue', 'fallback']),
    id: Id,
    name: Type.String({ description: 'Empty where it does not exist any more.' }),
    now: nullable(Person),
    reason: oneOf(['moved', 'gone'], 'moved: somebody changed it since. gone: it does not exist any more.'),
  },
  closed,
);
export type Left = Static<typeof Left>;

export const ReactivationEffects = Type.Object(
  {
    pulledBack: Type.Object(moved, closed),
    left: Type.Object(
      { count: Type.Integer(), items: Type.Array(Left) },
      { ...closed, description: 'What has moved on since, and was left: how many, and the first thousand.' },
    ),
  },
  closed,
);
export type ReactivationEffects = Static<typeof ReactivationEffects>;

export const DeletionEffects = Type.Object(
  {
    ...moved,
    sessions: Type.Integer({ description: 'Sessions that end.' }),
    freed: Type.Object({ login: Type.String(), extension: nullable(Extension) }, closed),
    erasesAt: Instant,
    canBeUndone: Type.Boolean(),
  },
  {
    ...closed,
    description:
      'Leads have no owner any more, and the user leaves the queues. Numbers and fallback duties stay as they are until the erasure, which leaves the numbers unassigned.',
  },
);
export type DeletionEffects = Static<typeof DeletionEffects>;

const dryRun = Type.Optional(Type.Literal(true));

export const DeactivatedUser = Type.Object(
  { ...User.properties, effects: DeactivationEffects, dryRun },
  closed,
);
export type DeactivatedUser = Static<typeof DeactivatedUser>;
export const ReactivatedUser = Type.Object({ ...User.properties, effects: ReactivationEffects }, closed);
export type ReactivatedUser = Static<typeof ReactivatedUser>;
export const DeletionPreview = Type.Object({ user: User, effects: DeletionEffects, dryRun }, closed);
export type DeletionPreview = Static<typeof DeletionPreview>;
