import { problem } from '../../../services/routing/errors.ts';
import { inOrganization, type Transaction } from '../../../services/storage/database.ts';
import { findOrganizationForLogin } from '../../../services/storage/lookups.ts';
import { insertActivities, tellActivities } from '../../../services/storage/unit-of-work.ts';
import { needsReauthentication } from '../access.ts';
import { type AccountRow, findAccount, findAccountByName, setPassword } from '../account-store.ts';
import { change, guarded, read } from '../change.ts';
import { changeByLink } from '../change-by-link.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { buildIssues } from '../issues.ts';
import { queuePasswordReset } from '../notices.ts';
import { findToken, revokeTokens, spendToken } from '../one-time-token.ts';
import { readableCode } from '../readable-code.ts';
import { limited } from '../refusals.ts';
import type { Visitor } from '../session-cookie.ts';
import type { Hashing } from '../sessions/hashing.ts';
import type { AnswerUser } from '../sessions/service.ts';
import { checkNotAbove } from '../user-permissions.ts';
import type { AdminReset, AdminResetDone, ForgotPassword, ResetPassword } from './schema.ts';
import { getResetPolicy } from './store.ts';

export type PasswordPorts = {
  readonly answerUser: AnswerUser;
  readonly hashChecked: Hashing['hashChecked'];
};

/** The answer comes after this long at the earliest, whether or not there was anybody to write to. */
const answerAfterMs = 400;
const mostFromAddress = 20;
const mostForAccount = 3;
const accountWindowMs = 15 * 60_000;

/** The same answer after the same time for everybody; a mail goes to whoever is active and has an address. */
export async function forgotPassword(
  context: AdminContext,
  body: ForgotPassword,
  visitor: Visitor,
): Promise<void> {
  const instant = context.clock.now();
  const wait = context.limits.take(`forgot:${visitor.address}`, mostFromAddress, 60_000, instant);
  if (wait > 0) throw limited(wait);
  const account = `forgot-account:${body.organization ?? ''}/${body.login.toLowerCase()}`;
  const isFlood = context.limits.take(account, mostForAccount, accountWindowMs, instant) > 0;
  const work = isFlood ? Promise.resolve() : mailReset(context, body, visitor, instant);
  await Promise.all([work, context.pause(answerAfterMs)]);
  context.kickMail();
}

async function mailReset(
  context: AdminContext,
  body: ForgotPassword,
  { address, requestId }: Visitor,
  instant: number,
): Promise<void> {
  const organizationId = await guarded(() =>
    findOrganizationForLogin(context.database, body.organization ?? null),
  );
  if (organizationId === undefined) return;
  await guarded(() =>
    inOrganization(context.database, organizationId, async (trx) => {
      const account = await findAccountByName(trx, organizationId, body.login);
      if (account === undefined || account.status !== 'active' || account.email === null) return;
      const by = {
        organizationId,
        actor: { type: 'system', id: null },
        requestId,
        newId: context.newId,
      } as const;
      const recorded = await insertActivities(trx, by, [
        {
          action: 'users.password.forget',
          subjectType: 'user',
          subjectId: account.id,
          after: { address },
        },
      ]);
      await queuePasswordReset(trx, context, { organizationId, userId: account.id, instant }, account.email);
      await tellActivities(trx, by, recorded);
    }),
  );
}

/** With the link of a mail: the new password, and every session ends. Two-step verification stays as it is. */
export async function resetPassword(
  context: AdminContext,
  { hashChecked }: Pick<PasswordPorts, 'hashChecked'>,
  body: ResetPassword,
  visitor: Visitor,
): Promise<void> {
  const instant = context.clock.now();
  const token = await findToken(context.database, body.token, 'password-reset', instant);
  if (token === undefined) throw problem('token.invalid');
  const { organizationId, userId } = token;
  const account = await guarded(() =>
    inOrganization(context.database, organizationId, (trx) => findAccount(trx, organizationId, userId), {
      readOnly: true,
    }),
  );
  if (account?.status !== 'active') throw problem('token.invalid');
  const password = await hashChecked(account, body.password, '/password');
  await changeByLink(context, { ...token, requestId: visitor.requestId }, async (trx, log) => {
    const isStillActive = (await findAccount(trx, organizationId, userId))?.status === 'active';
    if (!isStillActive || !(await spendToken(trx, token, instant))) throw problem('token.invalid');
    await setPassword(trx, organizationId, userId, { ...password, mustChange: false, instant });
    log.record({ action: 'users.password.reset', subjectType: 'user', subjectId: userId });
    log.skip();
  });
}

