import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import type { Change } from '../../../services/storage/unit-of-work.ts';
import { change } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag } from '../etag.ts';
import { checkExtension, findNextExtension, setExtension } from '../extension-pool.ts';
import { formatInstant } from '../instants.ts';
import { buildIssues } from '../issues.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { checkLoops } from '../routing-graph.ts';
import type { Warning } from '../schemas.ts';
import { checkNotAbove } from '../user-permissions.ts';
import { writeWords } from '../user-words.ts';
import { findFreeLogin, isTaken, markDeleted, readGraceDays, restoreDeleted } from './deletion-store.ts';
import { eraseWithin } from './erasure.ts';
import { checkNotOneself, giveBack, groupMoves, idsOfKind, toThings } from './life-cycle.ts';
import type {
  DeletionEffects,
  DeletionPreview,
  ReactivatedUser,
  ReactivationEffects,
  Undelete,
} from './life-cycle-schema.ts';
import {
  findLifeCycle,
  forgetMoves,
  type Leaving,
  type LifeCycle,
  leaveQueues,
  listFallbacksOf,
  listNumbersOf,
  moveLeads,
  rememberMoves,
} from './moves-store.ts';
import { checkLastAdministrator } from './roles.ts';
import { answerUser, getUser } from './service.ts';
import { moveDefaultDevice, toSettings } from './settings.ts';
import { endSessions } from './status-store.ts';
import type { UserRecord } from './store.ts';

const dayMs = 86_400_000;

/**
 * Login and extension are free at once, leads have no owner, sessions end. The person is erased after the days of
 * grace of the organization's policy; with 0 in the same transaction.
 */
export function deleteUser(
  context: AdminContext,
  request: AdminRequest,
  id: string,
): Promise<Answer<DeletionPreview>> {
  return change(context, request, async (trx, log) => {
    const before = await answerUser(trx, request, id);
    const effects = await deleteWithin(trx, log, request, id);
    if (!effects.canBeUndone) return { body: { user: before.body, effects } };
    const after = await answerUser(trx, request, id);
    return { body: { user: after.body, effects }, ...(after.etag === undefined ? {} : { etag: after.etag }) };
  });
}

/** The same inside a change that is under way, for one of many users. */
export async function deleteWithin(
  trx: Transaction,
  log: Change,
  request: AdminRequest,
  id: string,
): Promise<DeletionEffects> {
  const { organizationId } = request.actor;
  const record = await getUser(trx, organizationId, id);
  checkEtag(request, record.revision);
  const { status } = record;
  if (status === 'deleted') throw problem('user.status', { detail: 'The user is deleted already.' });
  await checkLastAdministrator(trx, record, undefined);
  checkNotOneself(request, id);
  await checkNotAbove(trx, request.actor, id);
  const graceDays = await readGraceDays(trx, organizationId);
  const erasesAt = request.instant + graceDays * dayMs;
  const leaving: Leaving = { organizationId, userId: id, toId: null, instant: request.instant };
  const stays = {
    numbers: toThings(await listNumbersOf(trx, leaving)),
    fallbackDuties: toThings(await listFallbacksOf(trx, leaving)),
  };
  const sessions = await endSessions(trx, organizationId, id);
  const moves = [...(await moveLeads(trx, leaving)), ...(await leaveQueues(trx, leaving))];
  const lifeCycle: LifeCycle = {
    cause: 'deletion',
    formerStatus: status,
    formerExtension: record.extension,
    erasesAt,
  };
  await rememberMoves(trx, leaving, lifeCycle, moves);
  await setExtension(trx, organizationId, { userId: id }, null);
  await markDeleted(trx, organizationId, id, request.instant);
  recordDeletion(log, record, moves, erasesAt);
  if (graceDays === 0) await eraseWithin(trx, log, organizationId, id, request.instant);
  return {
    ...groupMoves(moves),
    ...stays,
    sessions,
    freed: { login: record.login, extension: record.extension },
    erasesAt: formatInstant(erasesAt),
    canBeUndone: graceDays > 0,
  };
}

function recordDeletion(
  log: Change,
  record: UserRecord,
  moves: readonly { readonly kind: string; readonly id: string }[],
  erasesAt: number,
): void {
  const ids = (kind: string) => idsOfKind(moves, kind);
  log.record({
    action: 'users.delete',
    subjectType: 'user',
    subjectId: record.id,
    before: {
      status: record.status,
      extension: record.extension,
      queues: ids('queue'),
      leads: ids('lead'),
    },
    after: { status: 'deleted', extension: null, erasesAt: formatInstant(erasesAt), queues: [], leads: [] },
  });
}

