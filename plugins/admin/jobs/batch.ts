import { sql } from 'kysely';
import { inOrganization, type Transaction } from '../../../services/storage/database.ts';
import {
  type ActivityRecord,
  type Change,
  changeOrganization,
} from '../../../services/storage/unit-of-work.ts';
import { guarded, noting } from '../change.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { queueOutsideNotices } from '../outside-notice.ts';
import { findJobActor } from './actor.ts';
import { type OutsideKind, runOutsideBatch } from './outside.ts';
import { type BatchLog, buildBatchLog, type RunRow, runRow } from './rows.ts';
import {
  findJob,
  finishRow,
  listPendingRows,
  type PendingRow,
  type RowResult,
  updateProgress,
} from './store.ts';

/** So many rows hold the organization's row at once: calls do not wait for it, other administrators do. */
const rowsAtOnce = 25;

export type JobParts = {
  /** How each kind of job is done. */
  readonly kinds: Readonly<Record<string, RunRow>>;
  /** Those that ask somebody outside. */
  readonly outside: Readonly<Record<string, OutsideKind>>;
  /** Told of what is no refusal. */
  readonly onError: (error: unknown) => void;
};

/**
 * Does the next rows of a job: what they change and that they are done is one transaction, so a crash takes both back
 * and no row is done twice. False: nothing is left to do.
 */
export async function runBatch(
  context: AdminContext,
  parts: JobParts,
  organizationId: string,
  id: string,
): Promise<boolean> {
  const job = await guarded(() =>
    inOrganization(context.database, organizationId, (trx) => findJob(trx, organizationId, id), {
      readOnly: true,
    }),
  );
  if (job === undefined) return false;
  const outside = parts.outside[job.kind];
  if (outside !== undefined) return runOutsideBatch(context, outside, organizationId, id);
  let hasMailed = false;
  const { result, version } = await guarded(() =>
    changeOrganization(
      context.database,
      {
        organizationId,
        actor: { type: job.actor_type, id: job.actor_id },
        requestId: job.request_id,
        newId: context.newId,
      },
      async (trx, log) => {
        const instant = context.clock.now();
        const recorded: ActivityRecord[] = [];
        const ran = await runRows(trx, noting(log, recorded), instant, parts, organizationId, id);
        const actor = { type: job.actor_type, id: job.actor_id, organizationId };
        hasMailed = await queueOutsideNotices(trx, context, { actor, instant }, recorded);
        return ran;
      },
    ),
  );
  if (result.touched) await context.directories.advance(organizationId, version);
  if (hasMailed) context.kickMail();
  return result.more;
}

type Ran = { readonly more: boolean; readonly touched: boolean };

async function runRows(
  trx: Transaction,
  log: Change,
  instant: number,
  { kinds, onError }: JobParts,
  organizationId: string,
  id: string,
): Promise<Ran> {
  const job = await findJob(trx, organizationId, id);
  const run = job === undefined ? undefined : kinds[job.kind];
  const open = job?.state === 'queued' || job?.state === 'running';
  const actor = open ? await findJobActor(trx, job, instant) : undefined;
  if (!open || run === undefined || actor === undefined) {
    // Whoever asked for it is gone: nothing more is done in their name.
    if (open)
      await updateProgress(trx, organizationId, id, { state: 'canceled', done: 0, failed: 0, instant });
    log.skip();
    return { more: false, touched: false };
  }
  const request: AdminRequest = {
    actor,
    requestId: job.request_id,
    instant,
    ifMatch: undefined,
    idempotency: undefined,
  };
  const together = Reflect.get(Object(job.input), 'atomic') === true;
  const rows = await listPendingRows(trx, organizationId, id, together ? job.total : rowsAtOnce);
  const work = (row: PendingRow, batch: BatchLog) =>
    runRow(trx, batch, row, (own) => run(trx, own, request, job.input, row), onError);
  const { results, touched } = together
    ? await allOrNothing(trx, log, rows, work)
    : await each(log, rows, work);
  const counts = { done: 0, failed: 0 };
  for (const { position, result } of results) {
    counts[result.state] += 1;
    await finishRow(trx, organizationId, id, position, result);
  }
  const more = !together && rows.length === rowsAtOnce;
  await updateProgress(trx, organizationId, id, { state: more ? 'running' : 'done', ...counts, instant });
  if (!touched) log.skip();
  return { more, touched };
}

type Finished = { readonly position: number; readonly result: RowResult };
type Work = (row: PendingRow, batch: BatchLog) => Promise<RowResult>;
type Batch = { readonly results: readonly Finished[]; readonly touched: boolean };

async function each(log: Pick<Change, 'record'>, rows: readonly PendingRow[], work: Work): Promise<Batch> {
  const batch = buildBatchLog(log);
  const results: Finished[] = [];
  for (const row of rows) results.push({ position: row.position, result: await work(row, batch) });
  return { results, touched: batch.touched() };
}

/** One row that is refused takes all of them back. */
async function allOrNothing(
  trx: Transaction,
  log: Change,
  rows: readonly PendingRow[],
  work: Work,
): Promise<Batch> {
  const records: ActivityRecord[] = [];
  await sql`savepoint job_rows`.execute(trx);
  const batch = await each({ record: (activity) => void records.push(activity) }, rows, work);
  if (batch.results.every(({ result }) => result.state === 'done')) {
    for (const activity of records) log.record(activity);
    return batch;
  }
  await sql`rollback to savepoint job_rows`.execute(trx);
  const results = batch.results.map(({ position, result }, index) => {
    const userId = rows[index]?.user_id ?? null;
    return { position, result: result.state === 'failed' ? result : { ...notSaved, userId } };
  });
  return { results, touched: false };
}

const notSaved = {
  state: 'failed',
  code: 'import.not-saved',
  message: 'Nothing was saved, because other rows were refused.',
  cell: null,
  undo: undefined,
} as const;