/** An administrator's reset, in one of the ways that the organization allows. */
export async function resetUserPassword(
  context: AdminContext,
  ports: PasswordPorts,
  request: AdminRequest,
  id: string,
  body: AdminReset,
): Promise<Answer<AdminResetDone>> {
  checkBody(body);
  const { organizationId } = request.actor;
  if (needsReauthentication(request.actor, request.instant)) throw problem('session.reauthenticate');
  // Hashing takes a while, and must not hold the organization's row: so the checks come twice.
  const account = await read(context, request, (trx) => check(trx, request, id, body));
  const password =
    body.method === 'generated' ? readableCode(context.newToken(), 4, 5) : (body.password ?? '');
  const stored = body.method === 'mail' ? undefined : await ports.hashChecked(account, password, '/password');
  const mustChange = body.method !== 'mail' && body.mustChangePassword !== false;
  const answer = await change(context, request, async (trx, log) => {
    const account = await check(trx, request, id, body);
    let endedSessions = 0;
    if (stored === undefined) {
      const notice = { organizationId, userId: id, instant: request.instant };
      await queuePasswordReset(trx, context, notice, account.email ?? '');
    } else {
      await revokeTokens(trx, organizationId, id, ['password-reset']);
      endedSessions = await setPassword(trx, organizationId, id, {
        ...stored,
        mustChange,
        instant: request.instant,
      });
    }
    log.record({
      action: 'users.password.reset',
      subjectType: 'user',
      subjectId: id,
      after: { method: body.method, mustChangePassword: mustChange },
    });
    log.skip();
    const { body: user, etag } = await ports.answerUser(trx, request, id);
    const done = { method: body.method, mustChangePassword: mustChange, endedSessions, user };
    const isShown = body.method === 'generated';
    return {
      body: isShown ? { ...done, password } : done,
      ...(etag === undefined ? {} : { etag }),
      secret: isShown,
    };
  });
  context.kickMail();
  return answer;
}

function checkBody(body: AdminReset): void {
  const issues = buildIssues();
  if (body.method === 'typed' && body.password === undefined) {
    issues.add('/password', 'required', 'Add the new password.');
  }
  if (body.method !== 'typed' && body.password !== undefined) {
    issues.add('/password', 'contradiction', 'Leave this out, or use the method typed.');
  }
  if (body.method === 'mail' && body.mustChangePassword !== undefined) {
    issues.add('/mustChangePassword', 'contradiction', 'Leave this out: the user chooses the password.');
  }
  issues.refuse();
}

async function check(
  trx: Transaction,
  request: AdminRequest,
  id: string,
  { method }: AdminReset,
): Promise<AccountRow> {
  const { organizationId } = request.actor;
  const account = await findAccount(trx, organizationId, id);
  if (account === undefined || account.status === 'deleted') throw problem('user.not-found');
  await checkNotAbove(trx, request.actor, id);
  if (!(await getResetPolicy(trx, organizationId)).includes(method)) throw problem('password.reset-refused');
  if (account.status === 'pending') {
    throw problem('user.status', {
      detail: 'The user has not confirmed yet: POST resend-invitation instead.',
    });
  }
  if (method === 'mail' && account.email === null) throw problem('user.no-email');
  if (method === 'mail' && account.status !== 'active') {
    throw problem('user.status', { detail: 'The user is inactive: reactivate first.' });
  }
  return account;
}
