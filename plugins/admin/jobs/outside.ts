import { inOrganization } from '../../../services/storage/database.ts';
import { changeOrganization } from '../../../services/storage/unit-of-work.ts';
import type { Permission } from '../access.ts';
import { guarded } from '../change.ts';
import type { AdminContext } from '../context.ts';
import { findJobActor } from './actor.ts';
import {
  claimJob,
  findJob,
  finishRow,
  type JobRecord,
  listPendingRows,
  type PendingRow,
  releaseJob,
  updateProgress,
} from './store.ts';

/**
 * Jobs whose rows ask somebody outside, a carrier: nothing may wait for that while the organization's row is held. So
 * the rows are claimed, done, and marked afterwards. One replica does them at a time; one that dies in between leaves
 * its few rows to be done again when the claim has run out: only what may be said twice is a job of this kind.
 */

export type OutsideRow = {
  readonly state: 'done' | 'failed';
  readonly code: string;
  readonly message: string;
};

export type OutsideKind = {
  /** Asked again before each batch: a right that was taken away meanwhile counts. */
  readonly permission: Permission;
  /** All of them at the same time, within ten seconds. Never throws for what the other side says. */
  readonly run: (organizationId: string, inputs: readonly unknown[]) => Promise<readonly OutsideRow[]>;
};

const rowsAtOnce = 5;
const claimedMs = 15_000;

type Batch = {
  readonly job: JobRecord;
  readonly rows: readonly PendingRow[];
  readonly isAllowed: boolean;
  readonly until: Date;
};

/** False: nothing is left to do, or another replica is at it. */
export async function runOutsideBatch(
  context: AdminContext,
  kind: OutsideKind,
  organizationId: string,
  id: string,
): Promise<boolean> {
  const batch = await claimBatch(context, kind, organizationId, id);
  if (batch === undefined) return false;
  const inputs = batch.rows.map((row) => row.input);
  const results = batch.isAllowed ? await kind.run(organizationId, inputs) : undefined;
  return markBatch(context, organizationId, batch, results);
}

function claimBatch(
  context: AdminContext,
  kind: OutsideKind,
  organizationId: string,
  id: string,
): Promise<Batch | undefined> {
  const instant = context.clock.now();
  const until = new Date(instant + claimedMs);
  return guarded(() =>
    inOrganization(context.database, organizationId, async (trx) => {
      const job = await claimJob(trx, organizationId, id, { instant, until });
      if (job === undefined) return undefined;
      const rows = await listPendingRows(trx, organizationId, id, rowsAtOnce);
      const actor = await findJobActor(trx, job, instant);
      return { job, rows, isAllowed: actor?.permissions.has(kind.permission) === true, until };
    }),
  );
}

/** Under the organization's lock: a row that another replica marked meanwhile is not counted twice. */
function markBatch(
  context: AdminContext,
  organizationId: string,
  { job, rows, until }: Batch,
  results: readonly OutsideRow[] | undefined,
): Promise<boolean> {
  const { id } = job;
  const actor = { type: job.actor_type, id: job.actor_id };
  const as = { organizationId, actor, requestId: job.request_id, newId: context.newId };
  return guarded(async () => {
    const { result } = await changeOrganization(context.database, as, async (trx, log) => {
      log.skip();
      const now = await findJob(trx, organizationId, id);
      if (now === undefined) return false;
      await releaseJob(trx, organizationId, id, until);
      const open = now.state === 'queued' || now.state === 'running';
      const pending = new Set(
        (await listPendingRows(trx, organizationId, id, rowsAtOnce)).map((row) => row.position),
      );
      const counts = { done: 0, failed: 0 };
      for (const [index, { position, user_id: userId }] of rows.entries()) {
        const row = results?.[index];
        if (row === undefined || !pending.delete(position)) continue;
        counts[row.state] += 1;
        await finishRow(trx, organizationId, id, position, { ...row, cell: null, userId, undo: undefined });
      }
      const more = open && results !== undefined && rows.length === rowsAtOnce;
      // Whoever asked for it is gone or may not any more; or it was canceled, and what was done meanwhile is told.
      const ended = results === undefined || !open ? 'canceled' : 'done';
      const state = more ? 'running' : ended;
      if (open || counts.done + counts.failed > 0) {
        await updateProgress(trx, organizationId, id, { state, ...counts, instant: context.clock.now() });
      }
      return more;
    });
    return result;
  });
}
