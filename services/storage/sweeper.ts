import type { Database } from './database.ts';
import { sweepExpired } from './lookups.ts';

const everyMs = 10 * 60_000;

/** Takes away what is past its time: sessions, answers kept for repeats, links and mails of a month ago. Any number may run at the same time. */
export class Sweeper {
  readonly #database: Database;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(database: Database, onError: (error: unknown) => void) {
    this.#database = database;
    this.#onError = onError;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#sweep(), everyMs).unref();
    this.#sweep();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  #sweep(): void {
    // A database that does not answer is asked again by the timer.
    this.#running ??= sweepExpired(this.#database)
      .catch(this.#onError)
      .finally(() => {
        this.#running = undefined;
      });
  }
}
