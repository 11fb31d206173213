import type { UserSettings } from './schema.ts';

/**
 * The columns of a file of users, in its order. Export writes them all; an import may leave some out, and what is left
 * out stays as it is. An empty cell takes a setting away where it can be taken away.
 */
export type Column = {
  readonly name: string;
  /** A cell as it is meant, without any protection. */
  readonly toCell: (row: ExportRow) => string;
  /** What an import sets. Left out: the column is read by itself, or shown only. */
  readonly field?: keyof UserSettings;
  /** Undefined: as it is; throws a sentence that says what to write instead. */
  readonly parse?: (cell: string) => unknown;
};

export type ExportRow = {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly settings: UserSettings;
  /** Names and logins of what the settings point at. */
  readonly nameOf: (id: string) => string;
};

export class CellError extends Error {}

/** Empty: as it is, or the default of a new user. */
const text = (cell: string): unknown => (cell === '' ? undefined : cell);
/** Empty: none. */
const textOrNone = (cell: string): unknown => (cell === '' ? null : cell);

function numberOrNone(cell: string): unknown {
  if (cell === '') return null;
  if (!/^[0-9]{1,6}$/.test(cell)) throw new CellError('Write a whole number, or nothing.');
  return Number(cell);
}

function document(cell: string): unknown {
  if (cell === '') return undefined;
  try {
    const value: unknown = JSON.parse(cell, checkMember);
    if (typeof value === 'object' && value !== null && isShallow(cell)) return value;
  } catch {
    // Said below.
  }
  throw new CellError('Write JSON as the API shows it, or nothing.');
}

/** What a JSON body is held to as well: no member that is a prototype, and only text that Postgres can keep. */
function checkMember(name: string, value: unknown): unknown {
  const texts = typeof value === 'string' ? [name, value] : [name];
  const bad = texts.some((one) => one === '__proto__' || one.includes('\u0000') || !one.isWellFormed());
  if (bad) throw new CellError('no');
  return value;
}

/** No setting has so many lists and objects; deeper ones would only exhaust the stack. */
function isShallow(cell: string): boolean {
  return (cell.match(/[[{]/g) ?? []).length <= 200;
}

function documentOrNone(cell: string): unknown {
  return cell === '' ? null : document(cell);
}

function names(cell: string): unknown {
  if (cell === '') return [];
  if (cell.startsWith('[')) return document(cell);
  return cell
    .split(';')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** `Spanish; German`; as JSON where a name has a semicolon in it. */
function joinNames(ids: readonly string[], nameOf: (id: string) => string): string {
  const list = ids.map(nameOf);
  const plain = list.every((name) => !name.includes(';') && !name.startsWith('[') && name === name.trim());
  return plain ? list.join('; ') : JSON.stringify(list);
}

function column(
  name: keyof UserSettings,
  toText: (settings: UserSettings, nameOf: (id: string) => string) => string,
  parse: (cell: string) => unknown,
): Column {
  return { name, field: name, parse, toCell: ({ settings, nameOf }) => toText(settings, nameOf) };
}

export const columns: readonly Column[] = [
  { name: 'id', toCell: (row) => row.id },
  { name: 'kind', toCell: (row) => row.kind },
  column('login', (user) => user.login, text),
  column('email', (user) => user.email ?? '', textOrNone),
  column('firstName', (user) => user.firstName, text),
  column('lastName', (user) => user.lastName, text),
  column('role', (user) => user.role, text),
  { name: 'status', toCell: (row) => row.status },
  column('extension', (user) => user.extension, text),
  column('timeZone', (user) => user.timeZone ?? '', textOrNone),
  column('parentUserId', (user, nameOf) => named(user.parentUserId, nameOf), textOrNone),
  column('groupId', (user) => user.groupId ?? '', textOrNone),
  column('fallbackUserId', (user, nameOf) => named(user.fallbackUserId, nameOf), textOrNone),
  column('skills', (user, nameOf) => joinNames(user.skills, nameOf), names),
  column('tags', (user, nameOf) => joinNames(user.tags, nameOf), names),
  column('desks', (user, nameOf) => joinNames(user.desks, nameOf), names),
  column('ringSeconds', (user) => String(user.ringSeconds ?? ''), numberOrNone),
  column('callLimit', (user) => String(user.callLimit ?? ''), numberOrNone),
  column('ifUnavailable', (user) => JSON.stringify(user.ifUnavailable), document),
  column(
    'forwardAll',
    (user) => (user.forwardAll === null ? '' : JSON.stringify(user.forwardAll)),
    documentOrNone,
  ),
  column('doNotDisturb', (user) => JSON.stringify(user.doNotDisturb), document),
  column('devices', (user) => JSON.stringify(user.devices), document),
  column('mobile', (user) => JSON.stringify(user.mobile), document),
];

/** With kind username, for a new user only; never exported. */
export const passwordColumn = 'password';

function named(id: string | null, nameOf: (id: string) => string): string {
  return id === null ? '' : nameOf(id);
}
