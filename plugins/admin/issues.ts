import { type FieldError, problem } from '../../services/routing/errors.ts';

/** Everything that is wrong with a body or a query, found before anything is refused: a form shows all of it at once. */
export type Issues = {
  add(pointer: string, code: string, message: string): void;
  /** Throws `body.invalid` (422) or `query.invalid` (400) with all of them, if there are any. */
  refuse(): void;
};

export function buildIssues(code: 'body.invalid' | 'query.invalid' = 'body.invalid'): Issues {
  const errors: FieldError[] = [];
  return {
    add(pointer, reason, message) {
      errors.push({ pointer, code: reason, message });
    },
    refuse() {
      const first = errors[0];
      if (first !== undefined) {
        throw problem(code, { errors, detail: `${first.pointer || 'The body'}: ${first.message}` });
      }
    },
  };
}
