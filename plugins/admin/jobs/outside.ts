import { inOrganization, type Transaction } from '../../../services/storage/database.ts';
import { changeOrganization } from '../../../services/storage/unit-of-work.ts';
import type { Permission } from '../access.ts';
import { guarded } from '../change.ts';
import type { AdminContext } from '../context.ts';
import { findJobActor } from './actor.ts';
import {
  findJob,
  finishRow,
  type JobRecord,
  listPendingRows,
  type PendingRow,
  updateProgress,
} from './store.ts';

/**
 * Jobs whose rows ask somebody outside, a carrier: nothing may wait for that while the organization's row is held. So
 * the rows are done first and marked afterwards. A crash between the two does them again, and two replicas may do the
 * same one at the same time: only what may be said twice is a job of this kind.
 */

export type OutsideRow = {
  readonly state: 'done' | 'failed';
  readonly code: string;
  readonly message: string;
};

export type OutsideKind = {
  /** Asked again before each batch: a right that was taken away meanwhile counts. */
  readonly permission: Permission;
  /** Never throws for what the other side says. */
  readonly run: (organizationId: string, inputs: readonly unknown[]) => Promise<readonly OutsideRow[]>;
};

const rowsAtOnce = 25;

type Batch = { readonly job: JobRecord; readonly rows: readonly PendingRow[] };

/** False: nothing is left to do. */
export async function runOutsideBatch(
  context: AdminContext,
  kind: OutsideKind,
  organizationId: string,
  id: string,
): Promise<boolean> {
  const batch = await guarded(() =>
    inOrganization(context.database, organizationId, (trx) => readBatch(trx, organizationId, id), {
      readOnly: true,
    }),
  );
  if (batch === undefined) return false;
  const allowed = await guarded(() =>
    inOrganization(
      context.database,
      organizationId,
      async (trx) => {
        const actor = await findJobActor(trx, batch.job, context.clock.now());
        return actor?.permissions.has(kind.permission) === true;
      },
      { readOnly: true },
    ),
  );
  const results = allowed
    ? await kind.run(
        organizationId,
        batch.rows.map((row) => row.input),
      )
    : undefined;
  return guarded(() => markBatch(context, organizationId, id, batch, results));
}

async function readBatch(trx: Transaction, organizationId: string, id: string): Promise<Batch | undefined> {
  const job = await findJob(trx, organizationId, id);
  if (job?.state !== 'queued' && job?.state !== 'running') return undefined;
  return { job, rows: await listPendingRows(trx, organizationId, id, rowsAtOnce) };
}

/** Under the organization's lock: a row that another replica marked meanwhile is not counted twice. */
async function markBatch(
  context: AdminContext,
  organizationId: string,
  id: string,
  { job, rows }: Batch,
  results: readonly OutsideRow[] | undefined,
): Promise<boolean> {
  const actor = { type: job.actor_type, id: job.actor_id };
  const requestId = job.request_id;
  const { result } = await changeOrganization(
    context.database,
    { organizationId, actor, requestId, newId: context.newId },
    async (trx, log) => {
      log.skip();
      const now = await readBatch(trx, organizationId, id);
      if (now === undefined) return false;
      const instant = context.clock.now();
      const counts = { done: 0, failed: 0 };
      // Whoever asked for it is gone, or may not any more.
      if (results === undefined) {
        await updateProgress(trx, organizationId, id, { state: 'canceled', ...counts, instant });
        return false;
      }
      const pending = new Set(now.rows.map((row) => row.position));
      for (const [index, { position, user_id: userId }] of rows.entries()) {
        const row = results[index];
        if (row === undefined || !pending.delete(position)) continue;
        counts[row.state] += 1;
        await finishRow(trx, organizationId, id, position, { ...row, cell: null, userId, undo: undefined });
      }
      const more = pending.size > 0 || now.rows.length === rowsAtOnce;
      await updateProgress(trx, organizationId, id, { state: more ? 'running' : 'done', ...counts, instant });
      return more;
    },
  );
  return result;
}
