import { problem } from '../../../services/routing/errors.ts';
import type { UserActor } from '../access.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { formatInstant, parseInstant } from '../instants.ts';
import { buildIssues } from '../issues.ts';
import type { Page } from '../paging.ts';
import type { Colleague, ColleagueQuery, Presence } from './schema.ts';

/** The user of the session; an API key is nobody. */
export function getOneself({ actor }: AdminRequest): UserActor {
  if (actor.type !== 'user') throw problem('session.required');
  return actor;
}

/** Everybody who is active, by name: the users' resource lists them. */
export type ListActive = (
  context: AdminContext,
  request: AdminRequest,
  query: ColleagueQuery,
) => Promise<Page<Colleague>>;

/** All but oneself. The last of a page may be missing for it, never one of the next. */
export async function listColleagues(
  context: AdminContext,
  request: AdminRequest,
  listActive: ListActive,
  query: ColleagueQuery,
): Promise<Page<Colleague>> {
  const { id: self } = getOneself(request);
  const { data, nextCursor } = await listActive(context, request, query);
  return {
    data: data.flatMap(({ id, firstName, lastName, extension }) =>
      id === self ? [] : [{ id, firstName, lastName, extension }],
    ),
    nextCursor,
  };
}

/** Changes the settings of a user, as PATCH /v1/users/{id} does. */
export type PatchUser = (
  context: AdminContext,
  request: AdminRequest,
  id: string,
  patch: Readonly<Record<string, unknown>>,
) => Promise<Answer<unknown>>;

/** Do-not-disturb by another name: what routing reads is the setting of the user, so the very next call knows. */
export async function putPresence(
  context: AdminContext,
  request: AdminRequest,
  patchUser: PatchUser,
  { state, until }: Presence,
): Promise<Answer<Presence>> {
  const { id } = getOneself(request);
  const issues = buildIssues();
  const ends = until === undefined ? undefined : parseInstant(issues, '/until', until);
  if (ends !== undefined && state === 'available') {
    issues.add('/until', 'contradiction', 'Leave this out, or choose the state do-not-disturb.');
  } else if (ends !== undefined && ends !== 0 && ends <= request.instant) {
    issues.add('/until', 'past', 'Use an instant in the future.');
  }
  issues.refuse();
  const shown = ends === undefined ? {} : { until: formatInstant(ends) };
  const on = state === 'do-not-disturb';
  // Null takes an instant away that was there before.
  await patchUser(context, request, id, { doNotDisturb: { on, until: shown.until ?? null } });
  return { body: { state, ...shown } };
}
