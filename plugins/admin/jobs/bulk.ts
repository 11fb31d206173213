import type { Transaction } from '../../../services/storage/database.ts';
import type { Change } from '../../../services/storage/unit-of-work.ts';
import { change } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { dryRun } from '../dry-run.ts';
import { formatInstant } from '../instants.ts';
import { rehearsedIn } from '../rehearsal.ts';
import { buildBatchLog, type RunRow, runRow } from './rows.ts';
import type { Bulk, Job, JobResult } from './schema.ts';
import { storeJob } from './service.ts';
import type { RowResult } from './store.ts';

export const bulkKind = 'users.bulk';

export type BulkInput = { readonly action: Bulk['action'] } & Readonly<Record<string, unknown>>;

/** What a bulk change does with users, handed over by them. */
export type BulkUsers = {
  /** Refuses an action without the permission for it, and reads its value. */
  readonly parse: (trx: Transaction, request: AdminRequest, body: Bulk) => Promise<BulkInput>;
  /** Whom it is about, by name. */
  readonly select: (
    trx: Transaction,
    organizationId: string,
    applyTo: Bulk['applyTo'],
  ) => Promise<readonly { readonly id: string; readonly name: string }[]>;
  readonly run: RunRow;
};

/** A dry run tries out so many; it counts and names them all the same. */
const mostTried = 200;
const mostNamed = 1_000;

export function bulkUsers(
  context: AdminContext,
  request: AdminRequest,
  users: BulkUsers,
  body: Bulk,
  onError: (error: unknown) => void,
): Promise<Answer<Job>> {
  if (body.dryRun === true) return tryOut(context, request, users, body, onError);
  return change(context, request, async (trx, log) => {
    const input = await users.parse(trx, request, body);
    const chosen = await users.select(trx, request.actor.organizationId, body.applyTo);
    const rows = chosen.map(({ id }) => ({ userId: id }));
    const job = await storeJob(trx, context, request, { kind: bulkKind, input, rows });
    log.skip();
    log.record({
      action: 'users.bulk',
      subjectType: 'job',
      subjectId: job.id,
      after: { action: body.action, total: job.total },
    });
    return { body: job };
  });
}

/** Everything is done as it would be, in one transaction that is rolled back. */
async function tryOut(
  context: AdminContext,
  request: AdminRequest,
  users: BulkUsers,
  body: Bulk,
  onError: (error: unknown) => void,
): Promise<Answer<Job>> {
  const { organizationId } = request.actor;
  const { body: tried } = await dryRun(context, request, async () => {
    const trx = rehearsedIn();
    if (trx === undefined) throw new Error('a dry run is no rehearsal');
    const input = await users.parse(trx, request, body);
    const chosen = await users.select(trx, organizationId, body.applyTo);
    const results: JobResult[] = [];
    for (const [index, { id, name }] of chosen.slice(0, mostNamed).entries()) {
      const row = { position: index + 1, user_id: id, input: null };
      const result =
        index < mostTried
          ? await runRow(
              trx,
              buildBatchLog(unrecorded),
              row,
              (own) => users.run(trx, own, request, input, row),
              onError,
            )
          : undefined;
      results.push(toResult(id, name, result));
    }
    return { body: { total: chosen.length, results } };
  });
  const now = formatInstant(request.instant);
  const { total, results } = tried;
  return {
    body: {
      id: null,
      kind: bulkKind,
      action: body.action,
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

function toResult(userId: string, name: string, result: RowResult | undefined): JobResult {
  return {
    userId,
    name,
    state: result?.state ?? 'pending',
    ...(typeof result?.code === 'string' ? { code: result.code } : {}),
    ...(typeof result?.message === 'string' ? { message: result.message } : {}),
  };
}
