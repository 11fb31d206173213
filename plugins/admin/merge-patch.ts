import { type TSchema, Type } from 'typebox';

/** JSON merge patch (RFC 7396): null takes a member away, an object is merged, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isPlainObject(patch)) return patch;
  const merged: Record<string, unknown> = isPlainObject(target) ? { ...baseFor(target, patch) } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

/**
 * What a patch is merged into. Members that only belong to the former variant of a target, a rule or an override
 * would contradict the new one, and nobody who sends `{"type": "queue", "id": …}` wants to keep the old `number`: they
 * go with the member that names the variant. Who sends null for them gets the same.
 */
function baseFor(target: PlainObject, patch: PlainObject): PlainObject {
  for (const [name, dependents] of Object.entries(variants)) {
    const value = patch[name];
    if (value === undefined || value === null || target[name] === undefined || target[name] === value)
      continue;
    return Object.fromEntries(Object.entries(target).filter(([member]) => !dependents.includes(member)));
  }
  return target;
}

const variants: Readonly<Record<string, readonly string[]>> = {
  type: ['id', 'number', 'text'],
  action: ['target'],
  available: ['windows', 'fallbackUserId'],
};

type PlainObject = Readonly<Record<string, unknown>>;

function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null where a required member that may be null is missing: after a patch, "taken away" and "null" are one thing. */
export function withNulls(value: unknown, schema: TSchema): unknown {
  const properties = propertiesOf(schema);
  if (properties === undefined || !isPlainObject(value)) return value;
  const required = requiredOf(schema);
  const filled: Record<string, unknown> = { ...value };
  for (const [name, property] of Object.entries(properties)) {
    if (filled[name] !== undefined) filled[name] = withNulls(filled[name], property);
    else if (required.includes(name) && isNullable(property)) filled[name] = null;
  }
  return filled;
}

/** The schema of a patch of `schema`: every member may be left out, and null wherever something can be taken away. */
export function patchSchema(schema: TSchema, description?: string): TSchema {
  const properties = propertiesOf(schema);
  if (properties === undefined) return schema;
  const members = Object.entries(properties).map(([name, property]) => {
    const inner = patchSchema(property);
    const removable = isNullable(property) || !requiredOf(schema).includes(name);
    return [name, Type.Optional(removable && !isNullable(inner) ? nullable(inner) : inner)] as const;
  });
  const own = Type.Object(Object.fromEntries(members), {
    additionalProperties: false,
    ...(description === undefined ? {} : { description }),
  });
  return isNullable(schema) ? nullable(own) : own;
}

/** The schema, or null. Not a union, because "one of two forms is wrong" helps nobody. */
export function nullable<T extends TSchema>(schema: T) {
  const { type, enum: words } = readSchema(schema);
  return Type.Unsafe<Type.Static<T> | null>({
    ...schema,
    type: [type ?? 'string', 'null'],
    ...(words === undefined ? {} : { enum: [...words, null] }),
  });
}

type ReadSchema = {
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
};

function readSchema(schema: TSchema): ReadSchema {
  return schema;
}

function propertiesOf(schema: TSchema): Readonly<Record<string, TSchema>> | undefined {
  const properties: unknown = Reflect.get(schema, 'properties');
  return isSchemaMap(properties) ? properties : undefined;
}

function isSchemaMap(value: unknown): value is Readonly<Record<string, TSchema>> {
  return isPlainObject(value);
}

function requiredOf(schema: TSchema): readonly string[] {
  return readSchema(schema).required ?? [];
}

function isNullable(schema: TSchema): boolean {
  const { type } = readSchema(schema);
  return type === 'null' || (Array.isArray(type) && type.includes('null'));
}
