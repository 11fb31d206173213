import type { Caller, Dialled } from '../domain/call.ts';
import { isMadeOf, isUuid, LOWER_HEX } from '../domain/characters.ts';
import type { Directory } from '../domain/directory.ts';
import type { PendingCall } from '../domain/pending-call.ts';
import type { SecretBox } from './secret-box.ts';
import {
  createReader,
  createWriter,
  isAtEnd,
  type Reader,
  readByte,
  readHex,
  readNumber,
  readText,
  type Writer,
  writeByte,
  writeHex,
  writeNumber,
  writeText,
  writeUuid,
  written,
} from './token-bytes.ts';
import {
  createIdReader,
  createIdWriter,
  type IdReader,
  type IdWriter,
  readId,
  readIds,
  writeId,
  writeIds,
} from './token-ids.ts';
import { tokenLookupOf } from './token-lookup.ts';
import {
  readStepId,
  readSteps,
  readTurnedAway,
  writeStepId,
  writeSteps,
  writeTurnedAway,
} from './token-steps.ts';

/**
 * A call between two steps, encrypted and signed, as a text for a callback URL. It holds ids and places; names,
 * addresses and texts are looked up in the directory again. Any process that has the key and a directory goes on with
 * the call. The same content gives the same token.
 *
 * Guarantee: at most 1,500 characters for every decision of 12 steps (the test of that name draws the worst ones).
 */
export const MAX_TOKEN_LENGTH = 1500;

/** A talk may last hours, and a recording comes after it. */
export const TOKEN_LIFE_MS = 24 * 60 * 60 * 1000;

export type TokenFailure = 'damaged' | 'expired' | 'unknown-organization';
export type DecodedToken =
  | { readonly ok: true; readonly pending: PendingCall }
  | { readonly ok: false; readonly failure: TokenFailure };

/** Raised when the layout changes: a token of another format is damaged, as far as this release can tell. */
const FORMAT = 1;
const OVERRIDE_AT_START = 1;
/** An address that is no number is kept for the log alone, so its end may go. */
const MAX_ADDRESS_BYTES = 48;

/** `expiresAt`: epoch ms, not before the call's start. */
export function encodeCallToken(box: SecretBox, pending: PendingCall, expiresAt: number): string {
  const writer = createWriter();
  const ids = createIdWriter();
  writeByte(writer, FORMAT);
  writeOrganization(writer, pending.organizationId);
  writeNumber(writer, pending.startedAt);
  writeNumber(writer, Math.floor((expiresAt - pending.startedAt) / 1000));
  writeCallId(writer, pending.callId);
  writeNumber(writer, pending.directoryVersion);
  writeCaller(writer, pending.from);
  writeDialled(writer, ids, pending.to);
  writeByte(writer, pending.overrideAtStart ? OVERRIDE_AT_START : 0);
  writeNumber(writer, pending.menuTries);
  writeNumber(writer, pending.lastStep);
  writeStepId(writer, pending.current);
  writeSteps(writer, ids, pending.steps);
  writeIds(writer, ids, pending.rung);
  // Seldom, and last: a release that does not know of it reads no further.
  if (pending.turnedAway !== undefined) writeTurnedAway(writer, ids, pending.turnedAway);
  return box.seal(written(writer));
}

/**
 * `directoryOf` is asked for the organization that the token names. The caller compares `callId` with the call that the
 * carrier speaks of.
 */
export function decodeCallToken(
  box: SecretBox,
  directoryOf: (organizationId: string) => Directory | undefined,
  token: string,
  now: number,
): DecodedToken {
  if (token.length > MAX_TOKEN_LENGTH || !/^[A-Za-z0-9_-]+$/.test(token)) return failed('damaged');
  const bytes = box.open(token);
  if (bytes === undefined) return failed('damaged');
  const reader = createReader(bytes);
  try {
    if (readByte(reader) !== FORMAT) return failed('damaged');
    const organizationId = readOrganization(reader);
    const startedAt = readNumber(reader);
    if (now >= startedAt + readNumber(reader) * 1000) return failed('expired');
    const directory = directoryOf(organizationId);
    if (directory === undefined) return failed('unknown-organization');
    return { ok: true, pending: readPending(reader, directory, organizationId, startedAt) };
  } catch (error) {
    // It was sealed by us, so this is another release's layout, not an attack.
    if (error instanceof RangeError) return failed('damaged');
    throw error;
  }
}

function failed(failure: TokenFailure): DecodedToken {
  return { ok: false, failure };
}

