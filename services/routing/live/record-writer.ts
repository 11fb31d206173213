import { DatabaseUnavailableError, isRefused } from '../../storage/database-error.ts';
import type { CallLog, CallLogEntry } from '../calls/call-log.ts';
import { type CallRecord, toCallRecord } from './call-record.ts';
import type { LifeCycle } from './life-cycle.ts';
import type { RecordStore } from './record-store.ts';
import type { Spill } from './spill.ts';

export type RecordWriterPorts = {
  readonly store: RecordStore;
  readonly spill: Spill;
  /** What else is made of records, once they are written: told again with the same ones, it changes nothing. */
  readonly afterwards?: (organizationId: string, records: readonly CallRecord[]) => Promise<void>;
  /** The store does not answer, or a record that it will never take. */
  readonly onError: (error: unknown, what: string) => void;
};

export type RecordCounts = {
  /** Entries in memory at this moment. */
  readonly waiting: number;
  /** Since the start: records written to the store; to the disk; lost, because both were full or none would take it. */
  readonly written: number;
  readonly spilled: number;
  readonly dropped: number;
  /** The store did not take the last ones. */
  readonly isFailing: boolean;
};

const flushMs = 100;
/** Entries in one transaction at most. */
const batch = 250;
/** Entries that are sorted by organization at once. */
const mostTaken = 2_000;
/** The connections of the database that is for records. */
const transactionsAtOnce = 2;
/** Some 3 KB each: what the disk cannot take while the store is away, or a store takes too slowly. */
const capacity = 20_000;
/** How often a store that did not answer is asked again. */
const retryMs = 1_000;
/** Entries that are made records before calls get a turn. */
const recordsAtOnce = 20;

/**
 * Keeps every call: what happened is written in batches behind the answers. A store that is down loses none of it: the
 * records go to the disk and are written when it is back, also by the next process; each has a key, so none is there
 * twice. A process that is killed loses what it took in the last tenth of a second.
 */
export class RecordWriter implements CallLog, LifeCycle {
  readonly #ports: RecordWriterPorts;
  #entries: CallLogEntry[] = [];
  /** Of these that many are being written. */
  #taken = 0;
  /** Neither the store nor the disk took these. */
  #kept: CallRecord[] = [];
  #counts = { written: 0, spilled: 0, dropped: 0 };
  #isFailing = false;
  /** What an earlier process left is looked for too. */
  #isSpilled = true;
  #retryAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #draining: Promise<void> | undefined;
  #isClosing = false;

