import type {
  TArray,
  TArrayOptions,
  TBoolean,
  TEnum,
  TEnumValue,
  TInteger,
  TLiteral,
  TLiteralValue,
  TNull,
  TNumber,
  TNumberOptions,
  TObject,
  TObjectOptions,
  TProperties,
  TSchema,
  TSchemaOptions,
  TString,
  TStringOptions,
  TUnion,
  TUnknown,
  TUnsafe,
  Type as TypeBox,
} from 'typebox';

/**
 * JSON Schema with the types of TypeBox: the few of its functions that are used here, which return plain objects.
 * To load all of it takes 370 files and a tenth of a start.
 */
export const Type = {
  Array: array,
  Boolean: boolean,
  Enum: oneOf,
  Integer: integer,
  Literal: literal,
  Null: nothing,
  Number: number,
  Object: object,
  Optional: optional,
  Record: record,
  String: string,
  Union: union,
  Unknown: unknown,
  Unsafe: unsafe,
};

/** As in TypeBox a copy of such a schema is no longer optional. */
const optionals = new WeakSet<object>();

function optional<T extends TSchema>(schema: T): ReturnType<typeof TypeBox.Optional<T>>;
function optional(schema: TSchema): TSchema {
  const copy = { ...schema };
  optionals.add(copy);
  return copy;
}

function object<T extends TProperties>(properties: T, options?: TObjectOptions): TObject<T>;
function object(properties: TProperties, options?: TObjectOptions): TSchema {
  const required = Object.keys(properties).filter((name) => !optionals.has(properties[name] ?? {}));
  return { type: 'object', ...(required.length > 0 ? { required } : {}), properties, ...options };
}

/** Members whose names a pattern fits, or any. */
function record<V extends TSchema>(
  name: TString,
  value: V,
  options?: TObjectOptions,
): ReturnType<typeof TypeBox.Record<TString, V>>;
function record(name: TString, value: TSchema, options?: TObjectOptions): TSchema {
  const pattern = String(Reflect.get(name, 'pattern') ?? '^.*$');
  return { type: 'object', patternProperties: { [pattern]: value }, ...options };
}

function array<T extends TSchema>(items: T, options?: TArrayOptions): TArray<T>;
function array(items: TSchema, options?: TArrayOptions): TSchema {
  return { type: 'array', items, ...options };
}

function union<T extends TSchema[]>(anyOf: [...T], options?: TSchemaOptions): TUnion<T>;
function union(anyOf: readonly TSchema[], options?: TSchemaOptions): TSchema {
  return { anyOf, ...options };
}

function oneOf<T extends TEnumValue[]>(values: readonly [...T], options?: TSchemaOptions): TEnum<T>;
function oneOf(values: readonly TEnumValue[], options?: TSchemaOptions): TSchema {
  return { enum: values, ...options };
}

function literal<T extends TLiteralValue>(value: T, options?: TSchemaOptions): TLiteral<T>;
function literal(value: TLiteralValue, options?: TSchemaOptions): TSchema {
  return { type: typeof value, const: value, ...options };
}

function unsafe<T>(schema: TSchema): TUnsafe<T>;
function unsafe(schema: TSchema): TSchema {
  return { ...schema };
}

function string(options?: TStringOptions): TString;
function string(options?: TStringOptions): TSchema {
  return { type: 'string', ...options };
}

function integer(options?: TNumberOptions): TInteger;
function integer(options?: TNumberOptions): TSchema {
  return { type: 'integer', ...options };
}

function number(options?: TNumberOptions): TNumber;
function number(options?: TNumberOptions): TSchema {
  return { type: 'number', ...options };
}

function boolean(options?: TSchemaOptions): TBoolean;
function boolean(options?: TSchemaOptions): TSchema {
  return { type: 'boolean', ...options };
}

function nothing(options?: TSchemaOptions): TNull;
function nothing(options?: TSchemaOptions): TSchema {
  return { type: 'null', ...options };
}

function unknown(options?: TSchemaOptions): TUnknown;
function unknown(options?: TSchemaOptions): TSchema {
  return { ...options };
}