function readPending(
  reader: Reader,
  directory: Directory,
  organizationId: string,
  startedAt: number,
): PendingCall {
  const ids = createIdReader(tokenLookupOf(directory));
  const callId = readCallId(reader);
  const directoryVersion = readNumber(reader);
  const from = readCaller(reader);
  const to = readDialled(reader, ids);
  const flags = readByte(reader);
  const menuTries = readNumber(reader);
  const lastStep = readNumber(reader);
  const current = readStepId(reader);
  const steps = readSteps(reader, ids, { directory, instant: startedAt });
  const rung = readIds(reader, ids).filter((id) => id !== undefined);
  const turnedAway = isAtEnd(reader) ? [] : readTurnedAway(reader, ids);
  return {
    organizationId,
    callId,
    from,
    to,
    startedAt,
    directoryVersion,
    overrideAtStart: (flags & OVERRIDE_AT_START) !== 0,
    rung,
    menuTries,
    lastStep,
    current,
    steps,
    ...(turnedAway.length === 0 ? {} : { turnedAway }),
  };
}

function writeOrganization(writer: Writer, id: string): void {
  const short = isUuid(id);
  writeByte(writer, short ? 1 : 0);
  if (!short) return writeText(writer, id);
  writeUuid(writer, id);
}

function readOrganization(reader: Reader): string {
  if (readByte(reader) === 0) return readText(reader);
  const hex = readHex(reader, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function writeCallId(writer: Writer, callId: string): void {
  // As Twilio writes them.
  const short = callId.length === 34 && callId.startsWith('CA') && isMadeOf(callId, LOWER_HEX, 2);
  writeByte(writer, short ? 1 : 0);
  if (short) writeHex(writer, callId.slice(2));
  else writeText(writer, callId);
}

function readCallId(reader: Reader): string {
  return readByte(reader) === 0 ? readText(reader) : `CA${readHex(reader, 16)}`;
}

const callerKinds = ['number', 'anonymous', 'extension', 'short', 'address'] as const;

function writeCaller(writer: Writer, from: Caller): void {
  writeByte(writer, callerKinds.indexOf(from.kind));
  if (from.kind === 'extension') writeText(writer, from.extension);
  else if (from.kind === 'address') writeText(writer, shortened(from.address));
  else if (from.kind !== 'anonymous') writeText(writer, from.number);
}

function readCaller(reader: Reader): Caller {
  const kind = callerKinds[readByte(reader)];
  switch (kind) {
    case 'number':
    case 'short':
      return { kind, number: readText(reader) };
    case 'extension':
      return { kind, extension: readText(reader) };
    case 'address':
      return { kind, address: readText(reader) };
    default:
      return { kind: 'anonymous' };
  }
}

const dialledKinds = ['number', 'extension', 'unparsable', 'user', 'queue'] as const;

function writeDialled(writer: Writer, ids: IdWriter, to: Dialled): void {
  writeByte(writer, dialledKinds.indexOf(to.kind));
  if (to.kind === 'number') writeText(writer, to.number);
  else if (to.kind === 'extension') writeText(writer, to.extension);
  else if (to.kind === 'unparsable') writeText(writer, shortened(to.raw));
  else writeId(writer, ids, to.id);
}

function readDialled(reader: Reader, ids: IdReader): Dialled {
  const kind = dialledKinds[readByte(reader)];
  switch (kind) {
    case 'number':
      return { kind, number: readText(reader) };
    case 'extension':
      return { kind, extension: readText(reader) };
    case 'user':
    case 'queue':
      return { kind, id: readId(reader, ids) ?? '' };
    default:
      return { kind: 'unparsable', raw: readText(reader) };
  }
}

/** The longest beginning that fits, without half a character at its end. */
function shortened(text: string): string {
  if (Buffer.byteLength(text) <= MAX_ADDRESS_BYTES) return text;
  let end = Math.min(text.length, MAX_ADDRESS_BYTES);
  while (
    Buffer.byteLength(text.slice(0, end)) > MAX_ADDRESS_BYTES ||
    /[\uD800-\uDBFF]$/.test(text.slice(0, end))
  ) {
    end -= 1;
  }
  return text.slice(0, end);
}

/** Tokens of one box that live as long as a token may: what a carrier's scope is given. */
export function buildCallTokens(box: SecretBox) {
  return {
    encode: (pending: PendingCall): string =>
      encodeCallToken(box, pending, pending.startedAt + TOKEN_LIFE_MS),
    decode: (
      directoryOf: (organizationId: string) => Directory | undefined,
      token: string,
      now: number,
    ): DecodedToken => decodeCallToken(box, directoryOf, token, now),
  };
}
