import type { ActivityRecord } from '../../services/storage/unit-of-work.ts';

/**
 * Numbers outside the organization that calls go to after a change and did not before: forwards of every kind, targets,
 * and devices that are telephones. Found in what the change recorded, so a new setting with a target in it is not
 * forgotten. Pure. One's own numbers are among them: only the database knows which they are.
 */
export function newOutsideNumbers({
  before,
  after,
}: Pick<ActivityRecord, 'before' | 'after'>): readonly string[] {
  const former = new Set(outsideNumbers(before));
  return [...new Set(outsideNumbers(after))].filter((number) => !former.has(number));
}

function outsideNumbers(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(outsideNumbers);
  if (typeof value !== 'object' || value === null) return [];
  const own = numberOf(value);
  return own === undefined ? Object.values(value).flatMap(outsideNumbers) : [own];
}

/** Of a target `{ type: 'external', number }` or a device `{ kind: 'phone', address, enabled }`; extensions are inside. */
function numberOf(value: object): string | undefined {
  const isTarget = Reflect.get(value, 'type') === 'external';
  const isPhone = Reflect.get(value, 'kind') === 'phone' && Reflect.get(value, 'enabled') === true;
  if (!isTarget && !isPhone) return undefined;
  const number: unknown = Reflect.get(value, isTarget ? 'number' : 'address');
  return typeof number === 'string' && number.startsWith('+') ? number : undefined;
}
