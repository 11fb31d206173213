import type { Transaction } from '../../../services/storage/database.ts';
import { change } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import type { RunRow } from './rows.ts';
import type { Bulk, Job } from './schema.ts';
import { storeJob } from './service.ts';
import { tryOut } from './try-out.ts';

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

export function bulkUsers(
  context: AdminContext,
  request: AdminRequest,
  users: BulkUsers,
  body: Bulk,
  onError: (error: unknown) => void,
): Promise<Answer<Job>> {
  const { action } = body;
  const prepare = async (trx: Transaction) => {
    const input = await users.parse(trx, request, body);
    const chosen = await users.select(trx, request.actor.organizationId, body.applyTo);
    return { input, rows: chosen.map(({ id, name }) => ({ userId: id, name })) };
  };
  if (body.dryRun === true) {
    return tryOut(context, request, { kind: bulkKind, action, run: users.run }, prepare, onError);
  }
  return change(context, request, async (trx, log) => {
    const job = await storeJob(trx, context, request, { kind: bulkKind, ...(await prepare(trx)) });
    log.skip();
    log.record({
      action: 'users.bulk',
      subjectType: 'job',
      subjectId: job.id,
      after: { action, total: job.total },
    });
    return { body: job };
  });
}
