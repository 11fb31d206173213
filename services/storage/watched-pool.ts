import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { breaksConnection, DatabaseUnavailableError } from './database-error.ts';

/** Two ways to the same connections. Where all of them are in use, `prompt` opens one more at once. */
export type WatchedPool = {
  readonly prompt: PostgresPool;
  /** Waits a moment first for one that is given back, unless there are very few. */
  readonly patient: PostgresPool;
};

/** Longer than it takes to open one and to use it for something small, also while a start keeps the thread busy. */
const patienceMs = 250;
const few = 2;

/**
 * A pool that throws broken connections away. pg itself puts a connection whose query timed out back into the pool:
 * the next user would wait behind the same frozen query.
 *
 * To open a connection takes Postgres longer than most of what is done with it, and each keeps megabytes: the workers
 * that all look at the same moment, at a start above all, take turns with a few instead.
 */
export function watchedPool(pool: Pool): WatchedPool {
  const waiting = new Set<() => void>();
  const onFree = (): void => {
    for (const go of waiting) return go();
  };
  const open = async (): Promise<PostgresPoolClient> => {
    try {
      return watchedClient(await pool.connect(), onFree);
    } catch (error) {
      throw new DatabaseUnavailableError(error);
    }
  };
  const { options } = pool;
  const end = (): Promise<void> => pool.end();
  return {
    prompt: { options, end, connect: open },
    patient: {
      options,
      end,
      connect: async () => {
        const { totalCount, idleCount, waitingCount } = pool;
        // Whoever waits while there is an idle one gets it, or one that is opened for them.
        const soon = totalCount + Math.max(0, waitingCount - idleCount);
        // A full pool has its own queue.
        if (idleCount <= waitingCount && soon >= few && soon < options.max) await patiently(waiting);
        return open();
      },
    },
  };
}

/** Until it is this one's turn, or patience is at its end. */
function patiently(waiting: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(timer);
      waiting.delete(go);
      resolve();
    };
    const timer = setTimeout(go, patienceMs);
    waiting.add(go);
  });
}

function watchedClient(client: PoolClient, onFree: () => void): PostgresPoolClient {
  let broken: unknown;
  // While a connection is in use its errors come here, and one without a listener ends the process. The query that
  // is under way reports it; between two queries the next one does.
  const onError = (error: Error): void => {
    broken ??= error;
  };
  client.on('error', onError);

  async function run<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (broken !== undefined) {
      // Postgres rolls back what it lost; an error here would hide the one that broke the connection.
      if (text === 'rollback') return { command: 'ROLLBACK', rowCount: 0, rows: [] };
      throw new DatabaseUnavailableError(broken);
    }
    try {
      const { command, rowCount, rows } = await client.query(text, [...parameters]);
      return {
        command: commands.find((name) => name === command) ?? 'SELECT',
        rowCount: rowCount ?? 0,
        rows,
      };
    } catch (error) {
      if (!breaksConnection(error)) throw error;
      broken = error;
      throw new DatabaseUnavailableError(error);
    }
  }
  function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  function query<R>(
    text: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof text !== 'string') throw new TypeError('cursors are not used');
    return run<R>(text, parameters);
  }
  function release(destroy = false): void {
    client.off('error', onError);
    client.release(destroy || broken !== undefined);
    onFree();
  }
  return { query, release };
}

/** Those that Kysely looks at. */
const commands = ['UPDATE', 'DELETE', 'INSERT', 'SELECT', 'MERGE', 'COMMIT', 'ROLLBACK'] as const;
