import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../../storage/database.ts';
import { isRefused } from '../../storage/database-error.ts';
import type { CallRecord } from './call-record.ts';
import { buildRecordStore } from './record-store.ts';
import type { RecordOrder, RecordReply } from './record-thread.ts';

/** What runs on the thread of the records: see record-thread.ts, which starts it. */

const { databaseUrl }: { readonly databaseUrl: string } = workerData;
const database = openDatabase({
  url: databaseUrl,
  poolSize: 2,
  applicationName: 'linefinder records',
});
const store = buildRecordStore(database);

async function answer({ id, organizationId, lines }: RecordOrder): Promise<RecordReply> {
  try {
    const records: readonly CallRecord[] = lines.split('\n').map((line) => JSON.parse(line));
    await store.write(organizationId, records);
    return { id };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, error: { isRefused: isRefused(error), message } };
  }
}

parentPort?.on('message', async (order: RecordOrder | 'close') => {
  if (order !== 'close') return parentPort?.postMessage(await answer(order));
  await database.close().catch(() => undefined);
  parentPort?.close();
});
