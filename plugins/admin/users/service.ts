import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import type { Change } from '../../../services/storage/unit-of-work.ts';
import { type Actor, editableUserFields } from '../access.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { setExtension } from '../extension-pool.ts';
import { buildIssues } from '../issues.ts';
import { mergePatch, withNulls } from '../merge-patch.ts';
import { getOrganizationFacts, type OrganizationFacts } from '../organization-facts.ts';
import { missing } from '../refusals.ts';
import { checkLoops } from '../routing-graph.ts';
import type { Warning } from '../schemas.ts';
import { resolveLabels, writeLabels } from '../user-labels.ts';
import { writeWords } from '../user-words.ts';
import { checkAddressStays, divertEmail } from './email.ts';
import { checkLastAdministrator } from './roles.ts';
import { type User, UserSettings } from './schema.ts';
import { moveDefaultDevice, toSettings, toUser } from './settings.ts';
import { checkSettings, readSettings } from './settings-check.ts';
import { findUser, type UserRecord } from './store.ts';
import { tellDoNotDisturb, updateUser } from './write-store.ts';

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
  return toAnswer(request, { record: await getUser(trx, organizationId, id), facts, warnings });
}

/** A user as a change has left it. */
export type UserNow = {
  readonly record: UserRecord;
  readonly facts: OrganizationFacts;
  readonly warnings: readonly Warning[];
};

export function toAnswer(
  request: { readonly actor: Actor },
  { record, facts, warnings }: UserNow,
): Answer<User> {
  const user = toUser(record, facts, request.actor);
  const body = warnings.length === 0 ? user : { ...user, warnings: [...warnings] };
  return { body, etag: toEtag(record.revision) };
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
    const before = mailed ? await getUser(trx, request.actor.organizationId, id) : record;
    const now = await patchWithin(trx, log, within, before, diverted.patch);
    return toAnswer(request, { ...now, warnings: [...diverted.warnings, ...now.warnings] });
  });
  if (mailed) context.kickMail();
  return answer;
}

/** The same inside a change that is under way, for one of many users: `record` was read in it, and is as it stands. */
export async function patchWithin(
  trx: Transaction,
  log: Change,
  request: AdminRequest,
  record: UserRecord,
  patch: Body,
): Promise<UserNow> {
  const { organization_id: organizationId, id } = record;
  if (record.status === 'deleted') throw problem('user.not-found');
  checkEtag(request, record.revision);
  checkEditable(request.actor, record, patch);
  const facts = await getOrganizationFacts(trx, organizationId);
  const previous = toSettings(record);
  const merged = readSettings(withNulls(mergePatch(previous, patch), UserSettings));
  const issues = buildIssues();
  checkAddressStays(record, merged.email, issues);
  const labelled = await resolveLabels(trx, organizationId, merged, issues, previous);
  const settings = moveDefaultDevice(labelled, previous.extension, facts.sipDomain);
  const columns = await checkSettings(trx, request, facts, { id, settings, previous }, issues);
  if (changedFields(previous, settings) === undefined) {
    log.skip();
    return { record, facts, warnings: [] };
  }
  await checkLastAdministrator(trx, record, settings.role);
  await updateUser(trx, organizationId, id, columns, request.instant);
  if (settings.extension !== previous.extension) {
    await setExtension(trx, organizationId, { userId: id }, settings.extension);
  }
  await writeWords(trx, organizationId, id, settings);
  await writeLabels(trx, organizationId, id, settings);
  if (columns.dnd_on !== record.dnd_on || columns.dnd_until?.getTime() !== record.dnd_until?.getTime()) {
    await tellDoNotDisturb(trx, organizationId, id, request.instant);
  }
  const warnings = changesRouting(previous, settings) ? await checkLoops(trx, organizationId, id) : [];
  const now = await getUser(trx, organizationId, id);
  const changed = changedFields(previous, toSettings(now));
  if (changed !== undefined) {
    log.record({ action: 'users.change', subjectType: 'user', subjectId: id, ...changed });
  }
  return { record: now, facts, warnings };
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

/** Refuses a field that the actor may not change, by the permission that is missing. */
function checkEditable(actor: Actor, record: UserRecord, patch: Body): void {
  const editable: ReadonlySet<string> = new Set(editableUserFields(actor, record));
  const refused = Object.keys(patch).filter((field) => !editable.has(field));
  if (refused.length === 0) return;
  if (!actor.permissions.has('users.write')) throw missing('users.write', refused);
  if (refused.includes('role')) throw missing('roles.assign', ['role']);
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
