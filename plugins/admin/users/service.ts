import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import type { Change } from '../../../services/storage/unit-of-work.ts';
import { type Actor, editableUserFields } from '../access.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { findNextExtension, setExtension } from '../extension-pool.ts';
import { buildIssues, type Issues } from '../issues.ts';
import { mergePatch, withNulls } from '../merge-patch.ts';
import { queueInvitation } from '../notices.ts';
import { getOrganizationFacts, type OrganizationFacts } from '../organization-facts.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import { isId } from '../reference-lookups.ts';
import { buildReferences } from '../references.ts';
import { missing } from '../refusals.ts';
import { checkLoops } from '../routing-graph.ts';
import type { Warning } from '../schemas.ts';
import { findLabelId, resolveLabels, writeLabels } from '../user-labels.ts';
import { checkNotAbove } from '../user-permissions.ts';
import { queryWords, writeWords } from '../user-words.ts';
import { buildParser } from '../validation.ts';
import { checkAddressStays, divertEmail } from './email.ts';
import { checkGroup, checkGroupGrant, checkLastAdministrator, checkRoleGrant } from './roles.ts';
import { type User, type UserQuery, UserSettings } from './schema.ts';
import type { UserConditions } from './search-store.ts';
import { defaultSettings, moveDefaultDevice, parseSettings, toSettings, toUser } from './settings.ts';
import {
  findUser,
  insertUser,
  isBelow,
  listUsers,
  type NewUser,
  type UserColumns,
  type UserRecord,
  updateUser,
} from './store.ts';

const parse = buildParser(UserSettings);

type Body = Readonly<Record<string, unknown>>;

export async function getUser(trx: Transaction, organizationId: string, id: string): Promise<UserRecord> {
  const record = await findUser(trx, organizationId, id);
  if (record === undefined) throw problem('user.not-found');
  return record;
}

export function readUser(context: AdminContext, request: AdminRequest, id: string): Promise<Answer<User>> {
  return read(context, request, (trx) => answerUser(trx, request, id));
}

/** The user as the actor sees it, with the ETag. */
export async function answerUser(
  trx: Transaction,
  request: { readonly actor: Actor },
  id: string,
  warnings: readonly Warning[] = [],
): Promise<Answer<User>> {
  const { organizationId } = request.actor;
  const facts = await getOrganizationFacts(trx, organizationId);
  const record = await getUser(trx, organizationId, id);
  const user = toUser(record, facts, request.actor);
  const body = warnings.length === 0 ? user : { ...user, warnings: [...warnings] };
  return { body, etag: toEtag(record.revision) };
}

export function listUserPage(
  context: AdminContext,
  request: AdminRequest,
  query: UserQuery,
): Promise<Page<User>> {
  const { sort = 'name', limit = defaultLimit } = query;
  const order = `users:${sort}`;
  const after = parseCursor(order, query.after);
  const { organizationId } = request.actor;
  return read(context, request, async (trx) => {
    const facts = await getOrganizationFacts(trx, organizationId);
    const records = await listUsers(trx, organizationId, {
      ...(await parseConditions(trx, organizationId, query)),
      sort,
      after,
      limit,
    });
    const placeOf = (record: UserRecord) =>
      [sort.endsWith('name') ? record.name_key : '', record.id] as const;
    return toPage(records, limit, order, placeOf, (record) => toUser(record, facts, request.actor));
  });
}

/** What a list and a bulk change are filtered by. */
export async function parseConditions(
  trx: Transaction,
  organizationId: string,
  query: Omit<UserQuery, 'sort' | 'limit' | 'after'>,
): Promise<UserConditions> {
  return {
    words: queryWords(query.q ?? ''),
    status: query.status,
    role: query.role,
    queue: query.queue,
    labels: await findFilterLabels(trx, organizationId, query),
    group: query.group,
  };
}

/** A label that does not exist is one that nobody has. */
async function findFilterLabels(
  trx: Transaction,
  organizationId: string,
  query: Pick<UserQuery, 'desk' | 'skill' | 'tag'>,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const kind of ['desk', 'skill', 'tag'] as const) {
    const text = query[kind];
    if (text === undefined) continue;
    ids.push((await findLabelId(trx, organizationId, kind, text)) ?? organizationId);
  }
  return ids;
}

