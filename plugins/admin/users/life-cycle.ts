import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import type { Change } from '../../../services/storage/unit-of-work.ts';
import { change } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag } from '../etag.ts';
import { buildIssues } from '../issues.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { buildReferences } from '../references.ts';
import { checkLoops } from '../routing-graph.ts';
import type { Warning } from '../schemas.ts';
import { checkNotAbove } from '../user-permissions.ts';
import {
  giveFallbacksBack,
  giveLeadsBack,
  giveNumbersBack,
  giveQueuesBack,
  type LeftThing,
  listLeft,
  type Returning,
} from './give-back-store.ts';
import type {
  DeactivatedUser,
  DeactivationEffects,
  Left,
  ReactivatedUser,
  ReactivationEffects,
  Things,
} from './life-cycle-schema.ts';
import {
  findLifeCycle,
  forgetMoves,
  type Leaving,
  leaveQueues,
  type Move,
  moveFallbacks,
  moveLeads,
  moveNumbers,
  rememberMoves,
} from './moves-store.ts';
import { checkLastAdministrator } from './roles.ts';
import { answerUser, getUser } from './service.ts';
import { endSessions, findName, hasPassword, updateStatus } from './status-store.ts';
import type { UserRecord } from './store.ts';

export type DeactivateBody = { readonly reassignTo?: string; readonly temporary?: boolean };

/**
 * No more login, no more queues; leads, numbers and fallback duties go to `reassignTo`, and so do the calls that still
 * come, by rule 8 of routing.
 */
export function deactivateUser(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  body: DeactivateBody,
): Promise<Answer<DeactivatedUser>> {
  return change(context, request, async (trx, log) => {
    const { effects, warnings } = await deactivateWithin(trx, log, request, id, body);
    const { body: user, etag } = await answerUser(trx, request, id, warnings);
    return { body: { ...user, effects }, ...(etag === undefined ? {} : { etag }) };
  });
}

/** The same inside a change that is under way, for one of many users. */
export async function deactivateWithin(
  trx: Transaction,
  log: Change,
  request: AdminRequest,
  id: string,
  body: DeactivateBody,
): Promise<{ readonly effects: DeactivationEffects; readonly warnings: readonly Warning[] }> {
  const { organizationId } = request.actor;
  const record = await getUser(trx, organizationId, id);
  checkEtag(request, record.revision);
  if (record.status !== 'active' && record.status !== 'pending') {
    throw problem('user.status', {
      detail: `The user is ${record.status}; only active and pending ones can be deactivated.`,
    });
  }
  await checkLastAdministrator(trx, record, undefined);
  checkNotOneself(request, id);
  await checkNotAbove(trx, request.actor, id);
  const toId = await checkReplacement(trx, request, id, body.reassignTo);
  const leaving: Leaving = { organizationId, userId: id, toId, instant: request.instant };
  await updateStatus(trx, organizationId, id, {
    status: 'inactive',
    reassignedTo: toId,
    instant: request.instant,
  });
  // Before anything is moved, so that a circle is shown as people know it.
  const warnings = await checkLoops(trx, organizationId, id);
  const sessions = await endSessions(trx, organizationId, id);
  const moves = toId === null ? [] : await moveBelongings(trx, leaving);
  const queues = await leaveQueues(trx, leaving);
  const temporary = body.temporary === true;
  if (temporary) {
    const lifeCycle = {
      cause: 'deactivation',
      formerStatus: null,
      formerExtension: null,
      erasesAt: null,
    } as const;
    await rememberMoves(trx, leaving, lifeCycle, [...moves, ...queues]);
  }
  recordDeactivation(log, record, leaving, [...moves, ...queues], temporary);
  const reassignedTo = toId === null ? null : { id: toId, name: await findName(trx, organizationId, toId) };
  const effects = {
    reassignedTo,
    ...groupMoves([...moves, ...queues]),
    sessions,
    canBePulledBack: temporary,
  };
  return { effects, warnings };
}

async function moveBelongings(trx: Transaction, leaving: Leaving): Promise<readonly Move[]> {
  return [
    ...(await moveLeads(trx, leaving)),
    ...(await moveNumbers(trx, leaving)),
    ...(await moveFallbacks(trx, leaving)),
  ];
}

/** Ids and counts: no names, which would outlive the people they belong to. */
function recordDeactivation(
  log: Change,
  record: UserRecord,
  { toId }: Leaving,
  moves: readonly Move[],
  temporary: boolean,
): void {
  const ids = (kind: string) => idsOfKind(moves, kind);
  log.record({
    action: 'users.deactivate',
    subjectType: 'user',
    subjectId: record.id,
    before: {
      status: record.status,
      reassignedToUserId: record.reassigned_to_user_id,
      queues: ids('queue'),
      leads: ids('lead'),
      numbers: ids('number'),
      fallbackOf: ids('fallback'),
    },
    after: { status: 'inactive', reassignedToUserId: toId, temporary, queues: [] },
  });
}

/** The first thousand: the log is read by people, and what is needed to pull back lies elsewhere. */
export function idsOfKind(
  moves: readonly { readonly kind: string; readonly id: string }[],
  kind: string,
): readonly string[] {
  const found = moves.filter((move) => move.kind.startsWith(kind));
  return found.slice(0, 1_000).map((move) => move.id);
}

/** A click on the wrong row would lock the door from the inside: another administrator does it. */
export function checkNotOneself({ actor }: AdminRequest, id: string): void {
  if (actor.type === 'user' && actor.id === id) throw problem('user.oneself');
}

