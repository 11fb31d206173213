import type { FastifyRequest } from 'fastify';
import { Problem } from '../../services/routing/errors.ts';
import { inOrganization } from '../../services/storage/database.ts';
import {
  type ActivityRecord,
  type Actor,
  insertActivities,
  tellActivities,
} from '../../services/storage/unit-of-work.ts';
import type { AdminContext } from './context.ts';
import { rehearsedIn } from './rehearsal.ts';

/** Most refusals that are written down for one actor in a minute: a program gone wild fills no log. */
const mostRecorded = 60;

/** What was refused for a lack of rights, as far as somebody known asked for it. Not what did not fit. */
const recorded: ReadonlySet<string> = new Set([
  'permission.missing',
  'origin.refused',
  'session.reauthenticate',
]);

/** Refusals are activity as well. Runs before the answer is sent; that it cannot be written changes no answer. */
export async function recordRefusal(
  context: AdminContext,
  request: FastifyRequest,
  error: unknown,
): Promise<void> {
  const { admin } = request;
  if (admin === null || !(error instanceof Problem) || !recorded.has(error.code)) return;
  if (rehearsedIn() !== undefined) return;
  const { actor, instant } = admin;
  if (context.limits.take(`refusal:${actor.id}`, mostRecorded, 60_000, instant) > 0) return;
  const permission = error.extra.permission;
  const after = {
    method: request.method,
    route: request.routeOptions.url ?? '',
    code: error.code,
    ...(typeof permission === 'string' ? { permission } : {}),
  };
  const record = { action: 'request.refuse', ...subjectOf(request), after };
  const by = { organizationId: actor.organizationId, actor, requestId: request.id };
  await writeRefusal(context, by, record).catch((cause: unknown) => {
    request.log.warn({ err: cause }, 'a refusal could not be written to the activity log');
  });
}

/** One row of its own: what was refused changed nothing. */
export async function writeRefusal(
  context: Pick<AdminContext, 'database' | 'newId'>,
  by: { readonly organizationId: string; readonly actor: Actor; readonly requestId: string },
  record: ActivityRecord,
): Promise<void> {
  await inOrganization(context.database, by.organizationId, async (trx) => {
    const recorded = await insertActivities(trx, { ...by, newId: context.newId }, [record]);
    await tellActivities(trx, { ...by, newId: context.newId }, recorded);
  });
}

function subjectOf(request: FastifyRequest): Pick<ActivityRecord, 'subjectType' | 'subjectId'> {
  const resource = /^\/v1\/(user|number|queue|lead|api-key)s\/:id/.exec(request.routeOptions.url ?? '')?.[1];
  const id: unknown = Reflect.get(Object(request.params), 'id');
  if (resource === undefined || typeof id !== 'string' || !/^[0-9a-f-]{36}$/.test(id)) {
    return { subjectType: 'organization', subjectId: null };
  }
  return { subjectType: resource, subjectId: id };
}