/** Takes login and extension back, and what nobody took over meanwhile: leads without an owner, places in queues. */
export function undeleteUser(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  body: Undelete,
): Promise<Answer<ReactivatedUser>> {
  return change(context, request, async (trx, log) => {
    const { effects, warnings } = await undeleteWithin(trx, log, request, id, body);
    const { body: user, etag } = await answerUser(trx, request, id, warnings);
    return { body: { ...user, effects }, ...(etag === undefined ? {} : { etag }) };
  });
}

async function undeleteWithin(
  trx: Transaction,
  log: Change,
  request: AdminRequest,
  id: string,
  body: Undelete,
): Promise<{ readonly effects: ReactivationEffects; readonly warnings: readonly Warning[] }> {
  const { organizationId } = request.actor;
  const { instant } = request;
  const record = await getUser(trx, organizationId, id);
  checkEtag(request, record.revision);
  const deletion = await findLifeCycle(trx, organizationId, id, 'deletion');
  if (record.status !== 'deleted' || deletion === undefined) {
    throw problem('user.status', {
      detail: `The user is ${record.status}; only deleted ones can be brought back.`,
    });
  }
  if (deletion.erasesAt !== null && deletion.erasesAt <= instant) {
    throw problem('user.status', { detail: 'The days of grace are over: the user is being erased.' });
  }
  await checkNotAbove(trx, request.actor, id);
  const login = await checkLogin(trx, record, body.login);
  const extension = await checkFormerExtension(
    trx,
    organizationId,
    body.extension ?? deletion.formerExtension,
  );
  const { sipDomain } = await getOrganizationFacts(trx, organizationId);
  const former = { ...toSettings(record), extension: deletion.formerExtension ?? '', login };
  const settings =
    extension === null ? former : moveDefaultDevice({ ...former, extension }, former.extension, sipDomain);
  const status = deletion.formerStatus ?? 'inactive';
  await restoreDeleted(trx, organizationId, id, { status, login, devices: settings.devices, instant });
  await setExtension(trx, organizationId, { userId: id }, extension);
  await writeWords(trx, organizationId, id, settings);
  const effects = await giveBack(trx, { organizationId, userId: id, cause: 'deletion', instant });
  await forgetMoves(trx, organizationId, id, 'deletion');
  const warnings = await checkLoops(trx, organizationId, id);
  log.record({
    action: 'users.undelete',
    subjectType: 'user',
    subjectId: id,
    before: { status: 'deleted', extension: null },
    after: { status, extension, ...(login === record.login ? {} : { login }) },
  });
  return { effects, warnings };
}

/** Login and address are the user's again, unless somebody took them: then the answer names one that is free. */
async function checkLogin(trx: Transaction, record: UserRecord, wanted: string | undefined): Promise<string> {
  const { organization_id: organizationId, email } = record;
  if (wanted !== undefined && record.kind === 'email' && wanted !== record.login) {
    const issues = buildIssues();
    issues.add('/login', 'contradiction', 'Leave this out: the login of this user is the e-mail address.');
    issues.refuse();
  }
  const login = wanted ?? record.login;
  if (await isTaken(trx, organizationId, 'login_key', login)) {
    const free = record.kind === 'username' ? await findFreeLogin(trx, organizationId, login) : null;
    throw problem('user.login-taken', {
      detail:
        free === null
          ? 'Somebody has this address meanwhile. Give them another one first.'
          : `Somebody has the login ${login} meanwhile. ${free} is free: send it as \`login\`.`,
      errors: [{ pointer: '/login', code: 'taken', message: 'is already in use' }],
      ...(free === null ? {} : { extra: { nextLogin: free } }),
    });
  }
  if (email !== null && (await isTaken(trx, organizationId, 'email_key', email))) {
    throw problem('user.login-taken', {
      detail: 'Somebody has this address meanwhile. Give them another one first.',
      errors: [{ pointer: '/email', code: 'taken', message: 'is already in use' }],
    });
  }
  return login;
}

async function checkFormerExtension(
  trx: Transaction,
  organizationId: string,
  extension: string | null,
): Promise<string | null> {
  if (extension === null) return null;
  const issues = buildIssues();
  checkExtension(issues, '/extension', extension);
  issues.refuse();
  const owner = await trx
    .selectFrom('extension')
    .select('extension')
    .where('organization_id', '=', organizationId)
    .where('extension', '=', extension)
    .executeTakeFirst();
  if (owner === undefined) return extension;
  const nextFree = await findNextExtension(trx, organizationId);
  throw problem('extension.taken', {
    detail: `Somebody has the extension ${extension} meanwhile. ${nextFree} is free: send it as \`extension\`.`,
    errors: [{ pointer: '/extension', code: 'taken', message: 'is already in use' }],
    extra: { nextFree },
  });
}
