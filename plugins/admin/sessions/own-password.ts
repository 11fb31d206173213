import { problem } from '../../../services/routing/errors.ts';
import { inOrganization } from '../../../services/storage/database.ts';
import type { UserActor } from '../access.ts';
import { change, guarded, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { formatInstant } from '../instants.ts';
import { limited } from '../refusals.ts';
import { hashToken, sessionPrefix } from '../session-lookup.ts';
import type { User } from '../users/schema.ts';
import { weakPassword } from './hashing.ts';
import { type Attempt, loginWait, noteFailure, noteSuccess } from './login-limits.ts';
import { isShortPassword, passwordRefusal, verifyPassword } from './password.ts';
import type { Confirm, PasswordChange, SessionOpened } from './schema.ts';
import { passesSecondStep } from './second-step.ts';
import { type AnswerUser, getPerson } from './service.ts';
import { confirmSession, findPasswordHash, replacePassword } from './store.ts';

/**
 * The password again, for sensitive acts. A cookie goes on under a new token, so that one that was planted or copied
 * before is worth nothing; a bearer token, which nobody can plant, stays.
 */
export async function confirmPassword(
  context: AdminContext,
  answerUser: AnswerUser,
  request: AdminRequest,
  { password, code }: Confirm,
  presented: string,
  address: string,
): Promise<Answer<SessionOpened>> {
  const person = getPerson(request);
  await checkCurrent(context, request, person, password, address);
  const owner = { organizationId: person.organizationId, userId: person.id };
  const attempt = { account: person.id, address };
  if (!(await passesSecondStep(context, owner, code, attempt, request.instant))) throw problem('code.wrong');
  const token = person.carriedBy === 'cookie' ? `${sessionPrefix}${context.newToken()}` : presented;
  const { organizationId, sessionId } = person;
  return guarded(() =>
    inOrganization(context.database, organizationId, async (trx) => {
      const hash = token === presented ? undefined : hashToken(token);
      await confirmSession(trx, organizationId, sessionId, request.instant, hash);
      const { body: user } = await answerUser(trx, request, person.id);
      const { mustChangePassword } = person;
      return {
        body: { token, expiresAt: formatInstant(person.expiresAt), user, mustChangePassword },
        secret: true,
      };
    }),
  );
}

export async function changePassword(
  context: AdminContext,
  answerUser: AnswerUser,
  request: AdminRequest,
  body: PasswordChange,
  address: string,
): Promise<Answer<User>> {
  const person = getPerson(request);
  const current = await checkCurrent(context, request, person, body.current, address);
  const { body: user } = await read(context, request, (trx) => answerUser(trx, request, person.id));
  const refusal =
    body.new === body.current
      ? 'Use a password that is not the current one.'
      : passwordRefusal(body.new, [user.login, `${user.firstName}${user.lastName}`], user.meta.twoStep);
  if (refusal !== undefined) throw weakPassword('/new', refusal);
  const password = { hash: await context.hashPassword(body.new), isShort: isShortPassword(body.new) };
  return change(context, request, async (trx, log) => {
    // An administrator may have reset it meanwhile, so that nobody with the old one gets on.
    const now = await findPasswordHash(trx, person.organizationId, person.id);
    if (now !== current) throw problem('password.wrong');
    await replacePassword(trx, person.organizationId, person.id, password, person.sessionId);
    log.skip();
    log.record({ action: 'users.password.change', subjectType: 'user', subjectId: person.id });
    return answerUser(trx, request, person.id);
  });
}

/** What is stored of the password that was right. */
async function checkCurrent(
  context: AdminContext,
  request: AdminRequest,
  person: UserActor,
  password: string,
  address: string,
): Promise<string | null | undefined> {
  const attempt: Attempt = { account: person.id, address };
  const wait = loginWait(context.limits, attempt, request.instant);
  if (wait > 0) throw limited(wait);
  noteFailure(context.limits, attempt, request.instant);
  const stored = await read(context, request, (trx) =>
    findPasswordHash(trx, person.organizationId, person.id),
  );
  if (!(await verifyPassword(stored, password))) throw problem('password.wrong');
  noteSuccess(context.limits, attempt);
  return stored;
}