  constructor(ports: RecordWriterPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), flushMs).unref();
  }

  /** Takes the entry and returns at once. */
  append(entry: CallLogEntry): void {
    if (this.#entries.length + this.#taken >= capacity) this.#counts.dropped += 1;
    else if (this.#entries.push(entry) === batch && this.#timer !== undefined)
      setImmediate(() => this.#flush());
  }

  counts(): RecordCounts {
    const waiting = this.#entries.length + this.#taken + this.#kept.length;
    return { ...this.#counts, waiting, isFailing: this.#isFailing };
  }

  /** Everything that was taken is in the store or on the disk. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#isClosing = true;
    await this.#draining;
    await this.#flushing;
    await this.#flush();
    if (this.#kept.length > 0) await this.#keep(this.#kept.splice(0));
    await this.#ports.store.close();
  }

  #tick(): void {
    void this.#flush();
    const isDue = this.#isSpilled || this.#kept.length > 0 || this.#isFailing;
    if (!isDue || performance.now() < this.#retryAt) return;
    this.#draining ??= this.#drain().finally(() => {
      this.#retryAt = performance.now() + retryMs;
      this.#draining = undefined;
    });
  }

  #flush(): Promise<void> {
    this.#flushing ??= this.#flushAll().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  /** By organization, some at a time: many small ones do not wait for each other's transactions. */
  async #flushAll(): Promise<void> {
    while (this.#entries.length > 0) {
      const taken = this.#entries.splice(0, mostTaken);
      this.#taken = taken.length;
      const batches = inBatches(taken);
      const work = async (): Promise<void> => {
        for (let own = batches.pop(); own !== undefined; own = batches.pop()) {
          await this.#flushBatch(own);
          this.#taken -= own.length;
        }
      };
      await Promise.all(Array.from({ length: transactionsAtOnce }, work));
    }
  }

  async #flushBatch(entries: readonly CallLogEntry[]): Promise<void> {
    const records = await this.#toRecords(entries);
    if (this.#isFailing) await this.#keep(records);
    else await this.#writeOrKeep(records);
  }

  async #toRecords(entries: readonly CallLogEntry[]): Promise<readonly CallRecord[]> {
    const records: CallRecord[] = [];
    for (const entry of entries) {
      try {
        records.push(toCallRecord(entry));
      } catch (error) {
        this.#drop(1, error);
      }
      if (records.length % recordsAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return records;
  }

  async #writeOrKeep(records: readonly CallRecord[]): Promise<void> {
    try {
      await this.#write(records);
    } catch (error) {
      if (!this.#isFailing)
        this.#ports.onError(error, 'call records wait on disk until the database answers');
      this.#isFailing = true;
      this.#retryAt = performance.now() + retryMs;
      await this.#keep(records);
    }
  }

  /** Rejects where the store does not answer; what it will never take is counted. */
  async #write(records: readonly CallRecord[]): Promise<void> {
    const organizations = Map.groupBy(records, (record) => record.organizationId);
    for (const [organizationId, own] of organizations) await this.#writeOwn(organizationId, own);
  }

  async #writeOwn(organizationId: string, records: readonly CallRecord[]): Promise<void> {
    try {
      await this.#ports.store.write(organizationId, records);
      await this.#ports.afterwards?.(organizationId, records);
      this.#counts.written += records.length;
      this.#isFailing = false;
    } catch (error) {
      if (!isRefused(error)) throw error;
      // One that cannot be written must not take the others along.
      if (records.length === 1) return this.#drop(1, error);
      const half = Math.ceil(records.length / 2);
      await this.#writeOwn(organizationId, records.slice(0, half));
      await this.#writeOwn(organizationId, records.slice(half));
    }
  }

  async #keep(records: readonly CallRecord[]): Promise<void> {
    if (await this.#ports.spill.add(records)) {
      this.#counts.spilled += records.length;
      this.#isSpilled = true;
      return;
    }
    const room = Math.max(0, capacity - this.#kept.length);
    this.#kept.push(...records.slice(0, room));
    this.#counts.dropped += Math.max(0, records.length - room);
  }

  /** What waits elsewhere, to the store. */
  async #drain(): Promise<void> {
    try {
      if (this.#kept.length > 0) {
        const waiting = [...this.#kept];
        await this.#write(waiting);
        this.#kept = this.#kept.slice(waiting.length);
      }
      this.#isSpilled = false;
      await this.#ports.spill.drain((records) => {
        // The next process takes the rest.
        if (this.#isClosing) throw new DatabaseUnavailableError('the service ends');
        return this.#write(records);
      });
      this.#isFailing = false;
    } catch (error) {
      this.#isSpilled = true;
      this.#isFailing ||= !isRefused(error);
      if (isRefused(error)) this.#ports.onError(error, 'call records on disk could not be read');
    }
  }

  #drop(records: number, error: unknown): void {
    this.#counts.dropped += records;
    this.#ports.onError(error, 'a call record was lost');
  }
}

function inBatches(entries: readonly CallLogEntry[]): (readonly CallLogEntry[])[] {
  const batches: (readonly CallLogEntry[])[] = [];
  for (const own of Map.groupBy(entries, (entry) => entry.organizationId).values()) {
    for (let from = 0; from < own.length; from += batch) batches.push(own.slice(from, from + batch));
  }
  return batches.reverse();
}