/** Somebody who is there: what is handed over must not wait again. */
async function checkReplacement(
  trx: Transaction,
  request: AdminRequest,
  id: string,
  reassignTo: string | undefined,
): Promise<string | null> {
  if (reassignTo === undefined) return null;
  const { organizationId } = request.actor;
  const toId = reassignTo.toLowerCase();
  const issues = buildIssues();
  const references = buildReferences(trx, request, await getOrganizationFacts(trx, organizationId), issues);
  if (toId === id) issues.add('/reassignTo', 'oneself', 'Choose another user to take the calls.');
  else references.user('/reassignTo', toId);
  await references.check();
  const { status } = await getUser(trx, organizationId, toId);
  if (status !== 'active') {
    issues.add('/reassignTo', 'user.not-active', `Choose an active user: this one is ${status}.`);
  }
  issues.refuse();
  return toId;
}

/** The old credentials work again; somebody who never had a password is pending as before. */
export function reactivateUser(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  body: { readonly pullBack?: boolean },
): Promise<Answer<ReactivatedUser>> {
  return change(context, request, async (trx, log) => {
    const { effects, warnings } = await reactivateWithin(trx, log, request, id, body);
    const { body: user, etag } = await answerUser(trx, request, id, warnings);
    return { body: { ...user, effects }, ...(etag === undefined ? {} : { etag }) };
  });
}

export async function reactivateWithin(
  trx: Transaction,
  log: Change,
  request: AdminRequest,
  id: string,
  body: { readonly pullBack?: boolean },
): Promise<{ readonly effects: ReactivationEffects; readonly warnings: readonly Warning[] }> {
  const { organizationId } = request.actor;
  const record = await getUser(trx, organizationId, id);
  checkEtag(request, record.revision);
  if (record.status !== 'inactive') {
    throw problem('user.status', {
      detail: `The user is ${record.status}; only inactive ones can be reactivated.`,
    });
  }
  await checkNotAbove(trx, request.actor, id);
  const pullBack = body.pullBack === true;
  if (pullBack && (await findLifeCycle(trx, organizationId, id, 'deactivation')) === undefined) {
    throw problem('user.nothing-to-pull-back');
  }
  const status = (await hasPassword(trx, organizationId, id)) ? 'active' : 'pending';
  await updateStatus(trx, organizationId, id, { status, reassignedTo: null, instant: request.instant });
  const returning: Returning = {
    organizationId,
    userId: id,
    cause: 'deactivation',
    instant: request.instant,
  };
  const effects = pullBack ? await giveBack(trx, returning) : nothingBack;
  await forgetMoves(trx, organizationId, id, 'deactivation');
  const warnings = [...(await checkLoops(trx, organizationId, id)), ...warnAboutLeft(effects)];
  log.record({
    action: 'users.reactivate',
    subjectType: 'user',
    subjectId: id,
    before: { status: 'inactive', reassignedToUserId: record.reassigned_to_user_id },
    after: { status, reassignedToUserId: null, pullBack, ...idsOf(effects) },
  });
  return { effects, warnings };
}

/** Everything that is still where it was put; what has moved on since is listed and left. */
export async function giveBack(trx: Transaction, returning: Returning): Promise<ReactivationEffects> {
  const pulledBack = {
    leads: toThings(await giveLeadsBack(trx, returning)),
    numbers: toThings(await giveNumbersBack(trx, returning)),
    fallbackDuties: toThings(await giveFallbacksBack(trx, returning)),
    queues: toThings(await giveQueuesBack(trx, returning)),
  };
  const left = await listLeft(trx, returning);
  return { pulledBack, left: { count: left.length, items: left.slice(0, 1_000).map(toLeft) } };
}

const nothingBack: ReactivationEffects = {
  pulledBack: { leads: none(), numbers: none(), fallbackDuties: none(), queues: none() },
  left: { count: 0, items: [] },
};

function warnAboutLeft({ left }: ReactivationEffects): readonly Warning[] {
  if (left.count === 0) return [];
  const message =
    left.count === 1
      ? 'One thing has moved on since the deactivation and was left where it is.'
      : `${left.count} things have moved on since the deactivation and were left where they are.`;
  return [{ code: 'user.moved-on', message }];
}

function idsOf({ pulledBack, left }: ReactivationEffects) {
  const ids = (things: Things) => things.items.map((item) => item.id);
  return {
    leads: ids(pulledBack.leads),
    numbers: ids(pulledBack.numbers),
    queues: ids(pulledBack.queues),
    left: left.count,
  };
}

function toLeft({ type, id, name, nowId, nowName }: LeftThing): Left {
  return {
    type,
    id,
    name: name ?? '',
    now: nowId === null ? null : { id: nowId, name: nowName ?? '' },
    reason: name === null ? 'gone' : 'moved',
  };
}

function none(): Things {
  return { count: 0, items: [] };
}

/** How many, and the first hundred. */
export function toThings(rows: readonly { readonly id: string; readonly name: string }[]): Things {
  return { count: rows.length, items: rows.slice(0, 100).map(({ id, name }) => ({ id, name })) };
}

export function groupMoves(moves: readonly Move[]) {
  const of = (kind: string) => toThings(moves.filter((move) => move.kind.startsWith(kind)));
  return { leads: of('lead'), numbers: of('number'), fallbackDuties: of('fallback'), queues: of('queue') };
}
