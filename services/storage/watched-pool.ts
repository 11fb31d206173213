import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { breaksConnection, DatabaseUnavailableError } from './database-error.ts';

/**
 * A pool that throws broken connections away. pg itself puts a connection whose query timed out back into the pool:
 * the next user would wait behind the same frozen query.
 */
export function watchedPool(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      try {
        return watchedClient(await pool.connect());
      } catch (error) {
        throw new DatabaseUnavailableError(error);
      }
    },
  };
}

function watchedClient(client: PoolClient): PostgresPoolClient {
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
  }
  return { query, release };
}

/** Those that Kysely looks at. */
const commands = ['UPDATE', 'DELETE', 'INSERT', 'SELECT', 'MERGE', 'COMMIT', 'ROLLBACK'] as const;
