import type { Database } from '../../../services/storage/database.ts';
import { takeOutbox } from '../../../services/storage/lookups.ts';

/** Takes what other tests left in a shared database: the outbox is one for all organizations. */
export async function emptyOutbox({ kysely }: Database): Promise<void> {
  while ((await kysely.transaction().execute((trx) => takeOutbox(trx, 100))).length > 0);
}
