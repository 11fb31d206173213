import { AsyncLocalStorage } from 'node:async_hooks';
import { type Database, inOrganization, type Transaction } from '../../services/storage/database.ts';

/**
 * Changes that are made to be looked at and never kept: "what if I saved this?". Requests that run inside `rehearse`
 * go through their own routes, with their own checks, and all of them work in its one transaction, which is rolled
 * back. Nobody is told, and no directory in hand changes.
 */
const rehearsals = new AsyncLocalStorage<Transaction>();

/** The transaction of the rehearsal that the current request belongs to; undefined: the request is meant. */
export function rehearsedIn(): Transaction | undefined {
  return rehearsals.getStore();
}

/** What `run` gives; nothing that it wrote remains. */
export async function rehearse<T>(
  database: Database,
  organizationId: string,
  run: (trx: Transaction) => Promise<T>,
): Promise<T> {
  try {
    return await inOrganization(database, organizationId, async (trx) => {
      throw new Rehearsed(await rehearsals.run(trx, () => run(trx)));
    });
  } catch (error) {
    if (error instanceof Rehearsed) return error.result;
    throw error;
  }
}

/** Thrown so that the transaction is rolled back: a rehearsal that went well has this end. */
class Rehearsed<T> extends Error {
  readonly result: T;

  constructor(result: T) {
    super('a rehearsal is rolled back');
    this.result = result;
  }
}
