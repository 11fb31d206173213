import type { Transaction } from '../../../services/storage/database.ts';
import { read } from '../change.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import { findLabelId } from '../user-labels.ts';
import { queryWords } from '../user-words.ts';
import type { User, UserQuery } from './schema.ts';
import type { UserConditions } from './search-store.ts';
import { toUser } from './settings.ts';
import { listUsers, type UserRecord } from './store.ts';

export function listUserPage(
  context: AdminContext,
  request: AdminRequest,
  query: UserQuery,
): Promise<Page<User>> {
  const { sort = 'name', limit = defaultLimit } = query;
  const order = `users:${sort}`;
  const after = parseCursor(order, query.after);
  const { organizationId } = request.actor;
  return read(context, request, async (trx) => {
    const facts = await getOrganizationFacts(trx, organizationId);
    const records = await listUsers(trx, organizationId, {
      ...(await parseConditions(trx, organizationId, query)),
      sort,
      after,
      limit,
    });
    const placeOf = (record: UserRecord) =>
      [sort.endsWith('name') ? record.name_key : '', record.id] as const;
    return toPage(records, limit, order, placeOf, (record) => toUser(record, facts, request.actor));
  });
}

/** What a list and a bulk change are filtered by. */
export async function parseConditions(
  trx: Transaction,
  organizationId: string,
  query: Omit<UserQuery, 'sort' | 'limit' | 'after'>,
): Promise<UserConditions> {
  return {
    words: queryWords(query.q ?? ''),
    status: query.status,
    role: query.role,
    queue: query.queue,
    labels: await findFilterLabels(trx, organizationId, query),
    group: query.group,
  };
}

/** A label that does not exist is one that nobody has. */
async function findFilterLabels(
  trx: Transaction,
  organizationId: string,
  query: Pick<UserQuery, 'desk' | 'skill' | 'tag'>,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const kind of ['desk', 'skill', 'tag'] as const) {
    const text = query[kind];
    if (text === undefined) continue;
    ids.push((await findLabelId(trx, organizationId, kind, text)) ?? organizationId);
  }
  return ids;
}
