import { DatabaseError } from 'pg';

/** Postgres could not be asked, or the answer did not come: whether a commit happened is then unknown. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';

  constructor(cause: unknown) {
    super(`The database cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/**
 * SQLSTATEs after which the same request may work later, though nothing is wrong with it. Whole classes:
 * 08 connection, 53 out of resources (connections, memory, disk), 57 shut down or cancelled (statement_timeout),
 * 58 system error, 40 lost against another transaction. And one by one: 25006 read-only (a standby after a failover),
 * 25P03 idle in transaction, 55P03 lock timeout.
 */
const unavailableClasses: ReadonlySet<string> = new Set(['08', '53', '57', '58', '40']);
const unavailableCodes: ReadonlySet<string> = new Set(['25006', '25P03', '25P04', '55P03']);

/** True where HTTP answers 503 with Retry-After. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  if (!(error instanceof DatabaseError) || error.code === undefined) return false;
  return unavailableClasses.has(error.code.slice(0, 2)) || unavailableCodes.has(error.code);
}

/**
 * It is the row: data that no column takes (class 22), or that a constraint refuses (23). Other errors are the store's, a
 * schema that is behind say, and may be gone the next time. What no database said is a mistake of ours about the row.
 */
export function isRefused(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return false;
  if (!(error instanceof DatabaseError) || error.code === undefined) return true;
  return ['22', '23'].includes(error.code.slice(0, 2));
}

/** The name of the constraint that refused a row: `user_login_key`, `extension_pkey` … */
export function constraintOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.constraint : undefined;
}

/** The connection is of no more use: Postgres said that it closes it, or said nothing that it ever says. */
export function breaksConnection(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.severity === 'FATAL' || error.severity === 'PANIC';
  // pg refuses parameters that it cannot write; that is a mistake of ours and leaves the connection as it was.
  return !(error instanceof TypeError);
}
