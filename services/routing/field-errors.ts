import type { FieldError } from './errors.ts';
import { patternWords } from './pattern-words.ts';

/** What the schema validator reports, as far as it is used here (Ajv's ErrorObject). */
export type SchemaError = {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
};

/** More than this helps nobody, and a body of a thousand mistakes must not be answered with a thousand sentences. */
const most = 50;

/** One entry per field and reason, each with a sentence that says what to do. */
export function toFieldErrors(errors: readonly SchemaError[]): readonly FieldError[] {
  const found = new Map<string, FieldError>();
  for (const error of errors) {
    // The branches' own errors say more than "no branch fits".
    if (error.keyword === 'if') continue;
    const field = toFieldError(error);
    const key = `${field.pointer} ${field.code} ${field.message}`;
    if (!found.has(key)) found.set(key, field);
    if (found.size === most) break;
  }
  return [...found.values()];
}

function toFieldError(error: SchemaError): FieldError {
  const { instancePath: pointer, params } = error;
  const name = (text: unknown): string => `${pointer}/${escapePointer(String(text))}`;
  const limit = String(params.limit);
  switch (error.keyword) {
    case 'required':
      return { pointer: name(params.missingProperty), code: 'required', message: 'Add this property.' };
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const unknown = params.additionalProperty ?? params.unevaluatedProperty;
      return {
        pointer: name(unknown),
        code: 'unknown',
        message: 'Leave this out: no such property is known.',
      };
    }
    case 'type':
      return { pointer, code: 'type', message: `Send ${article(params.type)}.` };
    case 'enum':
      return { pointer, code: 'enum', message: `Use one of ${listOf(params.allowedValues)}.` };
    case 'const':
      return { pointer, code: 'enum', message: `Use ${JSON.stringify(params.allowedValue)}.` };
    case 'format':
      return { pointer, code: 'format', message: formatMessage(String(params.format)) };
    case 'pattern':
      return { pointer, code: 'format', message: patternMessage(String(params.pattern)) };
    case 'minLength':
      return { pointer, code: 'length', message: `Use at least ${limit} characters.` };
    case 'maxLength':
      return { pointer, code: 'length', message: `Use at most ${limit} characters.` };
    case 'minimum':
      return { pointer, code: 'range', message: `Use ${limit} or more.` };
    case 'maximum':
      return { pointer, code: 'range', message: `Use ${limit} or less.` };
    case 'minItems':
      return { pointer, code: 'length', message: `Send at least ${entries(params.limit)}.` };
    case 'maxItems':
      return { pointer, code: 'length', message: `Send at most ${entries(params.limit)}.` };
    case 'uniqueItems':
      return { pointer, code: 'duplicate', message: 'Send every entry once.' };
    case 'minProperties':
      return { pointer, code: 'required', message: 'Send at least one property.' };
    case 'maxProperties':
      return {
        pointer,
        code: 'contradiction',
        message: limit === '1' ? 'Send only one of them.' : `Send at most ${limit} properties.`,
      };
    case 'anyOf':
    case 'oneOf':
      return { pointer, code: 'form', message: 'Use one of the forms that the OpenAPI document shows.' };
    default:
      return { pointer, code: error.keyword, message: `It ${error.message ?? 'does not fit'}.` };
  }
}

function entries(count: unknown): string {
  return count === 1 ? 'one entry' : `${String(count)} entries`;
}

function article(type: unknown): string {
  const types = Array.isArray(type) ? type : String(type).split(',');
  return types
    .map((name) => (name === 'null' ? 'null' : /^[aeio]/.test(String(name)) ? `an ${name}` : `a ${name}`))
    .join(' or ');
}

function listOf(values: unknown): string {
  return Array.isArray(values)
    ? values.map((value) => JSON.stringify(value)).join(', ')
    : 'the listed values';
}

const formats: Readonly<Record<string, string>> = {
  uuid: 'Use an id as the service gave it, such as 01932c07-8a2e-7c1b-9d3f-5a6b7c8d9e0f.',
  date: 'Use a date that exists, such as 2026-12-24.',
  'date-time': 'Use an instant such as 2026-12-24T17:00:00Z.',
  email: 'Use an e-mail address.',
};

function patternMessage(pattern: string): string {
  return patternWords.get(pattern) ?? `Use the form ${pattern}.`;
}

function formatMessage(format: string): string {
  return formats[format] ?? `Use the format ${format}.`;
}

function escapePointer(text: string): string {
  return text.replaceAll('~', '~0').replaceAll('/', '~1');
}
