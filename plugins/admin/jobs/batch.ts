import { inOrganization, type Transaction } from '../../../services/storage/database.ts';
import { type Change, changeOrganization } from '../../../services/storage/unit-of-work.ts';
import { type Actor, isPermission } from '../access.ts';
import { guarded } from '../change.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { findUserRights } from '../user-permissions.ts';
import { buildBatchLog, type RunRow, runRow } from './rows.ts';
import {
  findJob,
  findKeyPermissions,
  finishRow,
  type JobRecord,
  listPendingRows,
  updateProgress,
} from './store.ts';

/** So many rows hold the organization's row at once: calls do not wait for it, other administrators do. */
const rowsAtOnce = 25;

export type JobParts = {
  /** How each kind of job is done. */
  readonly kinds: Readonly<Record<string, RunRow>>;
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
  const { result, version } = await guarded(() =>
    changeOrganization(
      context.database,
      {
        organizationId,
        actor: { type: job.actor_type, id: job.actor_id },
        requestId: job.request_id,
        newId: context.newId,
      },
      (trx, log) => runRows(trx, log, context.clock.now(), parts, organizationId, id),
    ),
  );
  if (result.touched) await context.directories.advance(organizationId, version);
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
  const actor = open ? await findActor(trx, job, instant) : undefined;
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
  const batch = buildBatchLog(log);
  const rows = await listPendingRows(trx, organizationId, id, rowsAtOnce);
  const counts = { done: 0, failed: 0 };
  for (const row of rows) {
    const result = await runRow(trx, batch, row, (own) => run(trx, own, request, job.input, row), onError);
    counts[result.state] += 1;
    await finishRow(trx, organizationId, id, row.position, result);
  }
  const more = rows.length === rowsAtOnce;
  await updateProgress(trx, organizationId, id, { state: more ? 'running' : 'done', ...counts, instant });
  if (!batch.touched()) log.skip();
  return { more, touched: batch.touched() };
}

/**
 * Whoever asked for it, with the rights of this moment: a role that was taken away meanwhile counts. The password was
 * fresh when the job was made.
 */
async function findActor(trx: Transaction, job: JobRecord, instant: number): Promise<Actor | undefined> {
  const { organization_id: organizationId, actor_id: id } = job;
  if (job.actor_type === 'api-key') {
    const names = await findKeyPermissions(trx, organizationId, id, instant);
    if (names === undefined) return undefined;
    return { type: 'api-key', id, organizationId, permissions: new Set(names.filter(isPermission)) };
  }
  const rights = await findUserRights(trx, organizationId, id);
  if (rights?.status !== 'active') return undefined;
  return {
    type: 'user',
    id,
    organizationId,
    sessionId: '',
    role: rights.role,
    permissions: rights.permissions,
    confirmedAt: instant,
    expiresAt: instant,
    mustChangePassword: false,
    carriedBy: 'bearer',
  };
}
