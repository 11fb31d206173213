import type { Database } from '../../../services/storage/database.ts';
import { listDueErasures } from '../../../services/storage/lookups.ts';

export type EraserPorts = {
  readonly database: Database;
  readonly clock: { now(): number };
  /** One user in one transaction; false where it was undone meanwhile. */
  readonly erase: (organizationId: string, userId: string) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
};

const everyMs = 60_000;
const mostAtOnce = 100;

/**
 * Erases deleted users when their days of grace are over. The dates stand in the database, so a restart forgets
 * nothing, and any number of replicas may look at the same time: each user is checked again under the organization's lock.
 */
export class Eraser {
  readonly #ports: EraserPorts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<number> | undefined;
  #closed = false;

  constructor(ports: EraserPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.run(), everyMs).unref();
    void this.run();
  }

  /** How many were erased. Never throws: what failed is tried again a minute later. */
  run(): Promise<number> {
    this.#running ??= this.#eraseDue().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #eraseDue(): Promise<number> {
    const { database, clock, erase, onError } = this.#ports;
    let erased = 0;
    try {
      for (;;) {
        const due = await listDueErasures(database, new Date(clock.now()), mostAtOnce);
        let done = 0;
        for (const { organizationId, userId } of due) {
          if (this.#closed) return erased;
          // One that cannot be erased must not keep the others waiting.
          done += await erase(organizationId, userId).then(Number, (error: unknown) => {
            onError(error);
            return 0;
          });
        }
        erased += done;
        if (due.length < mostAtOnce || done === 0) return erased;
      }
    } catch (error) {
      onError(error);
      return erased;
    }
  }
}
