/**
 * What says something about a person, among the members of an activity's `before` and `after` where the subject is a
 * user or a lead. Ids stay: without the person's row they are nobody's.
 */
const ofUsers: ReadonlySet<string> = new Set([
  'login',
  'email',
  'newEmail',
  'firstName',
  'lastName',
  'name',
  'note',
  'overrides',
  'devices',
  'mobile',
  'forwardAll',
  'ifUnavailable',
  'callerId',
  'greeting',
  'address',
  'agent',
  'from',
  'to',
  'subject',
  'item',
]);

const ofLeads: ReadonlySet<string> = new Set(['name', 'numbers']);
const personalMembers = new Map([
  ['user', ofUsers],
  ['lead', ofLeads],
]);

type Side = { readonly before?: unknown; readonly after?: unknown };

export type SplitActivity = {
  /** What the activity row keeps for good. */
  readonly lasting: Side;
  /** What an erasure takes away; undefined: there is nothing of the kind. */
  readonly personal: (Side & { readonly subjectId: string }) | undefined;
};

/** `{ login: 'ana', role: 'agent' }` of a user → `{ role: 'agent' }` for good, `{ login: 'ana' }` until the erasure. */
export function splitPersonal(
  activity: Side & { readonly subjectType: string; readonly subjectId: string | null },
): SplitActivity {
  const { subjectType, subjectId, before, after } = activity;
  const names = personalMembers.get(subjectType);
  if (names === undefined || subjectId === null) return { lasting: { before, after }, personal: undefined };
  const [lastingBefore, personalBefore] = splitMembers(before, names);
  const [lastingAfter, personalAfter] = splitMembers(after, names);
  const lasting = { before: lastingBefore, after: lastingAfter };
  if (personalBefore === undefined && personalAfter === undefined) return { lasting, personal: undefined };
  return { lasting, personal: { subjectId, before: personalBefore, after: personalAfter } };
}

function splitMembers(
  side: unknown,
  names: ReadonlySet<string>,
): readonly [unknown, Record<string, unknown> | undefined] {
  if (typeof side !== 'object' || side === null || Array.isArray(side)) return [side, undefined];
  const members: readonly (readonly [string, unknown])[] = Object.entries(side);
  const personal = members.filter(([name]) => names.has(name));
  if (personal.length === 0) return [side, undefined];
  return [Object.fromEntries(members.filter(([name]) => !names.has(name))), Object.fromEntries(personal)];
}

/** The two sides together again, as a reader of the log sees them. After an erasure only the lasting one is there. */
export function joinPersonal(lasting: unknown, personal: unknown): unknown {
  if (typeof personal !== 'object' || personal === null) return lasting;
  return typeof lasting === 'object' ? { ...lasting, ...personal } : personal;
}
