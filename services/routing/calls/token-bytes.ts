import { isPlusAndDigits } from '../domain/characters.ts';

/**
 * Writing and reading the bytes of a call token: whole numbers in as few bytes as they need, and texts of which
 * numbers in E.164 take half a byte a digit. A reader that runs past the end throws a RangeError.
 */

/** What can be sealed; a call that needs more is a broken assumption. */
const MAX_BYTES = 8192;

export type Writer = { readonly bytes: Buffer; length: number };
export type Reader = { readonly bytes: Buffer; at: number };

/** One for all tokens: each is written and sealed without a pause between, and memory of this size is never free. */
const scratch = Buffer.alloc(MAX_BYTES);

/** Ends the life of the writer before. */
export function createWriter(): Writer {
  return { bytes: scratch, length: 0 };
}

export function written(writer: Writer): Buffer {
  return writer.bytes.subarray(0, writer.length);
}

export function createReader(bytes: Buffer): Reader {
  return { bytes, at: 0 };
}

export function writeByte(writer: Writer, byte: number): void {
  if (writer.length >= MAX_BYTES) throw new RangeError('The call does not fit into a token');
  writer.bytes[writer.length] = byte;
  writer.length += 1;
}

export function isAtEnd(reader: Reader): boolean {
  return reader.at >= reader.bytes.length;
}

export function readByte(reader: Reader): number {
  const byte = reader.bytes.readUInt8(reader.at);
  reader.at += 1;
  return byte;
}

/** Seven bits a byte, the low ones first; up to 2^53. */
export function writeNumber(writer: Writer, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`No whole number: ${value}`);
  let rest = value;
  while (rest > 127) {
    writeByte(writer, (rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  writeByte(writer, rest);
}

export function readNumber(reader: Reader): number {
  let value = 0;
  for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
    const byte = readByte(reader);
    value += (byte % 128) * factor;
    if (byte < 128) return value;
  }
  throw new RangeError('A number without an end');
}

/** Lower-case hex digits, two a byte; here and not by the buffer's own method, which is a call out of JavaScript. */
export function writeHex(writer: Writer, hex: string): void {
  for (let at = 0; at + 1 < hex.length; at += 2) {
    writeByte(writer, nibble(hex.charCodeAt(at)) * 16 + nibble(hex.charCodeAt(at + 1)));
  }
}

/** The 32 digits of a UUID, around its hyphens. */
export function writeUuid(writer: Writer, uuid: string): void {
  for (let at = 0; at < 36; at += 2) {
    if (uuid.charCodeAt(at) === HYPHEN) at += 1;
    writeByte(writer, nibble(uuid.charCodeAt(at)) * 16 + nibble(uuid.charCodeAt(at + 1)));
  }
}

const HYPHEN = 45;

function nibble(code: number): number {
  return code > 57 ? code - 87 : code - 48;
}

export function readHex(reader: Reader, bytes: number): string {
  const end = reader.at + bytes;
  if (end > reader.bytes.length) throw new RangeError('The token ends too early');
  const hex = reader.bytes.toString('hex', reader.at, end);
  reader.at = end;
  return hex;
}

/** `+34911234567` takes 7 bytes, any other text its UTF-8 bytes; both one byte more for the length. */
export function writeText(writer: Writer, text: string): void {
  if (isPlusAndDigits(text, 1, 18)) {
    const digits = text.slice(1);
    writeNumber(writer, digits.length * 2 + 1);
    writeHex(writer, digits.length % 2 === 0 ? digits : `${digits}0`);
    return;
  }
  writeNumber(writer, Buffer.byteLength(text) * 2);
  writer.length += writer.bytes.write(text, writer.length, 'utf8');
}

export function readText(reader: Reader): string {
  const header = readNumber(reader);
  const length = Math.floor(header / 2);
  if (header % 2 === 1) return `+${readHex(reader, Math.ceil(length / 2)).slice(0, length)}`;
  const end = reader.at + length;
  if (end > reader.bytes.length) throw new RangeError('The token ends too early');
  const text = reader.bytes.toString('utf8', reader.at, end);
  reader.at = end;
  return text;
}
