import { problem } from '../../../services/routing/errors.ts';
import { joinPersonal } from '../../../services/storage/personal-values.ts';
import { read } from '../change.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { formatInstant, parseInstant } from '../instants.ts';
import { buildIssues } from '../issues.ts';
import { defaultLimit, type Page, parseCursor, toCursor, toPage } from '../paging.ts';
import type { Activity, ActivityQuery } from './schema.ts';
import { type ActivityRow, hasUser, listActivity } from './store.ts';

/** `about`: only what this user did, and what was done to this user. */
export function listActivityPage(
  context: AdminContext,
  request: AdminRequest,
  query: ActivityQuery,
  about?: string,
): Promise<Page<Activity>> {
  const { limit = defaultLimit, q, action } = query;
  const issues = buildIssues('query.invalid');
  const instant = (name: 'from' | 'to') => {
    const text = query[name];
    return text === undefined ? undefined : new Date(parseInstant(issues, `/${name}`, text));
  };
  const filter = {
    q,
    action,
    limit,
    about,
    actor: query.actor?.toLowerCase(),
    subject: query.subject?.toLowerCase(),
    from: instant('from'),
    to: instant('to'),
    after: parseCursor('activity', query.after)?.[1],
  };
  issues.refuse();
  const { organizationId } = request.actor;
  return read(context, request, async (trx) => {
    if (about !== undefined && !(await hasUser(trx, organizationId, about))) throw problem('user.not-found');
    const { rows, searchedTo } = await listActivity(trx, organizationId, filter);
    const page = toPage(rows, limit, 'activity', (row) => ['', row.id], toActivity);
    if (page.nextCursor !== null || searchedTo === undefined) return page;
    // The log goes on behind what was searched: the next page looks there.
    return { ...page, nextCursor: toCursor('activity', ['', searchedTo]) };
  });
}

function toActivity(row: ActivityRow): Activity {
  return {
    id: row.id,
    at: formatInstant(row.at),
    actor: { type: row.actor_type, id: row.actor_id, name: row.actor_name },
    action: row.action,
    subject: { type: row.subject_type, id: row.subject_id, name: row.subject_name },
    before: joinPersonal(row.before, row.personal_before) ?? null,
    after: joinPersonal(row.after, row.personal_after) ?? null,
    requestId: row.request_id,
  };
}
