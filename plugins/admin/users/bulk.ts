import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import type { Change } from '../../../services/storage/unit-of-work.ts';
import { isRole, type Role } from '../access.ts';
import type { AdminRequest } from '../context.ts';
import { buildIssues, type Issues } from '../issues.ts';
import { isId } from '../reference-lookups.ts';
import { missing } from '../refusals.ts';
import { type Labels, type labelFields, noLabels, resolveLabels } from '../user-labels.ts';
import { buildParser } from '../validation.ts';
import { deleteWithin } from './deletion.ts';
import { deactivateWithin, reactivateWithin } from './life-cycle.ts';
import { Deactivate, Reactivate } from './life-cycle-schema.ts';
import { parseConditions } from './list.ts';
import { checkRoleGrant } from './roles.ts';
import type { UserQuery } from './schema.ts';
import { listUserIds } from './search-store.ts';
import { getUser, patchWithin } from './service.ts';
import { listNames } from './store.ts';

/** One change for many users: what POST /v1/users/bulk says once, done with each of them. */

type Action =
  | 'activate'
  | 'deactivate'
  | 'delete'
  | 'assignSkills'
  | 'assignTags'
  | 'assignRole'
  | 'assignDesks';

type Body = { readonly action: Action; readonly value?: unknown };
type ApplyTo = {
  readonly ids?: readonly string[];
  readonly filter?: Omit<UserQuery, 'sort' | 'limit' | 'after'>;
  readonly all?: true;
};

export type BulkChange =
  | { readonly action: 'activate'; readonly pullBack: boolean }
  | { readonly action: 'deactivate'; readonly reassignTo: string | null; readonly temporary: boolean }
  | { readonly action: 'delete' }
  | { readonly action: 'assignRole'; readonly role: Role }
  | { readonly action: 'assignSkills' | 'assignTags' | 'assignDesks'; readonly labels: Labels };

const parseDeactivate = buildParser(Deactivate);
const parseReactivate = buildParser(Reactivate);

const fieldOf = { assignSkills: 'skills', assignTags: 'tags', assignDesks: 'desks' } as const;

/** Refuses an action without the permission for it; what is wrong with the value points into it. */
export async function parseBulk(trx: Transaction, request: AdminRequest, body: Body): Promise<BulkChange> {
  checkRights(request, body.action);
  const issues = buildIssues();
  const parsed = await parseValue(trx, request, body, issues);
  issues.refuse();
  if (parsed.action === 'assignRole') checkRoleGrant(request, parsed.role);
  return parsed;
}

function checkRights({ actor }: AdminRequest, action: Action): void {
  if (!actor.permissions.has('users.write')) throw missing('users.write');
  const needed = neededBy[action];
  if (needed !== undefined && !actor.permissions.has(needed)) throw missing(needed);
}

const neededBy = {
  activate: 'users.deactivate',
  deactivate: 'users.deactivate',
  delete: 'users.delete',
  assignRole: 'roles.assign',
  assignSkills: undefined,
  assignTags: undefined,
  assignDesks: undefined,
} as const;

async function parseValue(
  trx: Transaction,
  { actor }: AdminRequest,
  { action, value }: Body,
  issues: Issues,
): Promise<BulkChange> {
  if (action === 'activate') return { action, pullBack: parseReactivate(value ?? {}).pullBack === true };
  if (action === 'deactivate') {
    const { reassignTo = null, temporary = false } = parseDeactivate(value ?? {});
    return { action, reassignTo, temporary };
  }
  if (action === 'delete') {
    if (value !== undefined) issues.add('/value', 'contradiction', 'Leave this out: delete has no value.');
    return { action };
  }
  if (action === 'assignRole') {
    if (!isRole(value)) issues.add('/value', 'role', 'Use administrator, manager or agent.');
    return { action, role: isRole(value) ? value : 'agent' };
  }
  const field = fieldOf[action];
  const wanted = isTexts(value) ? value : [];
  if (wanted.length === 0) {
    issues.add('/value', 'labels', `Use a list of ids or names that GET /v1/${field} lists.`);
  }
  const named = { ...noLabels, [field]: wanted };
  return { action, labels: await resolveLabels(trx, actor.organizationId, named, inValue(issues, field)) };
}

/** `/skills/0` of a user is `/value/0` here. */
function inValue(issues: Issues, field: keyof typeof labelFields): Issues {
  return {
    ...issues,
    add: (pointer, ...rest) => issues.add(pointer.replace(`/${field}`, '/value'), ...rest),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= 100 && value.every((item) => typeof item === 'string');
}

export async function selectBulk(
  trx: Transaction,
  organizationId: string,
  { ids, filter }: ApplyTo,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  if (ids === undefined) {
    const conditions = await parseConditions(trx, organizationId, filter ?? {});
    return listNames(trx, organizationId, await listUserIds(trx, organizationId, conditions));
  }
  const wanted = [...new Set(ids.map((id) => id.toLowerCase()))];
  const found = await listNames(trx, organizationId, wanted.filter(isId));
  const known = new Set(found.map(({ id }) => id));
  const issues = buildIssues();
  ids.forEach((id, index) => {
    if (!known.has(id.toLowerCase())) {
      issues.add(`/applyTo/ids/${index}`, 'user.not-found', 'Choose a user of this organization.');
    }
  });
  issues.refuse();
  return found;
}

export async function runBulk(
  trx: Transaction,
  log: Change,
  request: AdminRequest,
  input: unknown,
  { user_id: userId }: { readonly user_id: string | null },
): Promise<{ readonly code?: string }> {
  if (!isBulkChange(input)) throw new Error('this is no bulk change');
  if (userId === null) throw problem('user.not-found');
  // Again, because it may be a while since it was asked for.
  checkRights(request, input.action);
  const record = await getUser(trx, request.actor.organizationId, userId);
  if (input.action === 'activate') {
    if (record.status === 'active' || record.status === 'pending') return unchanged(log);
    await reactivateWithin(trx, log, request, userId, { pullBack: input.pullBack });
  } else if (input.action === 'deactivate') {
    if (record.status === 'inactive') return unchanged(log);
    const { reassignTo, temporary } = input;
    const body = { temporary, ...(reassignTo === null ? {} : { reassignTo }) };
    await deactivateWithin(trx, log, request, userId, body);
  } else if (input.action === 'delete') {
    if (record.status === 'deleted') return unchanged(log);
    await deleteWithin(trx, log, request, userId);
  } else if (input.action === 'assignRole') {
    if (record.role === input.role) return unchanged(log);
    await patchWithin(trx, log, request, record, { role: input.role });
  } else {
    const field = fieldOf[input.action];
    const added = input.labels[field].filter((id) => !record[field].includes(id));
    if (added.length === 0) return unchanged(log);
    await patchWithin(trx, log, request, record, { [field]: [...record[field], ...added] });
  }
  return {};
}

/** As `parseBulk` gave it; it lay in the database meanwhile. */
function isBulkChange(input: unknown): input is BulkChange {
  const action: unknown = Reflect.get(Object(input), 'action');
  return typeof action === 'string' && Object.hasOwn(neededBy, action);
}

function unchanged(log: Change): { readonly code: string } {
  log.skip();
  return { code: 'unchanged' };
}