export type CreateUser = Body & {
  readonly kind: 'email' | 'username';
  readonly login?: string;
  readonly email?: string;
};

/** `passwordHash` was made before the transaction, which holds the organization's row. */
export function createUser(
  context: AdminContext,
  request: AdminRequest,
  body: CreateUser,
  passwordHash: string | null,
): Promise<Answer<User>> {
  return change(context, request, async (trx, log) => {
    const { id, warnings } = await createWithin(trx, log, context, request, body, passwordHash);
    return answerUser(trx, request, id, warnings);
  });
}

/** The same inside a change that is under way, for one of many users. */
export async function createWithin(
  trx: Transaction,
  log: Change,
  context: AdminContext,
  request: AdminRequest,
  body: CreateUser,
  passwordHash: string | null,
): Promise<{ readonly id: string; readonly warnings: readonly Warning[] }> {
  const { organizationId } = request.actor;
  const facts = await getOrganizationFacts(trx, organizationId);
  const id = context.newId();
  const { kind, password, ...wanted } = body;
  const login = kind === 'email' ? wanted.email : wanted.login;
  const extension = await findNextExtension(trx, organizationId);
  const chosen = typeof wanted.extension === 'string' ? wanted.extension : extension;
  const defaults = defaultSettings(chosen, facts.sipDomain);
  const parsed = parse(withNulls(mergePatch(defaults, { ...wanted, login }), UserSettings));
  const issues = buildIssues();
  const settings = await resolveLabels(trx, organizationId, parsed, issues);
  const columns = await checkSettings(trx, request, facts, { id, settings, previous: undefined }, issues);
  const status = kind === 'email' ? 'pending' : 'active';
  const warnings = await storeUser(
    trx,
    { organizationId, id, kind, status, passwordHash },
    columns,
    settings,
  );
  if (kind === 'email' && columns.email !== null) {
    await queueInvitation(
      trx,
      context,
      { organizationId, userId: id, instant: request.instant },
      columns.email,
    );
  }
  const record = await getUser(trx, organizationId, id);
  log.record({ action: 'users.create', subjectType: 'user', subjectId: id, after: toSettings(record) });
  return { id, warnings };
}

/** Row, extension and words of a new user; also for the first administrator of an organization. */
export async function storeUser(
  trx: Transaction,
  user: NewUser,
  columns: UserColumns,
  settings: UserSettings,
): Promise<readonly Warning[]> {
  await insertUser(trx, user, columns);
  await setExtension(trx, user.organizationId, { userId: user.id }, settings.extension);
  await writeWords(trx, user.organizationId, user.id, settings);
  await writeLabels(trx, user.organizationId, user.id, settings);
  return checkLoops(trx, user.organizationId, user.id);
}

export async function patchUser(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  patch: Body,
): Promise<Answer<User>> {
  let mailed = false;
  const answer = await change(context, request, async (trx, log) => {
    const record = await getUser(trx, request.actor.organizationId, id);
    const diverted = await divertEmail(trx, context, log, request, record, patch);
    mailed = diverted.mailed;
    // What was sent as If-Match was compared before the address was set.
    const within = mailed ? { ...request, ifMatch: undefined } : request;
    const warnings = await patchWithin(trx, log, within, id, diverted.patch);
    return answerUser(trx, request, id, [...diverted.warnings, ...warnings]);
  });
  if (mailed) context.kickMail();
  return answer;
}

