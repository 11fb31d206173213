import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from '../storage/database.ts';
import { checkRole, pendingMigrations, runMigrations } from '../storage/migrate.ts';
import type { RedisConnection } from '../storage/redis.ts';
import { codeOf, placeOf, reasonOf, StartProblem } from './start-problem.ts';

/** `unreachable` may pass by itself; everything else is thrown as a StartProblem, because waiting does not help. */
export type Reached = 'reached' | { readonly unreachable: string };

const oldestVersion = 150_000;

/** Does Postgres answer, and is it one that we may work with? `url`: where, for the sentences. */
export async function reachDatabase(database: Database, url: string): Promise<Reached> {
  try {
    const { rows } = await sql<{ version: number }>`
      select current_setting('server_version_num')::int as version`.execute(database.kysely);
    const version = rows[0]?.version ?? 0;
    if (version < oldestVersion) {
      throw new StartProblem(
        `DATABASE_URL: the server is PostgreSQL ${Math.floor(version / 10_000)}; 15 or later is needed.`,
      );
    }
    await checkRole(database);
    return 'reached';
  } catch (error) {
    return toUnreachable(error, url);
  }
}

function toUnreachable(error: unknown, url: string): Reached {
  if (error instanceof StartProblem) throw error;
  const place = placeOf(url, 5432);
  const reason = reasonOf(error);
  const code = codeOf(error);
  if (code === '28P01' || code === '28000') {
    throw new StartProblem(
      `DATABASE_URL: the server at ${place} refuses the user or the password (${code}): correct them.`,
    );
  }
  if (code === '3D000') {
    throw new StartProblem(
      `DATABASE_URL: there is no such database at ${place}: create it (create database … owner …), or correct the name.`,
    );
  }
  if (code === undefined && reason.startsWith('DATABASE_URL')) throw new StartProblem(reason);
  if (code === undefined && /SSL|SASL|password|certificate/i.test(reason)) {
    throw new StartProblem(`DATABASE_URL: no session with the server at ${place}: ${reason}.`);
  }
  return { unreachable: `DATABASE_URL: nothing answers at ${place} (${code ?? reason}).` };
}

/** Applies what is missing, or with LINEFINDER_MIGRATE=off refuses a schema that is behind. */
export async function bringSchemaUpToDate(
  database: Database,
  url: string,
  migrate: boolean,
): Promise<readonly string[]> {
  try {
    const pending = await pendingMigrations(database);
    if (pending.length === 0) return [];
    if (migrate) return await runMigrations(url);
    throw new StartProblem(
      `LINEFINDER_MIGRATE is off and the schema is behind (${pending.join(', ')}): run "npm run migrate" first.`,
    );
  } catch (error) {
    if (codeOf(error) !== '42501') throw error;
    throw new StartProblem(
      'DATABASE_URL: the role may not change the schema: make it the owner of the database (alter database … owner to …).',
    );
  }
}

const redisPatienceMs = 1_500;

/** Does Redis answer, and does it take our credentials? `lastError`: what the connection reported last. */
export async function reachRedis(
  redis: Pick<RedisConnection, 'commands' | 'isReady'>,
  lastError: () => Error | undefined,
): Promise<Reached> {
  const deadline = performance.now() + redisPatienceMs;
  for (;;) {
    const error = redis.isReady() ? await failureOf(redis) : lastError();
    if (error === undefined && redis.isReady()) return 'reached';
    const reason = error === undefined ? 'no answer' : reasonOf(error);
    if (/^(WRONGPASS|NOAUTH|NOPERM|ERR invalid password)/.test(reason)) {
      throw new StartProblem(`REDIS_URL: the server refuses the user or the password: ${reason}`);
    }
    if (performance.now() > deadline) {
      return { unreachable: `REDIS_URL: nothing answers there (${codeOf(error) ?? reason}).` };
    }
    await sleep(20);
  }
}

async function failureOf(redis: Pick<RedisConnection, 'commands'>): Promise<Error | undefined> {
  try {
    await redis.commands.get('linefinder:start');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
