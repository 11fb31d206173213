import {
  type Form,
  MAX_FORM_BYTES,
  MAX_FORM_KEYS,
  parseForm,
  placesByLength,
  readFields,
  toFields,
} from './form.ts';

/**
 * The quick way for the form that Twilio nearly always sends: ASCII, names in order, none twice. It is decoded byte by
 * byte into the memory in which it is signed, so what is signed is never put together as a text. Every other form is
 * left to `parseForm`; a property test holds one against the other.
 */
export type QuickForm = {
  /** Undefined: this form wants the thorough way. */
  read(body: Buffer, rawUrl: string): Form | undefined;
  /** Behind `room` bytes: address, URL and parameters of the request that was read last, until the next is read. */
  signed(): Buffer;
};

/** A call token has 1,500 characters at most. */
const MAX_URL = 4096;
const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;
const NONE: ReadonlySet<string> = new Set();

/** The value of a hex digit; -1: it is none, and what it is made a part of is negative. */
const nibbles = new Int8Array(256).fill(-1);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  nibbles[digit.charCodeAt(0)] = value;
  nibbles[digit.toUpperCase().charCodeAt(0)] = value;
}

const NO_PLACES: readonly number[] = [];
const NO_VALUES: readonly (string | undefined)[] = readFields.map(() => undefined);
const namesOfFields = readFields.map((name) => Buffer.from(name, 'latin1'));

/** @param address what stands before the URL of a request in its signature; @param room bytes that are left free */
export function buildQuickForm(address: string, room: number): QuickForm {
  const memory = Buffer.alloc(room + 3 * (address.length + MAX_URL) + MAX_FORM_BYTES);
  const marks: Marks = { names: new Uint32Array(MAX_FORM_KEYS + 1), values: new Uint32Array(MAX_FORM_KEYS) };
  let urlInMemory: string | undefined;
  let start = room;
  let end = room;
  return {
    read(body, rawUrl) {
      if (body.length > MAX_FORM_BYTES || rawUrl.length > MAX_URL) return undefined;
      if (rawUrl !== urlInMemory) {
        start = room + memory.write(address + rawUrl, room, 'utf8');
        urlInMemory = rawUrl;
      }
      const pairs = decode(body, memory, start, marks);
      if (pairs === -1 || !isSorted(memory, marks, pairs)) return undefined;
      end = marks.names[pairs] ?? start;
      const signed = memory.toString('latin1', start, end);
      const values = valuesOf(signed, memory, start, marks, pairs);
      const names = () => parseForm(body.toString('latin1'))?.names() ?? [];
      return { fields: toFields(values), values, repeated: NONE, names, signed };
    },
    signed: () => memory.subarray(0, end),
  };
}

/** Places in memory: of each name and its value, and in `names` of the end behind the last. */
type Marks = { readonly names: Uint32Array; readonly values: Uint32Array };

/** Names and values one behind the other, without the marks between them. How many pairs; -1: not for this way. */
function decode(body: Buffer, into: Buffer, from: number, { names, values }: Marks): number {
  let pairs = 0;
  let end = from;
  let inValue = false;
  names[0] = from;
  for (let at = 0; at <= body.length; at += 1) {
    let byte = at < body.length ? (body[at] ?? 0) : AMPERSAND;
    if (byte === AMPERSAND) {
      if (!inValue && end === names[pairs]) continue;
      if (pairs === MAX_FORM_KEYS) return -1;
      if (!inValue) values[pairs] = end;
      inValue = false;
      pairs += 1;
      names[pairs] = end;
      continue;
    }
    if (byte === EQUALS && !inValue) {
      if (pairs < MAX_FORM_KEYS) values[pairs] = end;
      inValue = true;
      continue;
    }
    if (byte === PLUS) byte = SPACE;
    else if (byte === PERCENT) {
      byte = ((nibbles[body[at + 1] ?? 0] ?? -1) << 4) | (nibbles[body[at + 2] ?? 0] ?? -1);
      at += 2;
    }
    if (byte < 0 || byte > 127) return -1;
    into[end] = byte;
    end += 1;
  }
  return pairs;
}

/** Each name behind the one before it, by code units; the same one twice is not. */
function isSorted(memory: Buffer, { names, values }: Marks, pairs: number): boolean {
  for (let pair = 1; pair < pairs; pair += 1) {
    let one = names[pair - 1] ?? 0;
    let other = names[pair] ?? 0;
    const [endOfOne, endOfOther] = [values[pair - 1] ?? 0, values[pair] ?? 0];
    while (one < endOfOne && other < endOfOther && memory[one] === memory[other]) {
      one += 1;
      other += 1;
    }
    if (other === endOfOther) return false;
    if (one < endOfOne && (memory[one] ?? 0) > (memory[other] ?? 0)) return false;
  }
  return true;
}

/** The values of the fields that some route reads, by their place. */
function valuesOf(
  signed: string,
  memory: Buffer,
  start: number,
  { names, values }: Marks,
  pairs: number,
): readonly (string | undefined)[] {
  const found = NO_VALUES.slice();
  for (let pair = 0; pair < pairs; pair += 1) {
    const value = values[pair] ?? 0;
    const place = placeIn(memory, names[pair] ?? 0, value);
    if (place !== -1) found[place] = signed.slice(value - start, (names[pair + 1] ?? 0) - start);
  }
  return found;
}

function placeIn(memory: Buffer, from: number, to: number): number {
  for (const place of placesByLength[to - from] ?? NO_PLACES) {
    const name = namesOfFields[place];
    let at = 0;
    while (name !== undefined && at < name.length && name[at] === memory[from + at]) at += 1;
    if (at === to - from) return place;
  }
  return -1;
}
