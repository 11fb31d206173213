import { type FieldError, problem } from '../../services/routing/errors.ts';

/** Everything that is wrong with a body, found before anything is refused: a form shows all of it at once. */
export type Issues = {
  add(pointer: string, code: string, message: string): void;
  /** Throws `body.invalid` with all of them, if there are any. */
  refuse(): void;
};

export function buildIssues(): Issues {
  const errors: FieldError[] = [];
  return {
    add(pointer, code, message) {
      errors.push({ pointer, code, message });
    },
    refuse() {
      const first = errors[0];
      if (first !== undefined) {
        throw problem('body.invalid', { errors, detail: `${first.pointer || 'The body'}: ${first.message}` });
      }
    },
  };
}
