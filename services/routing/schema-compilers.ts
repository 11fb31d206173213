import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import fastJson, { type Schema } from 'fast-json-stringify';

/**
 * How schemas are compiled: with the libraries that Fastify has for it, but in one place for every scope, for several
 * apps in a process and for what patches were merged into.
 */
export type SchemaCompilers = {
  readonly validator: (route: Route) => Validate;
  readonly serializer: (route: Route) => Serialize;
};

/** What Fastify hands over has a member `schema`; its types do not agree on the rest. */
export type Route = object | boolean;
export type Serialize = (value: unknown) => string;
export type Validate = { (value: unknown): boolean; errors?: ErrorObject[] | null };

type Compilers = SchemaCompilers & { readonly validator: (route: Route) => ValidateFunction };

export type CompilerOptions = {
  /** Schemas that others refer to, by their `$id`. */
  readonly shared: Readonly<Record<string, Schema>>;
  /** Compares them with the schema of schemas first. To compile that one is some per cent of a start: for tests. */
  readonly checksSchemas?: boolean;
};

export function buildCompilers({ shared, checksSchemas = false }: CompilerOptions): Compilers {
  const own = checksSchemas ? buildAjv({ validateSchema: true }) : ajv;
  const serializers = new WeakMap<object, Serialize>();
  return {
    // Ajv knows a schema again by itself.
    validator: (route) => own.compile(schemaOf(route)),
    serializer: (route) => {
      const schema = schemaOf(route);
      const compiled = serializers.get(schema) ?? fastJson(schema, { schema: { ...shared } });
      serializers.set(schema, compiled);
      return compiled;
    },
  };
}

/** With the rules of bodies: tells all that is wrong, converts nothing. */
export function compileValidator<T>(schema: object): ValidateFunction<T> {
  return ajv.compile<T>(schema);
}

const ajv = buildAjv({ validateSchema: false });

function buildAjv(options: { readonly validateSchema: boolean }): Ajv {
  const made = new Ajv({ allErrors: true, useDefaults: true, ...options });
  addFormats.default(made);
  return made;
}

function schemaOf(route: Route): object & Schema {
  const schema: unknown = Reflect.get(Object(route), 'schema');
  if (!isSchema(schema)) throw new TypeError('a route without a schema has nothing to compile');
  return schema;
}

function isSchema(value: unknown): value is object & Schema {
  return typeof value === 'object' && value !== null;
}
