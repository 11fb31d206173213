import { Socket } from 'node:net';
import {
  Kysely,
  type Transaction as KyselyTransaction,
  PostgresDialect,
  type PostgresPool,
  sql,
} from 'kysely';
import { Pool, types } from 'pg';
import { DatabaseUnavailableError } from './database-error.ts';
import type { Tables } from './tables.ts';
import { watchedPool } from './watched-pool.ts';

export type Transaction = KyselyTransaction<Tables>;

export type Database = {
  /**
   * For migrations, look-ups and tests. Under row-level security a query outside `inOrganization` sees no rows and
   * writes none; what must be read without an organization is in lookups.ts.
   */
  readonly kysely: Kysely<Tables>;
  readonly statementTimeoutMs: number;
  /** The same connections for workers whom nobody waits for: they take turns before one more is opened. */
  readonly background: Database;
  /** Waits for running queries, at most two seconds; then their sockets are cut. */
  close(): Promise<void>;
};

export type DatabaseOptions = {
  readonly url: string;
  readonly poolSize?: number;
  /** Waiting for a free connection and making one, together. */
  readonly connectTimeoutMs?: number;
  /**
   * A statement in a transaction is cancelled by Postgres after this long, and given up here half a second later if
   * Postgres does not even say so (frozen, or the network is gone). 0: no limit, for migrations.
   */
  readonly statementTimeoutMs?: number;
  /** Connections that die while nobody uses them. For the log; the pool makes new ones. */
  readonly onIdleError?: (error: Error) => void;
  readonly applicationName?: string;
};

const closeTimeoutMs = 2_000;
/** A replica that froze inside a transaction must not hold the organization's row from the others. */
const idleInTransactionTimeoutMs = 10_000;

/** Opens no connection: Postgres may be down, and every query then fails within `connectTimeoutMs`. */
export function openDatabase(options: DatabaseOptions): Database {
  const { url, poolSize = 10, connectTimeoutMs = 1_000, statementTimeoutMs = 2_000 } = options;
  const sockets = new Set<Socket>();
  let closing: Promise<void> | undefined;
  const pool = new Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: options.applicationName ?? 'linefinder',
    types: { getTypeParser: typeParser },
    stream: () => trackedSocket(sockets),
    ...(statementTimeoutMs > 0 ? { query_timeout: statementTimeoutMs + 500 } : {}),
  });
  // Without a listener a backend that is terminated ends the process. While we close them ourselves it is no news: the
  // pool does not wait for its sockets, and the embedded server ends right after it.
  pool.on('error', (error) => {
    if (closing === undefined) options.onIdleError?.(error);
  });
  // The pool takes its own listener away before whoever asked for the connection can have one: what comes with the last
  // word of the log-in, in the same packet, would end the process. The next query reports it.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const { prompt, patient } = watchedPool(pool);
  const close = (): Promise<void> => {
    closing ??= endPool(pool, sockets);
    return closing;
  };
  const background: Database = {
    kysely: queriesOf(patient),
    statementTimeoutMs,
    close,
    get background() {
      return background;
    },
  };
  return { kysely: queriesOf(prompt), statementTimeoutMs, background, close };
}

/**
 * One transaction in which row-level security shows one organization and no other. Settings go with the first
 * statement and end with the transaction, so that a transaction pooler may stand between.
 */
export function inOrganization<T>(
  database: Database,
  organizationId: string,
  run: (trx: Transaction) => Promise<T>,
  options: { readonly readOnly?: boolean; readonly snapshot?: boolean } = {},
): Promise<T> {
  let transaction = database.kysely.transaction();
  if (options.readOnly === true) transaction = transaction.setAccessMode('read only');
  // Every statement sees the same instant.
  if (options.snapshot === true) transaction = transaction.setIsolationLevel('repeatable read');
  return transaction.execute(async (trx) => {
    await sql`select set_config('app.organization_id', ${organizationId}, true),
      set_config('statement_timeout', ${String(database.statementTimeoutMs)}, true),
      set_config('idle_in_transaction_session_timeout', ${String(idleInTransactionTimeoutMs)}, true)`.execute(
      trx,
    );
    return run(trx);
  });
}

/** bigint as a number (versions and counts stay far below 2^53), date as 'YYYY-MM-DD' and never as a local midnight. */
const typeParser: typeof types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (oid === types.builtins.INT8) return Number;
  if (oid === types.builtins.DATE) return String;
  return format === 'binary' ? types.getTypeParser(oid, 'binary') : types.getTypeParser(oid, 'text');
};

function queriesOf(pool: PostgresPool): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

function trackedSocket(sockets: Set<Socket>): Socket {
  const socket = new Socket();
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  return socket;
}

async function endPool(pool: Pool, sockets: ReadonlySet<Socket>): Promise<void> {
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, closeTimeoutMs);
  try {
    await Promise.race([
      pool.end(),
      new Promise((resolve) => setTimeout(resolve, closeTimeoutMs + 100).unref()),
    ]);
  } catch (error) {
    throw new DatabaseUnavailableError(error);
  } finally {
    clearTimeout(cut);
  }
}
