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
  const body = JSON.stringify(data);
  const { version } = data;
  const organizationId = data.organization.id;
  const [key = ''] = seal.keys;
  const head: Head = {
    format,
    organizationId,
    version,
    seal: sign(key, organizationId, version, body),
  };
  return `${JSON.stringify(head)}\n${body}`;
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

/** The version that an entry claims to have, without reading the rest; undefined: it is none. */
export function versionOfEntry(text: string): number | undefined {
  const end = text.indexOf('\n');
  const head = end < 0 ? undefined : parseHead(text.slice(0, end));
  return head?.format === format ? head.version : undefined;
}

function sign(key: string, organizationId: string, version: number, body: string): string {
  return createHmac('sha256', `directory:${key}`)
    .update(`${format}\n${organizationId}\n${version}\n`)
    .update(body)
    .digest('base64url');
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
