import { problem } from '../../../services/routing/errors.ts';
import { inOrganization, type Transaction } from '../../../services/storage/database.ts';
import { findAccount, setPassword } from '../account-store.ts';
import { change, guarded } from '../change.ts';
import { changeByLink } from '../change-by-link.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { queueInvitation } from '../notices.ts';
import { findToken, spendToken } from '../one-time-token.ts';
import type { Visitor } from '../session-cookie.ts';
import type { Hashing } from '../sessions/hashing.ts';
import type { SessionOpened } from '../sessions/schema.ts';
import type { AnswerUser } from '../sessions/service.ts';
import type { AcceptInvitation } from './schema.ts';

/** Handed over by the sessions' resource in admin/index.ts. */
export type InvitationPorts = {
  readonly answerUser: AnswerUser;
  readonly hashChecked: Hashing['hashChecked'];
  readonly openSession: (
    context: AdminContext,
    answerUser: AnswerUser,
    owner: { readonly organizationId: string; readonly userId: string },
    visitor: Visitor,
    instant: number,
  ) => Promise<Answer<SessionOpened>>;
};

/** A new link to the same address; the former one is worth nothing any more. */
export async function resendInvitation(
  context: AdminContext,
  request: AdminRequest,
  answerUser: AnswerUser,
  id: string,
): Promise<Awaited<ReturnType<AnswerUser>>> {
  const { organizationId } = request.actor;
  const answer = await change(context, request, async (trx, log) => {
    const account = await findAccount(trx, organizationId, id);
    if (account === undefined) throw problem('user.not-found');
    if (account.status !== 'pending' || account.email === null) {
      throw problem('user.status', {
        detail: `The user is ${account.status}; only somebody who has not confirmed yet is invited again.`,
      });
    }
    const notice = { organizationId, userId: id, instant: request.instant };
    await queueInvitation(trx, context, notice, account.email);
    log.record({ action: 'users.invite', subjectType: 'user', subjectId: id });
    log.skip();
    return answerUser(trx, request, id);
  });
  context.kickMail();
  return answer;
}

/** Sets the password, makes the user active, and logs them in. */
export async function acceptInvitation(
  context: AdminContext,
  ports: InvitationPorts,
  body: AcceptInvitation,
  visitor: Visitor,
): Promise<Answer<SessionOpened>> {
  const instant = context.clock.now();
  const token = await findToken(context.database, body.token, 'invitation', instant);
  if (token === undefined) throw problem('token.invalid');
  const { organizationId, userId } = token;
  const account = await guarded(() =>
    inOrganization(context.database, organizationId, (trx) => findAccount(trx, organizationId, userId), {
      readOnly: true,
    }),
  );
  if (account?.status !== 'pending') throw problem('token.invalid');
  const password = await ports.hashChecked(account, body.password, '/password');
  await changeByLink(context, { ...token, requestId: visitor.requestId }, async (trx, log) => {
    const isStillInvited = (await findAccount(trx, organizationId, userId))?.status === 'pending';
    if (!isStillInvited || !(await spendToken(trx, token, instant))) throw problem('token.invalid');
    await activate(trx, token, password, instant);
    log.record({
      action: 'users.confirm',
      subjectType: 'user',
      subjectId: userId,
      before: { status: 'pending' },
      after: { status: 'active' },
    });
  });
  return ports.openSession(context, ports.answerUser, token, visitor, instant);
}

async function activate(
  trx: Transaction,
  { organizationId, userId }: { readonly organizationId: string; readonly userId: string },
  password: { readonly hash: string; readonly isShort: boolean },
  instant: number,
): Promise<void> {
  await setPassword(trx, organizationId, userId, {
    ...password,
    mustChange: false,
    status: 'active',
    instant,
  });
}
