import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DatabaseUnavailableError } from '../../storage/database-error.ts';
import type { CallRecord } from './call-record.ts';
import type { RecordStore } from './record-store.ts';

/** To the thread: records, one in JSON in each line. */
export type RecordOrder = { readonly id: number; readonly organizationId: string; readonly lines: string };

/** And back: they are written, or why not. `isRefused`: as of the error there. */
export type RecordReply = {
  readonly id: number;
  readonly error?: { readonly isRefused: boolean; readonly message: string };
};

export type RecordThreadOptions = {
  readonly databaseUrl: string;
  /** Records that are put into words before calls get a turn. */
  readonly atOnce?: number;
  /** What runs there; left out: record-thread-entry.ts. */
  readonly program?: URL;
};

type Waiting = { readonly resolve: () => void; readonly reject: (error: Error) => void };

const closeMs = 5_000;

/**
 * Writes records on a thread with connections of its own: what they add up to and how Postgres is told costs the thread
 * that answers calls nothing. It begins with the first record. One that dies takes nothing along: whoever waits for it
 * hears that nothing is known of what was written, and the next record begins another.
 */
export class RecordThread implements RecordStore {
  readonly #options: RecordThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #last = 0;

  constructor(options: RecordThreadOptions) {
    this.#options = options;
  }

  async write(organizationId: string, records: readonly CallRecord[]): Promise<void> {
    const { atOnce = 20 } = this.#options;
    const lines: string[] = [];
    for (const record of records) {
      if (lines.length % atOnce === atOnce - 1) await new Promise((resolve) => setImmediate(resolve));
      lines.push(JSON.stringify(record));
    }
    this.#last += 1;
    const order: RecordOrder = { id: this.#last, organizationId, lines: lines.join('\n') };
    const done = new Promise<void>((resolve, reject) => this.#waiting.set(order.id, { resolve, reject }));
    const worker = this.#begin();
    // Alone it does not keep the process from ending; what it is doing does.
    worker.ref();
    worker.postMessage(order);
    return done;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const exit = once(worker, 'exit');
    worker.ref();
    worker.postMessage('close');
    const late = setTimeout(() => void worker.terminate(), closeMs);
    await exit;
    clearTimeout(late);
  }

  #begin(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const { databaseUrl, program = new URL('record-thread-entry.ts', import.meta.url) } = this.#options;
    const worker = new Worker(program, { workerData: { databaseUrl }, execArgv: [] });
    worker.on('message', (reply: RecordReply) => this.#settle(reply));
    let reason: Error = new Error('the thread of the records has ended');
    worker.on('error', (error) => {
      reason = error instanceof Error ? error : reason;
    });
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      const waiting = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const { reject } of waiting) reject(new DatabaseUnavailableError(reason));
    });
    this.#worker = worker;
    return worker;
  }

  #settle({ id, error }: RecordReply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if (error === undefined) waiting?.resolve();
    else if (error.isRefused) waiting?.reject(new Error(error.message));
    else waiting?.reject(new DatabaseUnavailableError(error.message));
  }
}
