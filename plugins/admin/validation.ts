import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { type FieldError, problem } from '../../services/routing/errors.ts';
import { type SchemaError, toFieldErrors } from '../../services/routing/field-errors.ts';

/** The value, or a thrown `body.invalid` with all issues: for what a patch was merged into. */
export type Parser<T extends TSchema> = (value: unknown) => Static<T>;

export function buildParser<T extends TSchema>(schema: T): Parser<T> {
  // When it is used first: compiling all of them takes as long as a start takes for a store.
  let compiled: ReturnType<typeof Compile<T>> | undefined;
  return (value) => {
    compiled ??= Compile(schema);
    const validator = compiled;
    if (validator.Check(value)) return value;
    const errors = validator.Errors(value).flatMap(toSchemaErrors);
    throw problem('body.invalid', { errors: toFieldErrors(errors) });
  };
}

type LocalError = {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
};

/** TypeBox reports all names of one object at once, the route validator one by one. */
function toSchemaErrors(error: LocalError): readonly SchemaError[] {
  const { keyword, instancePath, message } = error;
  const each = (list: unknown, name: string): readonly SchemaError[] =>
    (Array.isArray(list) ? list : []).map((item) => ({
      instancePath,
      keyword,
      message,
      params: { [name]: item },
    }));
  if (keyword === 'boolean') return [];
  if (keyword === 'required') return each(Reflect.get(error.params, 'requiredProperties'), 'missingProperty');
  if (keyword === 'additionalProperties') {
    return each(Reflect.get(error.params, 'additionalProperties'), 'additionalProperty');
  }
  return [{ instancePath, keyword, message, params: { ...error.params } }];
}

/** Refuses text that Postgres cannot keep: NUL, and half of a surrogate pair. */
export function checkText(value: unknown, code: 'body.invalid' | 'query.invalid'): void {
  const errors = textErrors(value, '');
  if (errors.length > 0) throw problem(code, { errors });
}

function textErrors(value: unknown, pointer: string): readonly FieldError[] {
  if (typeof value === 'string') {
    if (!value.includes('\u0000') && value.isWellFormed()) return [];
    return [{ pointer, code: 'text', message: 'Leave out NUL characters and halves of surrogate pairs.' }];
  }
  // A sound has no text in it, and five million entries.
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    textErrors(item, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}
