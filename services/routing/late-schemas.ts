import Fastify, { type FastifySchema, type FastifySchemaCompiler, type FastifyServerOptions } from 'fastify';
import type { FastifySerializerCompiler, FastifyValidationResult } from 'fastify/types/schema.js';

export type SchemaCompilers = {
  readonly validator: FastifySchemaCompiler<FastifySchema>;
  readonly serializer: FastifySerializerCompiler<FastifySchema>;
};

/**
 * Compiles a schema when it is used for the first time, some milliseconds each: all those of the administration
 * together would take most of the start. One that several routes have is compiled once.
 */
export function whenUsed({ validator, serializer }: SchemaCompilers): SchemaCompilers {
  const serializers = new WeakMap<object, (value: unknown) => string>();
  const serializerOf = (route: Parameters<typeof serializer>[0]): ((value: unknown) => string) => {
    const compiled = serializers.get(route.schema) ?? serializer(route);
    serializers.set(route.schema, compiled);
    return compiled;
  };
  return {
    validator: (route) => {
      let compiled: FastifyValidationResult | undefined;
      const late: FastifyValidationResult = (value: unknown) => {
        // Its own compiler knows a schema again by itself.
        compiled ??= validator(route);
        const result = compiled(value);
        late.errors = compiled.errors ?? null;
        return result;
      };
      return late;
    },
    serializer: (route) => {
      let compiled: ((value: unknown) => string) | undefined;
      return (value: unknown) => {
        compiled ??= serializerOf(route);
        return compiled(value);
      };
    },
  };
}

/**
 * Fastify's own, of an instance that has no other purpose: it makes them for its first route that has schemas.
 * `shared` are the schemas that others refer to by their `$id`.
 */
export async function findCompilers(
  ajv: NonNullable<FastifyServerOptions['ajv']>,
  shared: readonly object[],
): Promise<SchemaCompilers> {
  const workshop = Fastify({ ajv });
  for (const schema of shared) workshop.addSchema(schema);
  const schema = { params: { type: 'object' }, response: { 200: { type: 'string' } } };
  workshop.get('/', { schema }, () => '');
  await workshop.ready();
  const { validatorCompiler: validator, serializerCompiler: serializer } = workshop;
  await workshop.close();
  if (validator === undefined || serializer === undefined) throw new Error('Fastify made no compilers');
  return { validator, serializer };
}