/** The same inside a change that is under way, for one of many users. */
export async function patchWithin(
  trx: Transaction,
  log: Change,
  request: AdminRequest,
  id: string,
  patch: Body,
): Promise<readonly Warning[]> {
  const { organizationId } = request.actor;
  const record = await getUser(trx, organizationId, id);
  if (record.status === 'deleted') throw problem('user.not-found');
  checkEtag(request, record.revision);
  checkEditable(request.actor, record, patch);
  const facts = await getOrganizationFacts(trx, organizationId);
  const previous = toSettings(record);
  const merged = parse(withNulls(mergePatch(previous, patch), UserSettings));
  const issues = buildIssues();
  checkAddressStays(record, merged.email, issues);
  const labelled = await resolveLabels(trx, organizationId, merged, issues, previous);
  const settings = moveDefaultDevice(labelled, previous.extension, facts.sipDomain);
  const columns = await checkSettings(trx, request, facts, { id, settings, previous }, issues);
  if (changedFields(previous, settings) === undefined) {
    log.skip();
    return [];
  }
  await checkLastAdministrator(trx, record, settings.role);
  await updateUser(trx, organizationId, id, columns, request.instant);
  if (settings.extension !== previous.extension) {
    await setExtension(trx, organizationId, { userId: id }, settings.extension);
  }
  await writeWords(trx, organizationId, id, settings);
  await writeLabels(trx, organizationId, id, settings);
  const warnings = changesRouting(previous, settings) ? await checkLoops(trx, organizationId, id) : [];
  await recordChange(trx, log, organizationId, id, previous);
  return warnings;
}

/** Only then can a circle close; a new name is no occasion to speak of an old one. */
function changesRouting(before: UserSettings, after: UserSettings): boolean {
  const leads = ({ extension, fallbackUserId, forwardAll, ifUnavailable }: UserSettings) => ({
    extension,
    fallbackUserId,
    forwardAll,
    ifUnavailable,
  });
  return changedFields(leads(before), leads(after)) !== undefined;
}

async function recordChange(
  trx: Transaction,
  log: Change,
  organizationId: string,
  id: string,
  previous: UserSettings,
): Promise<void> {
  const changed = changedFields(previous, toSettings(await getUser(trx, organizationId, id)));
  if (changed !== undefined) {
    log.record({ action: 'users.change', subjectType: 'user', subjectId: id, ...changed });
  }
}

/** Refuses a field that the actor may not change, by the permission that is missing. */
function checkEditable(actor: Actor, record: UserRecord, patch: Body): void {
  const editable: ReadonlySet<string> = new Set(editableUserFields(actor, record));
  const refused = Object.keys(patch).filter((field) => !editable.has(field));
  if (refused.length === 0) return;
  if (!actor.permissions.has('users.write')) throw missing('users.write');
  if (refused.includes('role')) throw missing('roles.assign');
  const issues = buildIssues();
  for (const field of refused) {
    issues.add(
      `/${field}`,
      'fixed',
      'Leave this out: the login of a user by e-mail is the address, and changes with it.',
    );
  }
  issues.refuse();
}

/** What makes a user who they are to the system, and what they may do. */
function changesRights(before: UserSettings, after: UserSettings): boolean {
  const rights = ({ login, email, role, groupId }: UserSettings) => ({ login, email, role, groupId });
  return changedFields(rights(before), rights(after)) !== undefined;
}

type Check = {
  readonly id: string;
  readonly settings: UserSettings;
  readonly previous: UserSettings | undefined;
};

async function checkSettings(
  trx: Transaction,
  request: AdminRequest,
  facts: OrganizationFacts,
  { id, settings, previous }: Check,
  issues: Issues,
): Promise<UserColumns> {
  const references = buildReferences(trx, request, facts, issues);
  const columns = parseSettings(settings, id, previous, issues, references);
  await checkParent(trx, facts.id, id, settings.parentUserId, issues);
  const granted = await checkGroup(trx, facts.id, settings.groupId, previous?.groupId ?? null, issues);
  await references.check();
  checkGroupGrant(request, granted);
  if (previous !== undefined && changesRights(previous, settings))
    await checkNotAbove(trx, request.actor, id);
  if (settings.role !== (previous?.role ?? 'agent')) checkRoleGrant(request, settings.role);
  return columns;
}

async function checkParent(
  trx: Transaction,
  organizationId: string,
  id: string,
  parentId: string | null,
  issues: Issues,
): Promise<void> {
  if (parentId === null || parentId === id || !isId(parentId)) return;
  if (await isBelow(trx, organizationId, parentId, id)) {
    issues.add('/parentUserId', 'circle', 'Choose another user: this one is below the user itself.');
  }
}
