import type { Database } from '../../../services/storage/database.ts';
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
export class JobWorker {
  readonly #ports: JobWorkerPorts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(ports: JobWorkerPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.kick(), everyMs).unref();
    this.kick();
  }

  /** After a job was made; returns at once and never throws. */
  kick(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again) this.kick();
    });
  }

  /** Ends after the rows that are being done. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { database, onError } = this.#ports;
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        for (const job of await listOpenJobs(database, mostAtOnce)) {
          if (this.#closed) return;
          // Between two batches of one job the others have their turn.
          if (await this.#runBatch(job.organizationId, job.id)) this.#again = true;
        }
      } catch (error) {
        // The timer tries again.
        onError(error);
        return;
      }
    }
  }

  /** A job that cannot be done now does not stand in the way of others. */
  async #runBatch(organizationId: string, id: string): Promise<boolean> {
    try {
      return await this.#ports.runBatch(organizationId, id);
    } catch (error) {
      this.#ports.onError(error);
      return false;
    }
  }
}
