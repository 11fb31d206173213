import type { Database } from '../../storage/database.ts';
import type { CallRecord } from './call-record.ts';
import { buildKnownCalls } from './known-calls.ts';
import { writeCallRecords } from './record-transaction.ts';

/** Where records of calls are written, in this thread or beside it (record-thread.ts). */
export type RecordStore = {
  /**
   * All of one organization, or nothing; written again, they change nothing. Rejects with what `isRefused` says is the
   * records' fault, or else because nothing could be written now.
   */
  write(organizationId: string, records: readonly CallRecord[]): Promise<void>;
  /** After the last write. */
  close(): Promise<void>;
};

/** Some 2 KB each. */
const knownCalls = 5_000;

export function buildRecordStore(database: Database): RecordStore {
  const known = buildKnownCalls(knownCalls);
  return {
    write: (organizationId, records) => writeCallRecords(database, organizationId, records, known),
    // The database is whose it was.
    close: async () => undefined,
  };
}
