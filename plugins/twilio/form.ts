/**
 * Twilio's form, any of them (quick-form.ts reads the usual ones): decoded, brought into the order of the signature, and
 * the fields that are used kept apart. Names that nobody reads are signed all the same.
 */
export type Form = {
  /** The fields that some route reads; the first value of each. */
  readonly fields: Fields;
  /** The same by their place in `readFields`. */
  readonly values: readonly (string | undefined)[];
  /** Names that came more than once. */
  readonly repeated: ReadonlySet<string>;
  /** Every name, sorted. Asked for in the rarest of cases. */
  readonly names: () => readonly string[];
  /** What Twilio signs behind the URL: names and values in the order of the names. */
  readonly signed: string;
};

export const MAX_FORM_BYTES = 16 * 1024;
export const MAX_FORM_KEYS = 64;

/** Every parameter that some route reads. */
export const readFields = [
  'AccountSid',
  'ApiVersion',
  'CallDuration',
  'CallSid',
  'CallStatus',
  'Called',
  'Caller',
  'DialBridged',
  'DialCallDuration',
  'DialCallStatus',
  'Digits',
  'Direction',
  'From',
  'ParentCallSid',
  'QueueResult',
  'QueueSid',
  'QueueTime',
  'RecordingDuration',
  'RecordingSid',
  'RecordingStatus',
  'RecordingUrl',
  'Timestamp',
  'To',
] as const;

export type FieldName = (typeof readFields)[number];
export type Fields = { readonly [name in FieldName]: string | undefined };

/** Places in `readFields` by the length of the name: a name of the form is compared with three at most, and never hashed. */
export const placesByLength: readonly (readonly number[])[] = Array.from({ length: 18 }, (_, length) =>
  readFields.flatMap((name, place) => (name.length === length ? [place] : [])),
);
const NONE: ReadonlySet<string> = new Set();
const NO_PLACES: readonly number[] = [];

/** Undefined: more than 64 parameters, or an escape that is none. The caller limits the bytes. */
export function parseForm(body: string): Form | undefined {
  const names: string[] = [];
  const values: string[] = [];
  let isSorted = true;
  // Where the next percent and the next plus are: most names and values have neither, and are not searched for them.
  let percent = positionOf(body, '%', 0);
  let plus = positionOf(body, '+', 0);
  for (let start = 0; start < body.length; ) {
    const end = positionOf(body, '&', start);
    if (end > start) {
      if (names.length === MAX_FORM_KEYS) return undefined;
      if (percent < start) percent = positionOf(body, '%', start);
      if (plus < start) plus = positionOf(body, '+', start);
      const split = Math.min(positionOf(body, '=', start), end);
      let name: string | undefined = body.slice(start, split);
      let value: string | undefined = body.slice(Math.min(split + 1, end), end);
      if (percent < end || plus < end) {
        name = decode(name);
        value = decode(value);
        if (name === undefined || value === undefined) return undefined;
      }
      isSorted &&= names.length === 0 || (names[names.length - 1] ?? '') < name;
      names.push(name);
      values.push(value);
    }
    start = end + 1;
  }
  return isSorted ? toForm(names, values, NONE) : sortedForm(names, values);
}

/** The end of the text where there is none. */
function positionOf(text: string, character: string, from: number): number {
  const at = text.indexOf(character, from);
  return at === -1 ? text.length : at;
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text.includes('+') ? text.replaceAll('+', ' ') : text;
  // Numbers, the one escape of most requests.
  if (text.startsWith('%2B') && /^[0-9]*$/.test(text.slice(3))) return `+${text.slice(3)}`;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // Twilio sends no broken escape, and one would be read in one way by the signer and in another by us.
    return undefined;
  }
}

/** By name, then value; a repeated name is signed with its unique values. */
function sortedForm(names: readonly string[], values: readonly string[]): Form {
  const pairs = names.map((name, at) => [name, values[at] ?? ''] as const);
  pairs.sort((one, other) => compare(one[0], other[0]) || compare(one[1], other[1]));
  const repeated = new Set<string>();
  const unique = pairs.filter(([name, value], at) => {
    const before = pairs[at - 1];
    if (before?.[0] !== name) return true;
    repeated.add(name);
    return before[1] !== value;
  });
  return toForm(
    unique.map(([name]) => name),
    unique.map(([, value]) => value),
    repeated,
  );
}

/** By code units, as Twilio sorts. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** @param names sorted; those of `repeated` may stand there several times */
function toForm(names: readonly string[], texts: readonly string[], repeated: ReadonlySet<string>): Form {
  const values: (string | undefined)[] = readFields.map(() => undefined);
  let signed = '';
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at] ?? '';
    const text = texts[at] ?? '';
    signed += name + text;
    const place = placeOf(name);
    if (place !== -1) values[place] ??= text;
  }
  return { fields: toFields(values), values, repeated, names: () => names, signed };
}

function placeOf(name: string): number {
  const places = placesByLength[name.length] ?? NO_PLACES;
  for (const place of places) if (readFields[place] === name) return place;
  return -1;
}

/** One literal with all of them: objects of one shape are made and read many times faster. */
export function toFields(values: readonly (string | undefined)[]): Fields {
  return {
    AccountSid: values[0],
    ApiVersion: values[1],
    CallDuration: values[2],
    CallSid: values[3],
    CallStatus: values[4],
    Called: values[5],
    Caller: values[6],
    DialBridged: values[7],
    DialCallDuration: values[8],
    DialCallStatus: values[9],
    Digits: values[10],
    Direction: values[11],
    From: values[12],
    ParentCallSid: values[13],
    QueueResult: values[14],
    QueueSid: values[15],
    QueueTime: values[16],
    RecordingDuration: values[17],
    RecordingSid: values[18],
    RecordingStatus: values[19],
    RecordingUrl: values[20],
    Timestamp: values[21],
    To: values[22],
  };
}
