import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { ActorType } from '../../../services/storage/tables.ts';

export type ActivityRow = {
  readonly id: string;
  readonly at: Date;
  readonly actor_type: ActorType;
  readonly actor_id: string | null;
  readonly action: string;
  readonly subject_type: string;
  readonly subject_id: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly personal_before: unknown;
  readonly personal_after: unknown;
  readonly request_id: string;
  readonly actor_name: string | null;
  readonly subject_name: string | null;
};

export type ActivityFilter = {
  readonly q: string | undefined;
  readonly action: string | undefined;
  readonly actor: string | undefined;
  readonly subject: string | undefined;
  /** Actor or subject: what somebody did, and what was done to them. */
  readonly about: string | undefined;
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  /** Id of the last row of the page before. */
  readonly after: string | undefined;
  readonly limit: number;
};

export async function hasUser(trx: Transaction, organizationId: string, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom('user')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}

/** Rows that are read for a text in one request: some 50 ms. */
const mostSearched = 10_000;

/**
 * The newest first, one more than `limit` where there are more. A text is looked for in the newest 10,000 of the rows
 * that fit otherwise; `searchedTo` is the last of them where the log goes on behind it.
 */
export async function listActivity(
  trx: Transaction,
  organizationId: string,
  filter: ActivityFilter,
): Promise<{ readonly rows: readonly ActivityRow[]; readonly searchedTo: string | undefined }> {
  const { q, limit } = filter;
  const fitting = selectFitting(trx, organizationId, filter);
  let searchedTo: string | undefined;
  if (q !== undefined) {
    const end = await fitting.select('a.id').orderBy('a.id', 'desc').offset(mostSearched).limit(1).execute();
    searchedTo = end[0]?.id;
  }
  let query = fitting
    .leftJoin('activity_personal as p', (join) =>
      join.onRef('p.organization_id', '=', 'a.organization_id').onRef('p.activity_id', '=', 'a.id'),
    )
    .select([
      'a.id',
      'a.at',
      'a.actor_type',
      'a.actor_id',
      'a.action',
      'a.subject_type',
      'a.subject_id',
      'a.before',
      'a.after',
      'p.before as personal_before',
      'p.after as personal_after',
      'a.request_id',
    ])
    .select([
      nameOf(sql.ref('a.actor_id')).as('actor_name'),
      nameOf(sql.ref('a.subject_id')).as('subject_name'),
    ]);
  if (searchedTo !== undefined) query = query.where('a.id', '>=', searchedTo);
  for (const word of wordsOf(q ?? '')) {
    query = query.where(found(organizationId, word.toLowerCase(), word));
  }
  const rows = await query
    .orderBy('a.id', 'desc')
    .limit(limit + 1)
    .execute();
  return { rows, searchedTo };
}

/** By everything but the text. */
function selectFitting(trx: Transaction, organizationId: string, filter: ActivityFilter) {
  const { action } = filter;
  let query = trx.selectFrom('activity as a').where('a.organization_id', '=', organizationId);
  if (action !== undefined) {
    const below = `${action.replace(/\.$/, '')}.`;
    query = query.where(sql<boolean>`(a.action = ${action} or starts_with(a.action, ${below}))`);
  }
  if (filter.actor !== undefined) query = query.where('a.actor_id', '=', filter.actor);
  if (filter.subject !== undefined) query = query.where('a.subject_id', '=', filter.subject);
  const { about } = filter;
  if (about !== undefined)
    query = query.where((where) =>
      where.or([where('a.actor_id', '=', about), where('a.subject_id', '=', about)]),
    );
  if (filter.from !== undefined) query = query.where('a.at', '>=', filter.from);
  if (filter.to !== undefined) query = query.where('a.at', '<', filter.to);
  if (filter.after !== undefined) query = query.where('a.id', '<', filter.after);
  return query;
}

/** What a person calls it now. Row-level security and the organization of the row keep others out. */
function nameOf(id: ReturnType<typeof sql.ref>) {
  const here = sql`organization_id = a.organization_id and id = ${id}`;
  return sql<string | null>`coalesce(
    (select first_name || ' ' || last_name from "user" where ${here}),
    (select name from queue where ${here}),
    (select case when name = '' then number else name end from number where ${here}),
    (select name from lead where ${here}),
    (select name from api_key where ${here}))`;
}

const mostWords = 8;

/** Each of them must be found, in whatever place: `ana forward` is what was done with a forward by or to an Ana. */
function wordsOf(q: string): readonly string[] {
  return q
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, mostWords);
}

/** The documents are read as text: a filter of rows that are read anyway, newest first, until the page is full. */
function found(organizationId: string, lower: string, exact: string) {
  const people = sql`select user_id from user_word where organization_id = ${organizationId} and word >= ${lower} and word < ${`${lower}\u{10ffff}`}`;
  return sql<boolean>`(
    position(${lower} in a.action) > 0
    or a.request_id = ${exact}
    or a.actor_id in (${people}) or a.subject_id in (${people})
    or position(${lower} in lower(concat(a.before, a.after, p.before, p.after))) > 0)`;
}
