/**
 * A query string is text, so `limit=25` would never be the integer that its schema asks for. This turns the text of
 * names that the schema knows as numbers, booleans or lists into those, and nothing else: one canonical spelling each
 * (`25`, `true`), so that `limit=+25`, `limit=0x19` and `limit=` reach the validator as they are and are refused.
 */
type PropertyKind = 'number' | 'boolean' | 'list';

/** Undefined where the schema has nothing to convert. */
export function buildQueryReader(
  schema: unknown,
): ((query: Readonly<Record<string, unknown>>) => Record<string, unknown>) | undefined {
  const kinds = new Map<string, PropertyKind>();
  const properties = member(schema, 'properties');
  if (!isRecord(properties)) return undefined;
  for (const [name, property] of Object.entries(properties)) {
    const kind = kindOf(property);
    if (kind !== undefined) kinds.set(name, kind);
  }
  if (kinds.size === 0) return undefined;
  return (query) => {
    const read: Record<string, unknown> = { ...query };
    for (const [name, kind] of kinds) {
      if (Object.hasOwn(query, name)) read[name] = convert(query[name], kind);
    }
    return read;
  };
}

function kindOf(property: unknown): PropertyKind | undefined {
  const type = member(property, 'type');
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'boolean') return 'boolean';
  return type === 'array' ? 'list' : undefined;
}

function convert(value: unknown, kind: PropertyKind): unknown {
  if (kind === 'list') return typeof value === 'string' ? [value] : value;
  if (typeof value !== 'string') return value;
  if (kind === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,9})?$/.test(value) ? Number(value) : value;
}

function member(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
