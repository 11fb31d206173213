import type { Transaction } from '../../../services/storage/database.ts';
import type { Change } from '../../../services/storage/unit-of-work.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { dryRun } from '../dry-run.ts';
import { formatInstant } from '../instants.ts';
import { rehearsedIn } from '../rehearsal.ts';
import { buildBatchLog, type RunRow, runRow } from './rows.ts';
import { type Job, type JobResult, mostResults } from './schema.ts';
import type { NewRow, RowResult } from './store.ts';

/** What a job would do. */
export type Prepared = {
  readonly input: unknown;
  readonly rows: readonly (NewRow & { readonly name: string })[];
};

/** A dry run tries out so many; it counts and names them all the same. */
const mostTried = 200;

/** Everything is done as it would be, in one transaction that is rolled back. */
export async function tryOut(
  context: AdminContext,
  request: AdminRequest,
  job: { readonly kind: string; readonly action: string; readonly run: RunRow },
  prepare: (trx: Transaction) => Promise<Prepared>,
  onError: (error: unknown) => void,
): Promise<Answer<Job>> {
  const { body: tried } = await dryRun(context, request, async () => {
    const trx = rehearsedIn();
    if (trx === undefined) throw new Error('a dry run is no rehearsal');
    const { input, rows } = await prepare(trx);
    const results: JobResult[] = [];
    for (const [index, row] of rows.slice(0, mostResults).entries()) {
      const pending = { position: index + 1, user_id: row.userId, input: row.input ?? null };
      const log = buildBatchLog(unrecorded);
      const run = (own: Change) => job.run(trx, own, request, input, pending);
      results.push(
        toResult(row, index < mostTried ? await runRow(trx, log, pending, run, onError) : undefined),
      );
    }
    return { body: { total: rows.length, results } };
  });
  const now = formatInstant(request.instant);
  const { total, results } = tried;
  return {
    body: {
      id: null,
      kind: job.kind,
      action: job.action,
      dryRun: true,
      state: 'done',
      total,
      done: results.filter((result) => result.state === 'done').length,
      failed: results.filter((result) => result.state === 'failed').length,
      results,
      nextCursor: null,
      createdAt: now,
      startedAt: now,
      endedAt: now,
    },
  };
}

const unrecorded: Change = { record: () => undefined, skip: () => undefined };

function toResult(row: Prepared['rows'][number], result: RowResult | undefined): JobResult {
  return {
    userId: row.userId,
    name: row.name,
    state: result?.state ?? 'pending',
    ...(row.line === undefined ? {} : { line: row.line }),
    ...(typeof result?.cell === 'string' && row.line !== undefined ? { column: result.cell } : {}),
    ...(typeof result?.code === 'string' ? { code: result.code } : {}),
    ...(typeof result?.message === 'string' ? { message: result.message } : {}),
  };
}
