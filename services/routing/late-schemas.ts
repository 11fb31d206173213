import type { SchemaCompilers, Serialize, Validate } from './schema-compilers.ts';

/**
 * Compiles a schema when it is used for the first time, some milliseconds each: all those of the administration
 * together would take most of the start. The compilers themselves know a schema again that several routes have.
 */
export function whenUsed({ validator, serializer }: SchemaCompilers): SchemaCompilers {
  return {
    validator: (route) => {
      let compiled: Validate | undefined;
      const late: Validate = (value) => {
        compiled ??= validator(route);
        const fits = compiled(value);
        late.errors = compiled.errors ?? null;
        return fits;
      };
      return late;
    },
    serializer: (route) => {
      let compiled: Serialize | undefined;
      return (value) => {
        compiled ??= serializer(route);
        return compiled(value);
      };
    },
  };
}
