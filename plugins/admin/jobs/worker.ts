import type { Database } from '../../../services/storage/database.ts';
import { KickedWorker } from '../../../services/storage/kicked-worker.ts';
import { listOpenJobs } from '../../../services/storage/lookups.ts';

export type JobWorkerPorts = {
  readonly database: Database;
  /** Does the next rows of a job; false: nothing is left. */
  readonly runBatch: (organizationId: string, id: string) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
};

const everyMs = 1_000;
const mostAtOnce = 20;

/**
 * Carries jobs out. What is left to do stands in the database, so a restart goes on where the last one stopped, and
 * any number of replicas may work at the same time: they take turns at the organization's row.
 */
export function buildJobWorker({ database, runBatch, onError }: JobWorkerPorts): KickedWorker {
  /** A job that cannot be done now does not stand in the way of others. */
  const tryBatch = async (organizationId: string, id: string): Promise<boolean> => {
    try {
      return await runBatch(organizationId, id);
    } catch (error) {
      onError(error);
      return false;
    }
  };
  return new KickedWorker({
    everyMs,
    onError,
    async run(isClosed) {
      let more = false;
      for (const job of await listOpenJobs(database, mostAtOnce)) {
        if (isClosed()) return false;
        // Between two batches of one job the others have their turn.
        if (await tryBatch(job.organizationId, job.id)) more = true;
      }
      return more;
    },
  });
}
