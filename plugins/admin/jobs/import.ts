import { problem } from '../../../services/routing/errors.ts';
import { needsReauthentication } from '../access.ts';
import { change } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { missing } from '../refusals.ts';
import type { RunRow } from './rows.ts';
import type { ImportQuery, Job } from './schema.ts';
import { getJob, storeJob } from './service.ts';
import { listUndoable, markUndone, type NewRow } from './store.ts';
import { tryOut } from './try-out.ts';

export const importKind = 'users.import';
export const undoKind = 'users.import.undo';

/** So many rows are saved together or not at all: the organization's row is held meanwhile. */
const mostTogether = 1_000;

/** What an import does with users, handed over by them. */
export type ImportUsers = {
  /** The rows of the file; refuses one that cannot be read. Passwords are hashed, but in a dry run. */
  readonly read: (text: string, dryRun: boolean) => Promise<readonly (NewRow & { readonly name: string })[]>;
  readonly run: RunRow;
};

export async function importUsers(
  context: AdminContext,
  request: AdminRequest,
  users: ImportUsers,
  text: string,
  { dryRun = false, mode = 'all' }: ImportQuery,
  onError: (error: unknown) => void,
): Promise<Answer<Job>> {
  checkFresh(request);
  const rows = await users.read(text, dryRun);
  if (mode === 'all' && rows.length > mostTogether) {
    throw problem('import.invalid', {
      detail: `At most ${mostTogether} users are saved together; send mode=rows for more.`,
      errors: [{ pointer: '', code: 'rows', message: `has ${rows.length} users` }],
    });
  }
  const prepared = { input: { action: 'import', atomic: mode === 'all' }, rows };
  if (dryRun) {
    const kind = { kind: importKind, action: 'import', run: users.run };
    return tryOut(context, request, kind, async () => prepared, onError);
  }
  return change(context, request, async (trx, log) => {
    const job = await storeJob(trx, context, request, { kind: importKind, ...prepared });
    log.skip();
    log.record({
      action: 'users.import',
      subjectType: 'job',
      subjectId: job.id,
      after: { mode, total: job.total },
    });
    return { body: job };
  });
}

/** Takes an import back, the last row first: a job as well. What somebody changed since is left and said. */
export function undoImport(context: AdminContext, request: AdminRequest, id: string): Promise<Answer<Job>> {
  if (!request.actor.permissions.has('users.write')) throw missing('users.write');
  checkFresh(request);
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const job = await getJob(trx, request, id, 'jobs.write');
    if (job.kind !== importKind) throw problem('job.not-undoable');
    if (job.undone_at !== null) {
      throw problem('job.not-undoable', { detail: 'The import was undone already.' });
    }
    if (job.ended_at === null) {
      throw problem('job.not-undoable', { detail: `The job is ${job.state}; cancel it first, or wait.` });
    }
    const rows = await listUndoable(trx, organizationId, id);
    await markUndone(trx, organizationId, id, request.instant);
    const input = { action: 'undo', atomic: false };
    const undoing = await storeJob(trx, context, request, { kind: undoKind, input, rows });
    log.skip();
    log.record({ action: 'jobs.undo', subjectType: 'job', subjectId: id, after: { total: rows.length } });
    return { body: undoing };
  });
}

/** Many accounts at once, with roles and forwards in them. */
function checkFresh({ actor, instant }: AdminRequest): void {
  if (needsReauthentication(actor, instant)) throw problem('session.reauthenticate');
}
