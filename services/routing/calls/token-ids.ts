import { isUuid } from '../domain/characters.ts';
import {
  type Reader,
  readHex,
  readNumber,
  readText,
  type Writer,
  writeHex,
  writeNumber,
  writeText,
} from './token-bytes.ts';
import { ID_BYTES, idTail, type TokenLookup } from './token-lookup.ts';

/**
 * Ids in the bytes of a call token. One that has been written already is a number of one byte; a new UUID is its last
 * six bytes; what is no UUID (a number that was re-entered) is its text.
 */
/** In the order in which they were written. A call has a dozen, which a map costs more to begin than to search. */
export type IdWriter = string[];
export type IdReader = { readonly lookup: TokenLookup; readonly seen: (string | undefined)[] };

const SHORT = 0;
const TEXT = 1;
const SEEN = 2;

export function createIdWriter(): IdWriter {
  return [];
}

export function createIdReader(lookup: TokenLookup): IdReader {
  return { lookup, seen: [] };
}

export function writeId(writer: Writer, ids: IdWriter, id: string): void {
  const place = ids.indexOf(id);
  if (place !== -1) {
    writeNumber(writer, place + SEEN);
    return;
  }
  ids.push(id);
  const short = isUuid(id);
  writeNumber(writer, short ? SHORT : TEXT);
  if (short) writeHex(writer, idTail(id));
  else writeText(writer, id);
}

/** Undefined: the directory has it no more. */
export function readId(reader: Reader, ids: IdReader): string | undefined {
  const tag = readNumber(reader);
  if (tag >= SEEN) return ids.seen[tag - SEEN];
  const id = tag === TEXT ? readText(reader) : ids.lookup.findId(readHex(reader, ID_BYTES));
  ids.seen.push(id);
  return id;
}

/** A list of new UUIDs, as the members of a queue are at first, needs no byte for each. */
export function writeIds(writer: Writer, ids: IdWriter, list: readonly string[]): void {
  const fresh = list.every((id, at) => !ids.includes(id) && isUuid(id) && list.indexOf(id) === at);
  writeNumber(writer, list.length * 2 + (fresh ? 1 : 0));
  for (const id of list) {
    if (!fresh) {
      writeId(writer, ids, id);
      continue;
    }
    ids.push(id);
    writeHex(writer, idTail(id));
  }
}

/** In their order; undefined: the directory has it no more. */
export function readIds(reader: Reader, ids: IdReader): readonly (string | undefined)[] {
  const header = readNumber(reader);
  const list: (string | undefined)[] = [];
  for (let at = 0; at < Math.floor(header / 2); at += 1) {
    list.push(header % 2 === 1 ? readShortId(reader, ids) : readId(reader, ids));
  }
  return list;
}

function readShortId(reader: Reader, ids: IdReader): string | undefined {
  const id = ids.lookup.findId(readHex(reader, ID_BYTES));
  ids.seen.push(id);
  return id;
}
