import { sql } from 'kysely';
import { Problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import type { ActivityRecord, Change } from '../../../services/storage/unit-of-work.ts';
import { guarded } from '../change.ts';
import type { AdminRequest } from '../context.ts';
import type { PendingRow, RowResult } from './store.ts';

/** What one row came to. `code` unchanged: it was so already. */
export type RowOutcome = {
  readonly code?: string;
  readonly userId?: string;
  readonly undo?: unknown;
};

/** What a kind of job does with one of its rows, inside a change that is under way. A refusal is thrown. */
export type RunRow = (
  trx: Transaction,
  log: Change,
  request: AdminRequest,
  input: unknown,
  row: PendingRow,
) => Promise<RowOutcome>;

/**
 * One row in a savepoint: what fails takes back what the row did, and the others go on. Only a database that is away
 * ends the batch, which is tried again.
 */
export async function runRow(
  trx: Transaction,
  log: BatchLog,
  row: PendingRow,
  run: (rowLog: Change) => Promise<RowOutcome>,
  onError: (error: unknown) => void,
): Promise<RowResult> {
  await sql`savepoint job_row`.execute(trx);
  try {
    const own = log.row();
    const outcome = await guarded(() => run(own));
    await sql`release savepoint job_row`.execute(trx);
    own.keep();
    const { code = null, userId = row.user_id, undo } = outcome;
    return { state: 'done', code, message: null, cell: null, userId, undo };
  } catch (error) {
    const failed = toFailure(error);
    await sql`rollback to savepoint job_row`.execute(trx);
    if (failed.code === 'internal.error') onError(error);
    return { state: 'failed', ...failed, userId: row.user_id, undo: undefined };
  }
}

function toFailure(error: unknown): {
  readonly code: string;
  readonly message: string;
  readonly cell: string | null;
} {
  if (!(error instanceof Problem)) {
    const message = 'Something went wrong on our side; the log has the cause.';
    return { code: 'internal.error', message, cell: null };
  }
  if (error.code === 'store.unavailable') throw error;
  const { code, detail, errors } = error;
  const fields = errors?.map((field) => `${field.pointer}: ${field.message}`).join(' ');
  return { code, message: fields ?? detail, cell: errors?.[0]?.pointer.split('/')[1] ?? null };
}

/** Keeps of the log what the rows that went well wrote. */
export type BatchLog = {
  row(): Change & { keep(): void };
  /** True: something changed that routing can see. */
  readonly touched: () => boolean;
};

export function buildBatchLog(log: Pick<Change, 'record'>): BatchLog {
  let touched = false;
  return {
    row() {
      const records: ActivityRecord[] = [];
      let skipped = false;
      return {
        record: (activity) => {
          records.push(activity);
        },
        skip: () => {
          skipped = true;
        },
        keep() {
          for (const activity of records) log.record(activity);
          if (!skipped) touched = true;
        },
      };
    },
    touched: () => touched,
  };
}
