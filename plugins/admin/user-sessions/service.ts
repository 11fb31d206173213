import { problem } from '../../../services/routing/errors.ts';
import type { UserActor } from '../access.ts';
import { change, read } from '../change.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { formatInstant } from '../instants.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import { sessionIdleMs } from '../session-lookup.ts';
import type { OpenSession, SessionQuery } from './schema.ts';
import { deleteSessions, hasUser, listSessions, type SessionRow } from './store.ts';

/** Handed over by the sessions' resource: the session's person; an API key is nobody. */
export type GetPerson = (request: AdminRequest) => UserActor;

/** Of one user, or of everybody. Sessions that ended by themselves are not shown. */
export function listSessionPage(
  context: AdminContext,
  request: AdminRequest,
  userId: string | undefined,
  query: SessionQuery,
): Promise<Page<OpenSession>> {
  const { limit = defaultLimit } = query;
  const after = parseCursor('sessions', query.after);
  const { actor, instant } = request;
  return read(context, request, async (trx) => {
    const { organizationId } = actor;
    if (userId !== undefined && !(await hasUser(trx, organizationId, userId))) {
      throw problem('user.not-found');
    }
    const rows = await listSessions(trx, organizationId, {
      userId,
      now: new Date(instant),
      idleSince: new Date(instant - sessionIdleMs),
      after,
      limit,
    });
    const current = actor.type === 'user' ? actor.sessionId : undefined;
    return toPage(
      rows,
      limit,
      'sessions',
      (row) => ['', row.id],
      (row) => toSession(row, current),
    );
  });
}

/** Every session of one user; where it is oneself, this one too. */
export async function endUserSessions(
  context: AdminContext,
  request: AdminRequest,
  userId: string,
  except?: string,
): Promise<void> {
  const { organizationId } = request.actor;
  await change(context, request, async (trx, log) => {
    if (!(await hasUser(trx, organizationId, userId))) throw problem('user.not-found');
    const ended = await deleteSessions(trx, organizationId, {
      userId,
      ...(except === undefined ? {} : { except }),
    });
    log.skip();
    log.record({
      action: 'sessions.end',
      subjectType: 'user',
      subjectId: userId,
      after: { ended: ended.length },
    });
    return { body: null };
  });
}

export async function endSession(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  userId?: string,
): Promise<void> {
  const { organizationId } = request.actor;
  await change(context, request, async (trx, log) => {
    const which = { id, ...(userId === undefined ? {} : { userId }) };
    const [ended] = await deleteSessions(trx, organizationId, which);
    if (ended === undefined) throw problem('session.not-found');
    log.skip();
    log.record({
      action: 'sessions.end',
      subjectType: 'user',
      subjectId: ended.user_id,
      after: { ended: 1 },
    });
    return { body: null };
  });
}

/** Everybody's but the one that this request came with. */
export async function endAllSessions(context: AdminContext, request: AdminRequest): Promise<void> {
  const { actor } = request;
  await change(context, request, async (trx, log) => {
    const except = actor.type === 'user' ? { except: actor.sessionId } : {};
    const ended = await deleteSessions(trx, actor.organizationId, except);
    log.skip();
    log.record({
      action: 'sessions.end-all',
      subjectType: 'organization',
      subjectId: actor.organizationId,
      after: { ended: ended.length },
    });
    return { body: null };
  });
}

function toSession(row: SessionRow, current: string | undefined): OpenSession {
  return {
    id: row.id,
    user: { id: row.user_id, login: row.login, firstName: row.first_name, lastName: row.last_name },
    address: row.address,
    agent: row.agent,
    createdAt: formatInstant(row.created_at),
    lastSeenAt: formatInstant(row.last_seen_at),
    expiresAt: formatInstant(row.expires_at),
    current: row.id === current,
  };
}
