import type { Database } from '../../storage/database.ts';
import { listStuckCalls, sweepCalls } from '../../storage/lookups.ts';
import type { CallRecord } from './call-record.ts';
import type { LifeCycle } from './life-cycle.ts';

export type CallSweeperPorts = {
  readonly database: Database;
  /** Of one organization. */
  readonly write: (organizationId: string, records: readonly CallRecord[]) => Promise<void>;
  readonly onError: (error: unknown, what: string) => void;
};

const everyMs = 60_000;
const callsAtOnce = 500;
const rowsAtOnce = 2_000;

/**
 * Ends calls whose end nobody told, and takes away calls and events past their time. Any number may run at the same
 * time: that a call was ended is an event like any other, and what comes of the call afterwards counts more.
 */
export class CallSweeper implements LifeCycle {
  readonly #ports: CallSweeperPorts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(ports: CallSweeperPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.sweep(), everyMs).unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** At once, for whoever cannot wait for the timer; never rejects. */
  sweep(): Promise<void> {
    this.#running ??= this.#sweepAll()
      // A database that does not answer is asked again by the timer.
      .catch((error: unknown) => this.#ports.onError(error, 'calls could not be swept'))
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #sweepAll(): Promise<void> {
    const { database, write } = this.#ports;
    const stuck = await listStuckCalls(database, callsAtOnce);
    for (const [organizationId, calls] of Map.groupBy(stuck, (call) => call.organizationId)) {
      await write(
        organizationId,
        calls.map(({ id, at }) => toSwept(organizationId, id, at)),
      );
    }
    while (!this.#closed && (await sweepCalls(database, rowsAtOnce)));
  }
}

/** Over since the last sign of life: how long was talked after it, nobody knows. */
function toSwept(organizationId: string, callId: string, at: number): CallRecord {
  return { organizationId, callId, event: { key: 'swept', at, type: 'swept', data: {} } };
}
