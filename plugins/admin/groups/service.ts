import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { findUngrantable, isPermission, needsReauthentication } from '../access.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { buildIssues, type Issues } from '../issues.ts';
import { mergePatch, withNulls } from '../merge-patch.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import { isId } from '../reference-lookups.ts';
import { missing } from '../refusals.ts';
import { findGroupPermissions } from '../user-permissions.ts';
import { buildParser } from '../validation.ts';
import { type Group, type GroupQuery, GroupSettings } from './schema.ts';
import {
  countContents,
  deleteGroup,
  findGroup,
  forgetDeletedMembers,
  type GroupRow,
  insertGroup,
  isWithin,
  listGroups,
  updateGroup,
} from './store.ts';

const parse = buildParser(GroupSettings);

type Body = Readonly<Record<string, unknown>>;

export function listGroupPage(
  context: AdminContext,
  request: AdminRequest,
  query: GroupQuery,
): Promise<Page<Group>> {
  const { limit = defaultLimit } = query;
  const after = parseCursor('groups', query.after);
  return read(context, request, async (trx) => {
    const rows = await listGroups(trx, request.actor.organizationId, limit, after);
    return toPage(rows, limit, 'groups', (row) => [row.name_key, row.id], toGroup);
  });
}

export function readGroup(context: AdminContext, request: AdminRequest, id: string): Promise<Answer<Group>> {
  return read(context, request, (trx) => answerGroup(trx, request.actor.organizationId, id));
}

export function createGroup(
  context: AdminContext,
  request: AdminRequest,
  body: Body,
): Promise<Answer<Group>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const id = context.newId();
    const defaults = { parentId: null, permissions: [] };
    const settings = parse(withNulls(mergePatch(defaults, body), GroupSettings));
    await checkSettings(trx, request, id, settings, undefined);
    await insertGroup(trx, organizationId, id, toColumns(settings));
    const answer = await answerGroup(trx, organizationId, id);
    log.skip();
    log.record({ action: 'groups.create', subjectType: 'group', subjectId: id, after: answer.body });
    return answer;
  });
}

/** Sessions that are open have the new permissions from their next request on. */
export function patchGroup(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  patch: Body,
): Promise<Answer<Group>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const row = await getGroup(trx, organizationId, id);
    checkEtag(request, row.revision);
    const previous = toSettings(row);
    const settings = parse(withNulls(mergePatch(previous, patch), GroupSettings));
    await checkSettings(trx, request, id, settings, previous);
    log.skip();
    const columns = toColumns(settings);
    if (changedFields(toColumns(previous), columns) !== undefined) {
      await updateGroup(trx, organizationId, id, columns, request.instant);
      const changed = changedFields(previous, toSettings(await getGroup(trx, organizationId, id)));
      if (changed !== undefined) {
        log.record({ action: 'groups.change', subjectType: 'group', subjectId: id, ...changed });
      }
    }
    return answerGroup(trx, organizationId, id);
  });
}

/** Only an empty one: what its members may do would change behind their backs. */
export async function removeGroup(context: AdminContext, request: AdminRequest, id: string): Promise<void> {
  await change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const row = await getGroup(trx, organizationId, id);
    checkEtag(request, row.revision);
    const { users, groups } = await countContents(trx, organizationId, id);
    if (users + groups > 0) {
      throw problem('group.in-use', {
        detail: `Still in the group: ${users} users and ${groups} groups. Move them to another one first.`,
      });
    }
    await forgetDeletedMembers(trx, organizationId, id);
    await deleteGroup(trx, organizationId, id);
    log.skip();
    log.record({ action: 'groups.delete', subjectType: 'group', subjectId: id, before: toSettings(row) });
    return { body: null };
  });
}

async function getGroup(trx: Transaction, organizationId: string, id: string): Promise<GroupRow> {
  const row = await findGroup(trx, organizationId, id);
  if (row === undefined) throw problem('group.not-found');
  return row;
}

async function answerGroup(trx: Transaction, organizationId: string, id: string): Promise<Answer<Group>> {
  const row = await getGroup(trx, organizationId, id);
  return { body: toGroup(row), etag: toEtag(row.revision) };
}

function toSettings(row: GroupRow): GroupSettings {
  return { name: row.name, parentId: row.parent_group_id, permissions: [...row.permissions] };
}

function toColumns({ name, parentId, permissions }: GroupSettings) {
  const parent_group_id = parentId?.toLowerCase() ?? null;
  return { name: name.trim(), parent_group_id, permissions: permissions.toSorted() };
}

function toGroup(row: GroupRow): Group {
  return { id: row.id, ...toSettings(row) };
}

async function checkSettings(
  trx: Transaction,
  request: AdminRequest,
  id: string,
  settings: GroupSettings,
  previous: GroupSettings | undefined,
): Promise<void> {
  const { organizationId } = request.actor;
  const issues = buildIssues();
  settings.permissions.forEach((name, index) => {
    if (isPermission(name)) return;
    issues.add(`/permissions/${index}`, 'permission', 'Use a name that GET /v1/permissions lists.');
  });
  const inherited = await checkParent(trx, organizationId, id, settings.parentId, issues);
  issues.refuse();
  const moved = settings.parentId !== (previous?.parentId ?? null);
  checkGrant(request, [
    ...settings.permissions.filter((name) => previous?.permissions.includes(name) !== true),
    ...(moved ? inherited : []),
  ]);
}

/** Nobody grants above themselves, by a group or by moving it below another; and with a fresh password only. */
function checkGrant({ actor, instant }: AdminRequest, names: readonly string[]): void {
  const granted = names.filter(isPermission);
  if (granted.length === 0) return;
  if (!actor.permissions.has('roles.assign')) throw missing('roles.assign');
  const above = findUngrantable(actor, granted);
  if (above !== undefined) throw missing(above);
  if (needsReauthentication(actor, instant)) throw problem('session.reauthenticate');
}

/** Groups form a tree. Answers what the parent gives. */
async function checkParent(
  trx: Transaction,
  organizationId: string,
  id: string,
  parentId: string | null,
  issues: Issues,
): Promise<readonly string[]> {
  if (parentId === null) return [];
  const given = isId(parentId) ? await findGroupPermissions(trx, organizationId, parentId) : undefined;
  if (
    parentId.toLowerCase() === id ||
    (given !== undefined && (await isWithin(trx, organizationId, parentId, id)))
  ) {
    issues.add('/parentId', 'circle', 'Choose another group: this one is below the group itself.');
  } else if (given === undefined) {
    issues.add('/parentId', 'group.not-found', 'Choose a group of this organization.');
  }
  return given ?? [];
}
