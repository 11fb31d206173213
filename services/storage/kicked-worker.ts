export type KickedWorkerPorts = {
  /** It looks by itself this often: what was made elsewhere, or could not be done, is not forgotten. */
  readonly everyMs: number;
  /** Does the next piece of what lies in the database. True: there is more. `isClosed`: end where it can be ended. */
  readonly run: (isClosed: () => boolean) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
};

/**
 * Does in the background what lies in the database, one piece after the other: when it is kicked, and every now and
 * then. Nothing is kept in the process, so another one goes on where this one stopped.
 */
export class KickedWorker {
  readonly #ports: KickedWorkerPorts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(ports: KickedWorkerPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.kick(), this.#ports.everyMs).unref();
    this.kick();
  }

  /** After a commit of our own; returns at once and never throws. */
  kick(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // A kick between the last look and here would wait for the timer otherwise.
      if (this.#again) this.kick();
    });
  }

  /** Ends after the piece that is being done. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        if (await this.#ports.run(() => this.#closed)) this.#again = true;
      } catch (error) {
        // The timer tries again.
        this.#ports.onError(error);
        return;
      }
    }
  }
}
