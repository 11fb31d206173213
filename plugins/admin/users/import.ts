import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import type { Change } from '../../../services/storage/unit-of-work.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { buildIssues } from '../issues.ts';
import { isId } from '../reference-lookups.ts';
import { missing } from '../refusals.ts';
import { createWithin } from './creation.ts';
import { deleteWithin } from './deletion.ts';
import type { ImportRow } from './import-file.ts';
import type { UserSettings } from './schema.ts';
import { getUser, patchWithin } from './service.ts';
import { toSettings } from './settings.ts';
import { findIdByLogin, findUser, type UserRecord } from './store.ts';

type Outcome = { readonly code?: string; readonly userId?: string; readonly undo?: unknown };

/** One row of a file: who is there is changed, who is not is made. What it did can be taken back by `undoImportRow`. */
export function buildImportRow(context: AdminContext) {
  return async (
    trx: Transaction,
    log: Change,
    request: AdminRequest,
    _job: unknown,
    row: { readonly input: unknown },
  ): Promise<Outcome> => {
    const input = readInput(row.input);
    const { organizationId } = request.actor;
    if (!request.actor.permissions.has('users.write')) throw missing('users.write');
    const issues = buildIssues();
    for (const { column, code, message } of input.bad) issues.add(`/${column}`, code, message);
    issues.refuse();
    const patch = await withIds(trx, organizationId, input.patch);
    const found = await findMeant(trx, organizationId, input);
    if (found === undefined && input.isSecondStep === true) {
      throw problem('user.not-found', {
        detail: 'The user of this line was not made: see its first result.',
      });
    }
    return found === undefined
      ? createFrom(trx, log, context, request, { ...input, patch })
      : changeFrom(trx, log, request, found, { ...input, patch });
  };
}

function readInput(input: unknown): ImportRow {
  if (!isImportRow(input)) throw new Error('this is no row of an import');
  return input;
}

/** As `readImport` gave it; it lay in the database meanwhile. */
function isImportRow(input: unknown): input is ImportRow {
  return typeof input === 'object' && input !== null && 'patch' in input && 'bad' in input;
}

/** By id, else by login or address. */
async function findMeant(
  trx: Transaction,
  organizationId: string,
  { id, patch }: ImportRow,
): Promise<UserRecord | undefined> {
  if (id !== null) {
    const record = isId(id) ? await findUser(trx, organizationId, id.toLowerCase()) : undefined;
    if (record === undefined || record.status === 'deleted') {
      const issues = buildIssues();
      issues.add('/id', 'user.not-found', 'Leave this empty for a new user: nobody here has this id.');
      issues.refuse();
    }
    return record;
  }
  const login = patch.login ?? patch.email;
  const known = typeof login === 'string' ? await findIdByLogin(trx, organizationId, login) : undefined;
  return known === undefined ? undefined : getUser(trx, organizationId, known);
}

/** A file names people by their logins. */
async function withIds(
  trx: Transaction,
  organizationId: string,
  patch: ImportRow['patch'],
): Promise<ImportRow['patch']> {
  const changed: Record<string, unknown> = { ...patch };
  for (const field of ['parentUserId', 'fallbackUserId']) {
    const name = patch[field];
    if (typeof name !== 'string' || isId(name)) continue;
    changed[field] = (await findIdByLogin(trx, organizationId, name)) ?? name;
  }
  return changed;
}

function isKind(kind: string): kind is 'email' | 'username' {
  return kind === 'email' || kind === 'username';
}

