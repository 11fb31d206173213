import { problem } from '../../../services/routing/errors.ts';
import { inOrganization, type Transaction } from '../../../services/storage/database.ts';
import { findOrganizationForLogin } from '../../../services/storage/lookups.ts';
import { insertActivities, tellActivities } from '../../../services/storage/unit-of-work.ts';
import { type Actor, permissionsOf, type UserActor } from '../access.ts';
import { guarded, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { formatInstant } from '../instants.ts';
import { writeRefusal } from '../refusal-activity.ts';
import { limited } from '../refusals.ts';
import type { Visitor } from '../session-cookie.ts';
import { hashToken, sessionLifeMs, sessionPrefix } from '../session-lookup.ts';
import type { User } from '../users/schema.ts';
import { type Attempt, loginPause, loginWait, noteFailure, noteSuccess } from './login-limits.ts';
import { verifyPassword } from './password.ts';
import type { Login, Session, SessionOpened } from './schema.ts';
import { passesSecondStep } from './second-step.ts';
import { deleteSession, findLogin, getRole, insertSession } from './store.ts';

/** The user of a session as the API shows it, handed over by the users' resource in admin/index.ts. */
export type AnswerUser = (
  trx: Transaction,
  request: { readonly actor: Actor },
  id: string,
) => Promise<Answer<User>>;

/** The same answer after the same time for a wrong password, an unknown login, organization, and one who may not log in. */
export async function logIn(
  context: AdminContext,
  answerUser: AnswerUser,
  body: Login,
  visitor: Visitor,
): Promise<Answer<SessionOpened>> {
  const instant = context.clock.now();
  const account = `${body.organization ?? ''}/${body.login.toLowerCase()}`;
  const attempt: Attempt = { account, address: visitor.address };
  const wait = loginWait(context.limits, attempt, instant);
  if (wait > 0) throw limited(wait);
  // Counted before it is known to be wrong: a hundred tries at once must not all get through.
  noteFailure(context.limits, attempt, instant);
  const pause = loginPause(context.limits, attempt, instant);
  if (pause > 0) await context.pause(pause);
  const found = await findAccount(context, body);
  const isRight = await verifyPassword(found?.passwordHash, body.password);
  if (!isRight || found === undefined || !found.isActive) {
    await recordRefusedLogin(context, body, found, visitor);
    throw problem('session.invalid-login');
  }
  if (!(await passesSecondStep(context, found, body.code, attempt, instant))) {
    await recordRefusedLogin(context, body, found, visitor);
    throw problem('session.invalid-login');
  }
  noteSuccess(context.limits, attempt);
  return openSession(context, answerUser, found, visitor, instant);
}

/**
 * Also for a login that nobody has, so that both take the same time. What was typed as login is not kept: now and then
 * it is a password.
 */
async function recordRefusedLogin(
  context: AdminContext,
  body: Login,
  found: Account | undefined,
  { address, requestId }: Visitor,
): Promise<void> {
  const organizationId = await guarded(() =>
    findOrganizationForLogin(context.database, body.organization ?? null),
  );
  if (organizationId === undefined) return;
  const by = { organizationId, actor: { type: 'system', id: null }, requestId } as const;
  const subjectId = found?.userId ?? null;
  await guarded(() =>
    writeRefusal(context, by, {
      action: 'session.refuse',
      subjectType: 'user',
      subjectId,
      after: { address },
    }),
  );
}

type Account = {
  readonly organizationId: string;
  readonly userId: string;
  readonly passwordHash: string | null;
  readonly isActive: boolean;
};

async function findAccount(context: AdminContext, body: Login): Promise<Account | undefined> {
  const organizationId = await guarded(() =>
    findOrganizationForLogin(context.database, body.organization ?? null),
  );
  if (organizationId === undefined) return undefined;
  const row = await guarded(() =>
    inOrganization(context.database, organizationId, (trx) => findLogin(trx, organizationId, body.login), {
      readOnly: true,
    }),
  );
  if (row === undefined) return undefined;
  const { id: userId, password_hash: passwordHash, status } = row;
  return { organizationId, userId, passwordHash, isActive: status === 'active' };
}

/** A new session of somebody who has proved who they are; with a password, if it is still the one. */
export async function openSession(
  context: AdminContext,
  answerUser: AnswerUser,
  owner: {
    readonly organizationId: string;
    readonly userId: string;
    readonly passwordHash?: string | null;
  },
  visitor: Visitor,
  instant: number,
): Promise<Answer<SessionOpened>> {
  const { organizationId, userId } = owner;
  const passwordHash = owner.passwordHash ?? undefined;
  const token = `${sessionPrefix}${context.newToken()}`;
  const expiresAt = instant + sessionLifeMs;
  const id = context.newId();
  const { address, agent, requestId } = visitor;
  return guarded(() =>
    inOrganization(context.database, organizationId, async (trx) => {
      // First the activity row, which waits for changes of the organization: the other way round, a change that
      // touches this user and this login would wait for each other.
      const by = {
        organizationId,
        actor: { type: 'user', id: userId },
        requestId,
        newId: context.newId,
      } as const;
      const recorded = await insertActivities(trx, by, [
        { action: 'session.create', subjectType: 'user', subjectId: userId, after: { address } },
      ]);
      const session = {
        id,
        userId,
        passwordHash,
        hash: hashToken(token),
        instant,
        expiresAt,
        address,
        agent,
      };
      if (!(await insertSession(trx, organizationId, session))) throw problem('session.invalid-login');
      const { user, mustChangePassword } = await describeSelf(trx, answerUser, organizationId, userId, id);
      const body = { token, expiresAt: formatInstant(expiresAt), user, mustChangePassword };
      await tellActivities(trx, by, recorded);
      return { body, secret: true };
    }),
  );
}

/** The user as they see themselves: `editableFields` depends on who looks. */
async function describeSelf(
  trx: Transaction,
  answerUser: AnswerUser,
  organizationId: string,
  userId: string,
  sessionId: string,
): Promise<{ readonly user: User; readonly mustChangePassword: boolean }> {
  const row = await getRole(trx, organizationId, userId);
  const actor: Actor = {
    type: 'user',
    id: userId,
    organizationId,
    sessionId,
    role: row.role,
    permissions: permissionsOf(row.role, row.granted),
    confirmedAt: 0,
    expiresAt: 0,
    mustChangePassword: row.must_change_password,
    carriedBy: 'bearer',
  };
  const { body } = await answerUser(trx, { actor }, userId);
  return { user: body, mustChangePassword: row.must_change_password };
}

/** The session's person; an API key is nobody. */
export function getPerson({ actor }: AdminRequest): UserActor {
  if (actor.type !== 'user') throw problem('session.required');
  return actor;
}

export async function readSession(
  context: AdminContext,
  answerUser: AnswerUser,
  request: AdminRequest,
): Promise<Answer<Session>> {
  const person = getPerson(request);
  const { body: user } = await read(context, request, (trx) => answerUser(trx, request, person.id));
  return {
    body: {
      expiresAt: formatInstant(person.expiresAt),
      confirmedAt: formatInstant(person.confirmedAt),
      user,
      permissions: [...person.permissions],
      mustChangePassword: person.mustChangePassword,
    },
  };
}

export async function logOut(context: AdminContext, request: AdminRequest): Promise<void> {
  const { organizationId, sessionId, id } = getPerson(request);
  await guarded(() =>
    inOrganization(context.database, organizationId, async (trx) => {
      const { requestId } = request;
      const by = { organizationId, actor: { type: 'user', id }, requestId, newId: context.newId } as const;
      const recorded = await insertActivities(trx, by, [
        { action: 'session.delete', subjectType: 'user', subjectId: id },
      ]);
      await deleteSession(trx, organizationId, sessionId);
      await tellActivities(trx, by, recorded);
    }),
  );
  context.noteChange(organizationId);
}
