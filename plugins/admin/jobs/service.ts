import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { formatInstant } from '../instants.ts';
import { missing } from '../refusals.ts';
import { type Job, type JobQuery, type JobResult, mostResults } from './schema.ts';
import {
  deleteOldJobs,
  findJob,
  forgetInputs,
  insertJob,
  type JobRecord,
  listResults,
  type NewRow,
  type ResultRow,
  updateProgress,
} from './store.ts';

/** One's own, and with the permission everybody's. */
export function readJob(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  query: JobQuery,
): Promise<Answer<Job>> {
  return read(context, request, async (trx) => {
    const job = await getJob(trx, request, id, 'jobs.read');
    return { body: await describeJob(trx, job, query) };
  });
}

export type NewJob = {
  readonly kind: string;
  readonly input: { readonly action: string } & Readonly<Record<string, unknown>>;
  readonly rows: readonly NewRow[];
};

/** Writes the job down, with its rows; the worker does them after the commit. */
export async function storeJob(
  trx: Transaction,
  context: Pick<AdminContext, 'newId'>,
  request: AdminRequest,
  { kind, input, rows }: NewJob,
): Promise<Job> {
  const { actor, requestId, instant } = request;
  const { organizationId } = actor;
  const id = context.newId();
  await deleteOldJobs(trx, organizationId, instant);
  await insertJob(
    trx,
    {
      organization_id: organizationId,
      id,
      kind,
      actor_type: actor.type,
      actor_id: actor.id,
      request_id: requestId,
      input,
      createdAt: instant,
    },
    rows,
  );
  const job = await findJob(trx, organizationId, id);
  if (job === undefined) throw problem('job.not-found');
  return describeJob(trx, job, {});
}

/** What is done stays done; what is left is not begun. */
export function cancelJob(context: AdminContext, request: AdminRequest, id: string): Promise<Answer<Job>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const job = await getJob(trx, request, id, 'jobs.write');
    if (job.state !== 'queued' && job.state !== 'running') {
      throw problem('job.ended', { detail: `The job is ${job.state}.` });
    }
    const { instant } = request;
    await updateProgress(trx, organizationId, id, { state: 'canceled', done: 0, failed: 0, instant });
    await forgetInputs(trx, organizationId, id);
    log.skip();
    log.record({
      action: 'jobs.cancel',
      subjectType: 'job',
      subjectId: id,
      before: { state: job.state },
      after: { state: 'canceled', done: job.done, failed: job.failed, total: job.total },
    });
    return { body: await describeJob(trx, await getJob(trx, request, id, 'jobs.write'), {}) };
  });
}

export async function getJob(
  trx: Transaction,
  { actor }: AdminRequest,
  id: string,
  permission: 'jobs.read' | 'jobs.write',
): Promise<JobRecord> {
  const job = await findJob(trx, actor.organizationId, id);
  if (job === undefined) throw problem('job.not-found');
  const own = job.actor_type === actor.type && job.actor_id === actor.id;
  if (!own && !actor.permissions.has(permission)) throw missing(permission);
  return job;
}

async function describeJob(trx: Transaction, job: JobRecord, query: JobQuery): Promise<Job> {
  const { limit = mostResults, after = '0' } = query;
  const rows = await listResults(trx, job.organization_id, job.id, limit, Number(after));
  const shown = rows.slice(0, limit);
  const last = shown[shown.length - 1];
  return {
    id: job.id,
    kind: job.kind,
    action: String(Reflect.get(Object(job.input), 'action')),
    dryRun: false,
    state: job.state,
    total: job.total,
    done: job.done,
    failed: job.failed,
    results: shown.map(toResult),
    nextCursor: rows.length > limit && last !== undefined ? String(last.position) : null,
    createdAt: formatInstant(job.created_at),
    startedAt: job.started_at === null ? null : formatInstant(job.started_at),
    endedAt: job.ended_at === null ? null : formatInstant(job.ended_at),
  };
}

function toResult(row: ResultRow): JobResult {
  return {
    userId: row.user_id,
    name: row.name ?? '',
    state: row.state,
    ...(row.line === null ? {} : { line: row.line }),
    ...(row.line === null || row.cell === null ? {} : { column: row.cell }),
    ...(row.code === null ? {} : { code: row.code }),
    ...(row.message === null ? {} : { message: row.message }),
  };
}
