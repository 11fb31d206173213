import type { Database } from './database.ts';
import { takeOutbox } from './lookups.ts';

/** Carries `<organization id>:<version>` to every replica. */
export const directoryChannel = 'linefinder:directory';

export type RelayPorts = {
  readonly database: Database;
  /** Sends one message to `directoryChannel`; undefined without Redis. */
  readonly publish: ((message: string) => Promise<void>) | undefined;
  /** False: Redis is away, and rows wait until it is back. */
  readonly isReady: () => boolean;
  readonly onError: (error: unknown) => void;
};

const everyMs = 1_000;
const mostAtOnce = 500;

/**
 * Tells the other replicas through Redis what the outbox says, in the order of nothing: a version that is older than
 * the one in hand is refused anyway. Any number of relays may run at the same time.
 *
 * A row is deleted in a transaction that commits after the publish, so a crash or a Redis that is away leaves it to the
 * next attempt: a message is sent once or more. One that Redis took and lost (a subscriber that was cut off at that
 * moment) is covered by the version poll, as is a relay that cannot reach Postgres: within a second.
 * Without Redis the trigger on the outbox is the bus (NOTIFY), and the relay only deletes.
 */
export class Relay {
  readonly #ports: RelayPorts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(ports: RelayPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.kick(), everyMs).unref();
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

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        if (this.#ports.publish !== undefined && !this.#ports.isReady()) return;
        this.#again = (await this.#relayOnce()) > 0;
      } catch (error) {
        // The timer tries again.
        this.#ports.onError(error);
        return;
      }
    }
  }

  /** How many organizations were told about. */
  #relayOnce(): Promise<number> {
    const { database, publish } = this.#ports;
    return database.kysely.transaction().execute(async (trx) => {
      const changes = await takeOutbox(trx, mostAtOnce);
      if (publish !== undefined) {
        await Promise.all(
          changes.map(({ organizationId, version }) => publish(`${organizationId}:${version}`)),
        );
      }
      return changes.length;
    });
  }
}
