import { type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { JobRowTable, JobTable } from '../../../services/storage/tables.ts';

export type JobRecord = Selectable<JobTable>;
export type PendingRow = Pick<Selectable<JobRowTable>, 'position' | 'user_id' | 'input'>;

const keptForMs = 30 * 86_400_000;

export type NewRow = { readonly userId: string | null; readonly input?: unknown; readonly line?: number };

export async function insertJob(
  trx: Transaction,
  job: Pick<JobRecord, 'organization_id' | 'id' | 'kind' | 'actor_type' | 'actor_id' | 'request_id'> & {
    readonly input: unknown;
    readonly createdAt: number;
  },
  rows: readonly NewRow[],
): Promise<void> {
  const { input, createdAt, ...columns } = job;
  const created_at = new Date(createdAt);
  await trx
    .insertInto('job')
    .values({ ...columns, input: JSON.stringify(input), total: rows.length, created_at })
    .execute();
  for (let from = 0; from < rows.length; from += 5_000) {
    const part = rows.slice(from, from + 5_000);
    const users = part.map((row) => row.userId);
    const inputs = part.map((row) => (row.input === undefined ? null : JSON.stringify(row.input)));
    const lines = part.map((row) => row.line ?? null);
    await sql`insert into job_row (organization_id, job_id, position, user_id, input, line)
      select ${job.organization_id}::uuid, ${job.id}::uuid, ${from} + r.position, r.user_id, r.input::jsonb, r.line
      from unnest(${users}::uuid[], ${inputs}::text[], ${lines}::integer[])
        with ordinality as r(user_id, input, line, position)`.execute(trx);
  }
}

/** What ended a month ago. */
export async function deleteOldJobs(
  trx: Transaction,
  organizationId: string,
  instant: number,
): Promise<void> {
  await trx
    .deleteFrom('job')
    .where('organization_id', '=', organizationId)
    .where('ended_at', '<', new Date(instant - keptForMs))
    .execute();
}

export function findJob(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<JobRecord | undefined> {
  return trx
    .selectFrom('job')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export type ResultRow = {
  readonly position: number;
  readonly user_id: string | null;
  readonly name: string | null;
  readonly state: 'pending' | 'done' | 'failed';
  readonly code: string | null;
  readonly message: string | null;
  readonly line: number | null;
  readonly cell: string | null;
};

/** In the order of the rows, one more than `limit` where there are more. */
export async function listResults(
  trx: Transaction,
  organizationId: string,
  jobId: string,
  limit: number,
  after: number,
): Promise<readonly ResultRow[]> {
  const { rows } = await sql<ResultRow>`
    select r.position, r.user_id, btrim(u.first_name || ' ' || u.last_name) as name, r.state, r.code, r.message,
      r.line, r.cell
    from job_row r left join "user" u on u.organization_id = r.organization_id and u.id = r.user_id
    where r.organization_id = ${organizationId} and r.job_id = ${jobId} and r.position > ${after}
    order by r.position limit ${limit + 1}`.execute(trx);
  return rows;
}

/** Under the organization's lock, so no other worker has them. */
export function listPendingRows(
  trx: Transaction,
  organizationId: string,
  jobId: string,
  most: number,
): Promise<readonly PendingRow[]> {
  return trx
    .selectFrom('job_row')
    .select(['position', 'user_id', 'input'])
    .where('organization_id', '=', organizationId)
    .where('job_id', '=', jobId)
    .where('state', '=', 'pending')
    .orderBy('position')
    .limit(most)
    .execute();
}

export type RowResult = {
  readonly state: 'done' | 'failed';
  readonly code: string | null;
  readonly message: string | null;
  /** The column of a file that is wrong. */
  readonly cell: string | null;
  readonly userId: string | null;
  readonly undo: unknown;
};

/** What the row said goes with it. */
export async function finishRow(
  trx: Transaction,
  organizationId: string,
  jobId: string,
  position: number,
  { state, code, message, cell, userId, undo }: RowResult,
): Promise<void> {
  await trx
    .updateTable('job_row')
    .set({
      state,
      code,
      message,
      cell,
      input: null,
      user_id: userId,
      undo: undo === undefined ? null : JSON.stringify(undo),
    })
    .where('organization_id', '=', organizationId)
    .where('job_id', '=', jobId)
    .where('position', '=', position)
    .execute();
}

/** What a canceled job would have done is nobody's business any more. */
export async function forgetInputs(trx: Transaction, organizationId: string, jobId: string): Promise<void> {
  await trx
    .updateTable('job_row')
    .set({ input: null })
    .where('organization_id', '=', organizationId)
    .where('job_id', '=', jobId)
    .where('state', '=', 'pending')
    .execute();
}

/** Rows that did something that can be taken back, the last one first. */
export async function listUndoable(
  trx: Transaction,
  organizationId: string,
  jobId: string,
): Promise<readonly NewRow[]> {
  const rows = await trx
    .selectFrom('job_row')
    .select(['user_id', 'undo', 'line'])
    .where('organization_id', '=', organizationId)
    .where('job_id', '=', jobId)
    .where('state', '=', 'done')
    .where('undo', 'is not', null)
    .orderBy('position', 'desc')
    .execute();
  return rows.map((row) => ({
    userId: row.user_id,
    input: row.undo,
    ...(row.line === null ? {} : { line: row.line }),
  }));
}

/** The job, whose next rows are ours until then; undefined: it has ended, or they are somebody else's. */
export function claimJob(
  trx: Transaction,
  organizationId: string,
  id: string,
  claim: { readonly instant: number; readonly until: Date },
): Promise<JobRecord | undefined> {
  return trx
    .updateTable('job')
    .set({ claimed_until: claim.until })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', 'in', ['queued', 'running'])
    .where(({ eb, or }) =>
      or([eb('claimed_until', 'is', null), eb('claimed_until', '<=', new Date(claim.instant))]),
    )
    .returningAll()
    .executeTakeFirst();
}

/** Where it was not taken over meanwhile. */
export async function releaseJob(
  trx: Transaction,
  organizationId: string,
  id: string,
  until: Date,
): Promise<void> {
  await trx
    .updateTable('job')
    .set({ claimed_until: null })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('claimed_until', '=', until)
    .execute();
}

export async function markUndone(
  trx: Transaction,
  organizationId: string,
  id: string,
  instant: number,
): Promise<void> {
  await trx
    .updateTable('job')
    .set({ undone_at: new Date(instant) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

export async function updateProgress(
  trx: Transaction,
  organizationId: string,
  id: string,
  step: {
    readonly state: JobRecord['state'];
    readonly done: number;
    readonly failed: number;
    readonly instant: number;
  },
): Promise<void> {
  const now = new Date(step.instant);
  await trx
    .updateTable('job')
    .set({
      state: step.state,
      done: sql<number>`done + ${step.done}`,
      failed: sql<number>`failed + ${step.failed}`,
      started_at: sql<Date>`coalesce(started_at, ${now})`,
      ...(step.state === 'running' ? {} : { ended_at: now }),
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

/** What a key may do at this moment; undefined: it is gone or has expired. */
export async function findKeyPermissions(
  trx: Transaction,
  organizationId: string,
  id: string,
  instant: number,
): Promise<readonly string[] | undefined> {
  const row = await trx
    .selectFrom('api_key')
    .select(['permissions', 'expires_at'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return row.expires_at !== null && row.expires_at.getTime() <= instant ? undefined : row.permissions;
}