async function createFrom(
  trx: Transaction,
  log: Change,
  context: AdminContext,
  request: AdminRequest,
  { kind: wanted, patch, passwordHash }: ImportRow,
): Promise<Outcome> {
  const kind = wanted ?? (passwordHash === null ? 'email' : 'username');
  const issues = buildIssues();
  if (!isKind(kind)) {
    issues.add('/kind', 'kind', 'Use email or username.');
    issues.refuse();
    throw problem('body.invalid');
  }
  const { login, email, ...rest } = patch;
  const address = email ?? (kind === 'email' ? login : undefined);
  if (kind === 'email' && typeof address !== 'string') {
    issues.add('/email', 'required', 'Add the address that the invitation goes to.');
  }
  if (kind === 'username' && typeof login !== 'string') {
    issues.add('/login', 'required', 'Add what the user logs in with.');
  }
  if (kind === 'username' && passwordHash === null) {
    issues.add('/password', 'required', 'Add the column password: a new user of this kind needs one.');
  }
  issues.refuse();
  const body = {
    ...rest,
    kind,
    ...(typeof address === 'string' ? { email: address } : {}),
    ...(kind === 'username' && typeof login === 'string' ? { login } : {}),
  };
  const { record } = await createWithin(trx, log, context, request, body, passwordHash);
  return { code: 'created', userId: record.id, undo: { created: true } };
}

async function changeFrom(
  trx: Transaction,
  log: Change,
  request: AdminRequest,
  record: UserRecord,
  { kind, patch, passwordHash }: ImportRow,
): Promise<Outcome> {
  const issues = buildIssues();
  if (kind !== null && kind !== record.kind)
    issues.add('/kind', 'fixed', `Leave this as it is: ${record.kind}.`);
  if (passwordHash !== null) {
    issues.add(
      '/password',
      'fixed',
      'Leave this empty: this user exists, and has a password or will choose one.',
    );
  }
  issues.refuse();
  const before = toSettings(record);
  const wanted = replacing(before, patch);
  const { record: after } = await patchWithin(trx, log, request, record, wanted);
  if (after.revision === record.revision) {
    log.skip();
    return { code: 'unchanged', userId: record.id };
  }
  const undo = { before: pick(before, Object.keys(wanted)), revision: after.revision };
  return { code: 'changed', userId: record.id, undo };
}

/** The settings that differ, so that nobody needs a permission for what stays; whole, and not merged into the old. */
function replacing(before: UserSettings, patch: ImportRow['patch']): Readonly<Record<string, unknown>> {
  const old: Readonly<Record<string, unknown>> = before;
  return Object.fromEntries(
    Object.entries(patch).flatMap(([name, value]) =>
      JSON.stringify(old[name]) === JSON.stringify(value) ? [] : [[name, replacement(old[name], value)]],
    ),
  );
}

/** A merge patch after which `value` is there and nothing of the old: null for each member that is gone. */
function replacement(old: unknown, value: unknown): unknown {
  if (!isObject(old) || !isObject(value)) return value;
  const gone = Object.keys(old).filter((name) => !Object.hasOwn(value, name));
  return {
    ...Object.fromEntries(gone.map((name) => [name, null])),
    ...Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replacement(old[name], item)])),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pick(settings: UserSettings, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name)));
}

/** Takes one row back: who was made is deleted, what was changed is as before, unless somebody changed it since. */
export async function undoImportRow(
  trx: Transaction,
  log: Change,
  request: AdminRequest,
  _job: unknown,
  row: { readonly user_id: string | null; readonly input: unknown },
): Promise<Outcome> {
  const { actor } = request;
  if (row.user_id === null) throw problem('user.not-found');
  if (Reflect.get(Object(row.input), 'created') === true) {
    if (!actor.permissions.has('users.delete')) throw missing('users.delete');
    await deleteWithin(trx, log, request, row.user_id);
    return { code: 'deleted' };
  }
  if (!actor.permissions.has('users.write')) throw missing('users.write');
  const before: unknown = Reflect.get(Object(row.input), 'before');
  const record = await getUser(trx, actor.organizationId, row.user_id);
  if (record.revision !== Reflect.get(Object(row.input), 'revision') || !isObject(before)) {
    throw problem('etag.stale', { detail: 'Somebody changed the user since the import: left as it is.' });
  }
  await patchWithin(trx, log, request, record, replacing(toSettings(record), before));
  return { code: 'changed' };
}
