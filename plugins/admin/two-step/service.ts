import { problem } from '../../../services/routing/errors.ts';
import { needsReauthentication, type UserActor } from '../access.ts';
import { endSessionsOf, findAccount, requireLongPassword } from '../account-store.ts';
import { change, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { formatInstant } from '../instants.ts';
import { readableCode } from '../readable-code.ts';
import { limited } from '../refusals.ts';
import type { AnswerUser } from '../sessions/service.ts';

export type { AnswerUser };

import { findStep, hashBackupCode, type Owner, openSecret, sealSecret } from '../two-step-code.ts';
import { checkNotAbove } from '../user-permissions.ts';
import type { Enrolment, TwoStep, Verified, Verify } from './schema.ts';
import {
  countBackupCodes,
  disable,
  enable,
  findTwoStep,
  getOrganizationName,
  replaceBackupCodes,
  storePending,
} from './store.ts';

/** Handed over by the sessions' resource: the session's person; an API key is nobody. */
export type GetPerson = (request: AdminRequest) => UserActor;

const mostCodes = 10;
const codeWindowMs = 5 * 60_000;

export function readTwoStep(
  context: AdminContext,
  request: AdminRequest,
  person: UserActor,
): Promise<Answer<TwoStep>> {
  const owner = ownerOf(person);
  return read(context, request, async (trx) => {
    const row = await findTwoStep(trx, owner);
    const enabledAt = row?.enabled_at ?? null;
    return {
      body: {
        enabled: row !== undefined && row.secret !== null,
        enabledAt: enabledAt === null ? null : formatInstant(enabledAt),
        backupCodesLeft: await countBackupCodes(trx, owner),
      },
    };
  });
}

/** A new secret, to be proved with a code of it. Whoever begins anew gets another one. */
export async function enrol(
  context: AdminContext,
  request: AdminRequest,
  person: UserActor,
): Promise<Answer<Enrolment>> {
  checkFresh(request);
  const owner = ownerOf(person);
  // Not before somebody asks: they are eighty files, and few starts see one who does.
  const [{ generateSecret, generateURI }, { toDataURL }] = await Promise.all([
    import('otplib/functional'),
    import('qrcode'),
  ]);
  const secret = generateSecret();
  const { issuer, label } = await change(context, request, async (trx, log) => {
    const row = await findTwoStep(trx, owner);
    if (row !== undefined && row.secret !== null) throw problem('two-step.on');
    await storePending(trx, owner, sealSecret(context.box, owner, secret));
    log.skip();
    const account = await findAccount(trx, owner.organizationId, owner.userId);
    const name = await getOrganizationName(trx, owner.organizationId);
    return { body: { issuer: name, label: account?.login ?? '' }, secret: true };
  }).then((answer) => answer.body);
  const otpauthUrl = generateURI({ issuer, label, secret });
  return { body: { secret, otpauthUrl, qrCode: await toDataURL(otpauthUrl) }, secret: true };
}

/** From now on a login needs a code. Other sessions go on: they were opened by the same person. */
export function verify(
  context: AdminContext,
  request: AdminRequest,
  person: UserActor,
  { code }: Verify,
): Promise<Answer<Verified>> {
  checkFresh(request);
  const owner = ownerOf(person);
  const { instant } = request;
  const wait = context.limits.take(`two-step:${person.id}`, mostCodes, codeWindowMs, instant);
  if (wait > 0) throw limited(wait);
  const codes = newBackupCodes(context);
  return change(context, request, async (trx, log) => {
    const row = await findTwoStep(trx, owner);
    if (row !== undefined && row.secret !== null) throw problem('two-step.on');
    const sealed = row?.pending_secret ?? null;
    if (sealed === null) throw problem('two-step.off');
    const secret = openSecret(context.box, owner, sealed);
    const step = secret === undefined ? undefined : await findStep(secret, code, instant, 0);
    if (step === undefined) throw problem('code.wrong');
    await enable(trx, owner, sealed, step, instant);
    await replaceBackupCodes(
      trx,
      owner,
      codes.map((one) => hashBackupCode(owner, one)),
    );
    log.skip();
    log.record({ action: 'users.two-step.enable', subjectType: 'user', subjectId: owner.userId });
    return { body: { enabled: true, backupCodes: [...codes] }, secret: true };
  });
}

/** Ten new ones; the former are worth nothing any more. */
export function renewBackupCodes(
  context: AdminContext,
  request: AdminRequest,
  person: UserActor,
): Promise<Answer<Verified>> {
  checkFresh(request);
  const owner = ownerOf(person);
  const codes = newBackupCodes(context);
  return change(context, request, async (trx, log) => {
    const row = await findTwoStep(trx, owner);
    if (row === undefined || row.secret === null) throw problem('two-step.off');
    await replaceBackupCodes(
      trx,
      owner,
      codes.map((one) => hashBackupCode(owner, one)),
    );
    log.skip();
    log.record({ action: 'users.two-step.renew-codes', subjectType: 'user', subjectId: owner.userId });
    return { body: { enabled: true, backupCodes: [...codes] }, secret: true };
  });
}

/** A password that was long enough only together with a code has to be changed before anything else. */
export async function disableOwn(
  context: AdminContext,
  request: AdminRequest,
  person: UserActor,
): Promise<void> {
  checkFresh(request);
  const owner = ownerOf(person);
  await change(context, request, async (trx, log) => {
    log.skip();
    if (!(await disable(trx, owner))) throw problem('two-step.off');
    const mustChangePassword = await requireLongPassword(trx, owner.organizationId, owner.userId);
    log.record({
      action: 'users.two-step.disable',
      subjectType: 'user',
      subjectId: owner.userId,
      after: { mustChangePassword },
    });
    return { body: null };
  });
}

/** For somebody who lost the phone: it is off, sessions end, and the user sets it up again. */
export function resetTwoStep(
  context: AdminContext,
  request: AdminRequest,
  answerUser: AnswerUser,
  id: string,
): Promise<Awaited<ReturnType<AnswerUser>>> {
  checkFresh(request);
  const { organizationId } = request.actor;
  return change(context, request, async (trx, log) => {
    const account = await findAccount(trx, organizationId, id);
    if (account === undefined || account.status === 'deleted') throw problem('user.not-found');
    await checkNotAbove(trx, request.actor, id);
    if (!(await disable(trx, { organizationId, userId: id }))) throw problem('two-step.off');
    const endedSessions = await endSessionsOf(trx, organizationId, id);
    const mustChangePassword = await requireLongPassword(trx, organizationId, id);
    log.skip();
    log.record({
      action: 'users.two-step.reset',
      subjectType: 'user',
      subjectId: id,
      after: { endedSessions, mustChangePassword },
    });
    return answerUser(trx, request, id);
  });
}

/** Ten of 80 bits each. */
function newBackupCodes({ newToken }: Pick<AdminContext, 'newToken'>): readonly string[] {
  return Array.from({ length: 10 }, () => readableCode(newToken(), 4, 4));
}

function checkFresh({ actor, instant }: AdminRequest): void {
  if (needsReauthentication(actor, instant)) throw problem('session.reauthenticate');
}

function ownerOf({ organizationId, id }: UserActor): Owner {
  return { organizationId, userId: id };
}
