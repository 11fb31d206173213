import type { Static, TSchema } from 'typebox';
import { type FieldError, problem } from '../../services/routing/errors.ts';
import { toFieldErrors } from '../../services/routing/field-errors.ts';
import { compileValidator } from '../../services/routing/schema-compilers.ts';

/** The value, or a thrown `body.invalid` with all issues: for what a patch was merged into. */
export type Parser<T extends TSchema> = (value: unknown) => Static<T>;

export function buildParser<T extends TSchema>(schema: T): Parser<T> {
  // When it is used first: compiling all of them takes as long as a start takes for a store.
  let compiled: ReturnType<typeof compileValidator<Static<T>>> | undefined;
  return (value) => {
    compiled ??= compileValidator<Static<T>>(schema);
    const fits = compiled;
    if (fits(value)) return value;
    throw problem('body.invalid', { errors: toFieldErrors(fits.errors ?? []) });
  };
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
