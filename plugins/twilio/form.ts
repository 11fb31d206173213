/**
 * Twilio's form, read in one pass: decoded, brought into the order of the signature, and the fields that are used kept
 * apart. Names that nobody reads are signed all the same.
 */
export type Form = {
  /** The fields of `readFields` that came once or more; the first value of each. Without a prototype. */
  readonly fields: Fields;
  /** Names that came more than once. */
  readonly repeated: ReadonlySet<string>;
  /** Every name, sorted. */
  readonly names: readonly string[];
  /** What Twilio signs behind the URL: names and values in the order of the names. */
  readonly signed: string;
};

export const MAX_FORM_BYTES = 16 * 1024;
export const MAX_FORM_KEYS = 64;

/** Every parameter that some route reads. */
const readFields = [
  'AccountSid',
  'ApiVersion',
  'CallDuration',
  'CallSid',
  'CallStatus',
  'Called',
  'Caller',
  'DialBridged',
  'DialCallStatus',
  'Digits',
  'Direction',
  'From',
  'ParentCallSid',
  'QueueResult',
  'QueueTime',
  'RecordingDuration',
  'RecordingSid',
  'RecordingStatus',
  'RecordingUrl',
  'To',
] as const;

export type FieldName = (typeof readFields)[number];
export type Fields = { readonly [name in FieldName]?: string };

const isRead: ReadonlySet<string> = new Set(readFields);
const NONE: ReadonlySet<string> = new Set();

/** Undefined: more than 64 parameters, or an escape that is none. The caller limits the bytes. */
export function parseForm(body: string): Form | undefined {
  const pairs: (readonly [name: string, value: string])[] = [];
  for (let start = 0; start < body.length; ) {
    const next = body.indexOf('&', start);
    const end = next === -1 ? body.length : next;
    if (end > start) {
      if (pairs.length === MAX_FORM_KEYS) return undefined;
      const equals = body.indexOf('=', start);
      const split = equals === -1 || equals > end ? end : equals;
      const name = decode(body.slice(start, split));
      const value = decode(body.slice(Math.min(split + 1, end), end));
      if (name === undefined || value === undefined) return undefined;
      insertSorted(pairs, [name, value]);
    }
    start = end + 1;
  }
  return toForm(pairs);
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text.includes('+') ? text.replaceAll('+', ' ') : text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // Twilio sends no broken escape, and one would be read in one way by the signer and in another by us.
    return undefined;
  }
}

/** By name, then value. Twilio sends the names nearly in order, so this rarely moves anything. */
function insertSorted(pairs: (readonly [string, string])[], pair: readonly [string, string]): void {
  let at = pairs.length;
  for (; at > 0; at -= 1) {
    const before = pairs[at - 1];
    if (before === undefined || before[0] < pair[0]) break;
    if (before[0] === pair[0] && before[1] <= pair[1]) break;
  }
  if (at === pairs.length) pairs.push(pair);
  else pairs.splice(at, 0, pair);
}

function toForm(pairs: readonly (readonly [string, string])[]): Form {
  const fields: { [name in FieldName]?: string } = Object.create(null);
  const names: string[] = [];
  let repeated = NONE;
  let signed = '';
  let before: readonly [string, string] | undefined;
  for (const pair of pairs) {
    const [name, value] = pair;
    const again = before !== undefined && before[0] === name;
    if (again) repeated = new Set(repeated).add(name);
    // A repeated name is signed with its unique values.
    if (!again || before?.[1] !== value) signed += name + value;
    if (!again) {
      names.push(name);
      if (isField(name)) fields[name] = value;
    }
    before = pair;
  }
  return { fields, repeated, names, signed };
}

function isField(name: string): name is FieldName {
  return isRead.has(name);
}
