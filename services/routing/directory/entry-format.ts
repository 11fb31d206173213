import { createHmac, timingSafeEqual } from 'node:crypto';
import type { DirectoryData } from '../domain/directory-data.ts';

/**
 * How a directory lies in Redis and on disk: one line of JSON that says what it is, then the data. The line carries
 * the format, the organization, the version and a seal (HMAC-SHA-256) over all of that and the data, so that an entry
 * that was cut off, mixed up, written by another release or by somebody else is never used.
 */
export type Seal = {
  /** The first one seals, all of them are accepted: LINEFINDER_SECRET_KEY, `new,old` during rotation. */
  readonly keys: readonly string[];
};

type Head = {
  readonly format: number;
  readonly organizationId: string;
  readonly version: number;
  readonly seal: string;
};

const format = 1;

export function encodeEntry(data: DirectoryData, seal: Seal): string {
  const sealing = startSeal(data, seal);
  const pieces = [...bodyPieces(data)];
  for (const piece of pieces) sealing.update(piece);
  return `${sealing.head()}${pieces.join('')}`;
}

/** Rows of a list in one piece: some 100 kB. */
const rowsOfPiece = 200;

/** `JSON.stringify(data)` in pieces, because that of 100,000 users stops everything for half a second. */
export function* bodyPieces(data: DirectoryData): Generator<string, void> {
  let opening = '{';
  for (const [name, value] of Object.entries(data)) {
    yield `${opening}${JSON.stringify(name)}:`;
    if (Array.isArray(value)) yield* listPieces(value);
    else yield JSON.stringify(value);
    opening = ',';
  }
  yield '}';
}

function* listPieces(list: readonly unknown[]): Generator<string, void> {
  yield '[';
  for (let from = 0; from < list.length; from += rowsOfPiece) {
    const piece = JSON.stringify(list.slice(from, from + rowsOfPiece)).slice(1, -1);
    yield from === 0 ? piece : `,${piece}`;
  }
  yield ']';
}

/** A seal that is made while the body goes past. */
export type Sealing = {
  /** What stands in the place of the first line until the seal is known: as long, and no seal. */
  readonly placeholder: string;
  update(piece: string): void;
  /** The first line, once everything went past. */
  head(): string;
};

/** 256 bits in base64url. */
const sealLength = 43;

export function startSeal(data: DirectoryData, seal: Seal): Sealing {
  const [key = ''] = seal.keys;
  const { version } = data;
  const organizationId = data.organization.id;
  const hmac = openSeal(key, organizationId, version);
  const line = (sealed: string): string => {
    const head: Head = { format, organizationId, version, seal: sealed };
    return `${JSON.stringify(head)}\n`;
  };
  return {
    placeholder: line('-'.repeat(sealLength)),
    update: (piece) => void hmac.update(piece),
    head: () => line(hmac.digest('base64url')),
  };
}

/** The data, if this is an entry of this organization that we sealed; else undefined. Never throws. */
export function decodeEntry(text: string, organizationId: string, seal: Seal): DirectoryData | undefined {
  const end = text.indexOf('\n');
  const head = end < 0 ? undefined : parseHead(text.slice(0, end));
  if (head === undefined || head.format !== format || head.organizationId !== organizationId) {
    return undefined;
  }
  const body = text.slice(end + 1);
  const sealed = seal.keys.some((key) => isSame(head.seal, sign(key, organizationId, head.version, body)));
  // What we sealed has the shape that we gave it: the format says which.
  return sealed ? parseBody(body, head) : undefined;
}

/** Is the entry one that we sealed? Read a piece at a time, and nothing of it is parsed but the first line. */
export async function isSealed(
  pieces: AsyncIterable<Buffer>,
  organizationId: string,
  seal: Seal,
): Promise<boolean> {
  let begun = Buffer.alloc(0);
  let head: Head | undefined;
  let seals: readonly ReturnType<typeof openSeal>[] = [];
  for await (const piece of pieces) {
    if (head !== undefined) {
      for (const one of seals) one.update(piece);
      continue;
    }
    begun = Buffer.concat([begun, piece]);
    const end = begun.indexOf('\n');
    if (end < 0 && begun.length < longestHead) continue;
    const read = end < 0 ? undefined : parseHead(begun.subarray(0, end).toString());
    if (read?.format !== format || read.organizationId !== organizationId) return false;
    head = read;
    seals = seal.keys.map((key) =>
      openSeal(key, organizationId, read.version).update(begun.subarray(end + 1)),
    );
  }
  const made = head?.seal;
  return made !== undefined && seals.some((one) => isSame(made, one.digest('base64url')));
}

/** Bytes in which the first line ends. */
export const longestHead = 1_024;

/** The version that an entry claims to have, without reading the rest; undefined: it is none. */
export function versionOfEntry(text: string): number | undefined {
  const end = text.indexOf('\n');
  const head = end < 0 ? undefined : parseHead(text.slice(0, end));
  return head?.format === format ? head.version : undefined;
}

function sign(key: string, organizationId: string, version: number, body: string): string {
  return openSeal(key, organizationId, version).update(body).digest('base64url');
}

function openSeal(key: string, organizationId: string, version: number) {
  return createHmac('sha256', `directory:${key}`).update(`${format}\n${organizationId}\n${version}\n`);
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function parseHead(line: string): Head | undefined {
  const head = parseJson(line);
  if (typeof head !== 'object' || head === null) return undefined;
  if (!('format' in head && 'organizationId' in head && 'version' in head && 'seal' in head))
    return undefined;
  const { format: form, organizationId, version, seal } = head;
  if (typeof form !== 'number' || typeof organizationId !== 'string') return undefined;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || typeof seal !== 'string')
    return undefined;
  return { format: form, organizationId, version, seal };
}

function parseBody(body: string, head: Head): DirectoryData | undefined {
  const data = parseJson(body);
  if (!isDirectoryData(data)) return undefined;
  return data.version === head.version && data.organization.id === head.organizationId ? data : undefined;
}

function isDirectoryData(data: unknown): data is DirectoryData {
  if (typeof data !== 'object' || data === null) return false;
  if (!('format' in data) || data.format !== format || !('organization' in data)) return false;
  const lists: Readonly<Record<string, unknown>> = { ...data };
  return ['users', 'queues', 'numbers', 'leads', 'apiKeys', 'carrierAccounts'].every((name) =>
    Array.isArray(lists[name]),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
