import { type Static, Type } from 'typebox';
import { nullable } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Id, Instant, Name, oneOf } from '../schemas.ts';

/** What is computed, in the order in which an onboarding goes. */
export const computedItems = ['profile', 'extension', 'availability', 'queue', 'first-login'] as const;

const Item = Type.Object(
  {
    kind: oneOf(['computed', 'ticked'], 'ticked: added by the organization, and ticked by hand.'),
    id: Type.String({ description: 'The name of what is computed, the id of what is ticked.' }),
    name: Type.String(),
    description: Type.String(),
    done: Type.Boolean(),
    tickedBy: nullable(Type.String({ description: 'The user who ticked it; null: a program, or nobody.' })),
    tickedAt: nullable(Instant),
  },
  closed,
);

export const Checklist = Type.Object(
  { userId: Id, done: Type.Integer(), total: Type.Integer(), items: Type.Array(Item) },
  closed,
);
export type Checklist = Static<typeof Checklist>;

const Description = Type.String({ maxLength: 500 });

export const ChecklistItemCreate = Type.Object(
  { name: Name, description: Type.Optional(Description) },
  closed,
);
export type ChecklistItemCreate = Static<typeof ChecklistItemCreate>;

export const ChecklistItem = Type.Object(
  { id: Id, name: Type.String(), description: Type.String(), createdAt: Instant },
  closed,
);
export type ChecklistItem = Static<typeof ChecklistItem>;

export const ChecklistItemPage = pageOf(ChecklistItem);
export const ChecklistItemQuery = Type.Object(pageQuery, closed);
export type ChecklistItemQuery = Static<typeof ChecklistItemQuery>;

const PathId = Type.String({ format: 'uuid', pattern: '^[0-9a-f-]+$' });
export const TickParams = Type.Object({ id: PathId, itemId: PathId }, closed);
