import { sql } from 'kysely';
import type { Transaction } from '../../storage/database.ts';
import { listPresence } from '../../storage/presence-reading.ts';
import type { SnapshotProvider } from './joining.ts';
import { type LiveReach, type LiveViewer, maskNumbers, showsNumbers } from './view.ts';

/** Most rows of one snapshot; the lists of the REST API have the rest. */
const mostCalls = 1_000;
const mostRows = 50;

/** What there is at this moment. Each row looks like the data of the topic's events. */
export const snapshotProviders: readonly SnapshotProvider[] = [
  { topic: 'presence', read: readPeople },
  { topic: 'calls', read: readCalls },
  { topic: 'activity', read: readActivity },
  { topic: 'jobs', read: readJobs },
  { topic: 'coverage', read: readCoverage },
];

/** Who is more than offline. */
function readPeople(trx: Transaction, { organizationId, reach }: LiveViewer): Promise<unknown> {
  const { everybody = false, userIds = [] } = reach.presence ?? {};
  return listPresence(trx, organizationId, everybody ? null : [...userIds]);
}

type CallRow = {
  readonly data: { readonly queueId: string | null; readonly users: readonly UserOfCall[] };
};
type UserOfCall = { readonly userId: string; readonly queueId: string | null };

/** Calls that are not over, the newest first. */
async function readCalls(trx: Transaction, viewer: LiveViewer): Promise<unknown> {
  const { organizationId } = viewer;
  const seen = whereSeen(viewer.reach.calls);
  const { rows } = await sql<CallRow>`
    select jsonb_build_object('id', c.id, 'carrier', c.carrier,
      'from', jsonb_build_object('kind', c.from_kind, 'value', c.from_value),
      'to', jsonb_build_object('kind', c.to_kind, 'value', c.to_value),
      'numberId', c.number_id, 'userId', c.user_id, 'queueId', c.queue_id, 'state', c.state, 'outcome', c.outcome,
      'answeredBy', c.answered_by, 'startedAt', ${instant('c.started_at')}, 'answeredAt', ${instant('c.answered_at')},
      'endedAt', ${instant('c.ended_at')}, 'users', coalesce((
        select jsonb_agg(jsonb_build_object('userId', u.user_id, 'queueId', u.queue_id, 'rungAt', ${instant('u.rung_at')},
            'answeredAt', ${instant('u.answered_at')}, 'missed', u.missed) order by u.user_id)
          from call_user u where u.organization_id = c.organization_id and u.call_id = c.id), '[]')) as data
    from call c where c.organization_id = ${organizationId} and c.ended_at is null and ${seen}
    order by c.started_at desc, c.id limit ${mostCalls}`.execute(trx);
  return rows.map(({ data }) => {
    const userIds = data.users.map(({ userId }) => userId);
    return showsNumbers(viewer, { topic: 'calls', userIds, queueIds: [] }) ? data : maskNumbers(data);
  });
}

function whereSeen(reach: LiveReach | undefined) {
  if (reach?.everybody === true) return sql<boolean>`true`;
  const users = [...(reach?.userIds ?? [])];
  const queues = [...(reach?.queueIds ?? [])];
  return sql<boolean>`(c.queue_id = any(${queues}::uuid[]) or exists (select 1 from call_user s
    where s.organization_id = c.organization_id and s.call_id = c.id
      and (s.user_id = any(${users}::uuid[]) or s.queue_id = any(${queues}::uuid[]))))`;
}

/** As RFC 3339 in UTC, like every instant of the API. */
function instant(column: string) {
  return sql`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** The newest fifty that the viewer sees. */
async function readActivity(
  trx: Transaction,
  { organizationId, reach, userId }: LiveViewer,
): Promise<unknown> {
  let query = trx
    .selectFrom('activity')
    .select(['id', 'at', 'action', 'actor_type', 'actor_id', 'subject_type', 'subject_id'])
    .where('organization_id', '=', organizationId);
  if (reach.activity?.everybody !== true)
    query = query.where((where) =>
      where.or([where('actor_id', '=', userId), where('subject_id', '=', userId)]),
    );
  const rows = await query.orderBy('id', 'desc').limit(mostRows).execute();
  return rows.map((row) => ({
    id: row.id,
    at: row.at.toISOString(),
    action: row.action,
    actor: { type: row.actor_type, id: row.actor_id },
    subject: { type: row.subject_type, id: row.subject_id },
  }));
}

/** Those that go on, and the last ones that ended. */
async function readJobs(trx: Transaction, { organizationId, reach }: LiveViewer): Promise<unknown> {
  let query = trx
    .selectFrom('job')
    .select(['id', 'kind', 'state', 'total', 'done', 'failed', 'actor_type', 'actor_id'])
    .where('organization_id', '=', organizationId);
  if (reach.jobs?.everybody !== true) query = query.where('actor_id', 'in', [...(reach.jobs?.userIds ?? [])]);
  const rows = await query
    .orderBy(sql`state in ('queued', 'running')`, 'desc')
    .orderBy('id', 'desc')
    .limit(mostRows)
    .execute();
  return rows.map(({ actor_type, actor_id, ...job }) => ({
    ...job,
    actor: { type: actor_type, id: actor_id },
  }));
}

/** Not the hours themselves: what changed them, so that whoever shows them knows when to ask. */
async function readCoverage(trx: Transaction, { organizationId }: LiveViewer): Promise<unknown> {
  const { version } = await trx
    .selectFrom('organization')
    .select('version')
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return { version: Number(version) };
}
