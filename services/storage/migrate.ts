import { readdir, readFile } from 'node:fs/promises';
import { type Kysely, sql } from 'kysely';
import type { Migration, MigrationProvider, Migrator } from 'kysely/migration';
import { DatabaseError } from 'pg';
import { type Database, openDatabase } from './database.ts';

/** The files, in the order of their names. Once released a file is frozen: a change is a new file. */
export const migrationFolder = new URL('../../sql/', import.meta.url);

/** Applies what is missing, all of it or nothing, and gives the names. Replicas that start together wait for one. */
export async function migrateToLatest(database: Database): Promise<readonly string[]> {
  // Also a database that is ahead of this release is fine: the schema works with the release before.
  if ((await pendingMigrations(database)).length === 0) return [];
  return outcome(await (await buildMigrator(database)).migrateToLatest());
}

/** Takes back everything, the newest first. For tests. */
export async function migrateToNothing(database: Database): Promise<readonly string[]> {
  const { NO_MIGRATIONS } = await import('kysely/migration');
  return outcome(await (await buildMigrator(database)).migrateTo(NO_MIGRATIONS));
}

/** Takes back the newest migration. */
export async function migrateDown(database: Database): Promise<readonly string[]> {
  return outcome(await (await buildMigrator(database)).migrateDown());
}

/** Names of the files that this database has not seen. Every start asks, and nearly none of them has to read one. */
export async function pendingMigrations(database: Database): Promise<readonly string[]> {
  const [names, applied] = await Promise.all([listMigrations(), listApplied(database)]);
  return names.filter((name) => !applied.has(name));
}

async function listApplied({ kysely }: Database): Promise<ReadonlySet<string>> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(kysely);
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    // No such table: nothing was ever applied.
    if (error instanceof DatabaseError && error.code === '42P01') return new Set();
    throw error;
  }
}

/** Without their endings, in their order. */
async function listMigrations(): Promise<readonly string[]> {
  const files = await readdir(migrationFolder);
  return files
    .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();
}

/** What `npm run migrate` does, on a connection of its own without a limit of time: an index may take minutes. */
export async function runMigrations(url: string): Promise<readonly string[]> {
  const database = openDatabase({
    url,
    poolSize: 2,
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 0,
    applicationName: 'linefinder migrate',
  });
  try {
    await checkRole(database);
    return await migrateToLatest(database);
  } finally {
    await database.close();
  }
}

/** Row-level security does not bind a superuser or a role with BYPASSRLS, so neither may run the service. */
export async function checkRole(database: Database): Promise<void> {
  const { rows } = await sql<{ name: string; unbound: boolean }>`
    select rolname as name, rolsuper or rolbypassrls as unbound from pg_roles where rolname = current_user`.execute(
    database.kysely,
  );
  const role = rows[0];
  if (role === undefined || !role.unbound) return;
  throw new Error(
    `DATABASE_URL: the role "${role.name}" is a superuser or has BYPASSRLS, so nothing would keep organizations ` +
      "apart. Make a plain one and use it: create role linefinder login password '…' nosuperuser nobypassrls; " +
      'create database linefinder owner linefinder;',
  );
}

/** The two sections of a file: what is above `-- up` is its heading. */
export function parseMigration(name: string, text: string): { readonly up: string; readonly down: string } {
  const [, up, down, ...rest] = text.split(/^-- (?:up|down)$/m);
  const order = [...text.matchAll(/^-- (up|down)$/gm)].map((match) => match[1]).join();
  if (up === undefined || down === undefined || rest.length > 0 || order !== 'up,down') {
    throw new Error(`sql/${name}: one line "-- up" and after it one line "-- down" are needed`);
  }
  return { up, down };
}

async function buildMigrator(database: Database): Promise<Migrator> {
  const { Migrator } = await import('kysely/migration');
  return new Migrator({ db: database.kysely, provider });
}

const provider: MigrationProvider = {
  async getMigrations() {
    const migrations: Record<string, Migration> = {};
    for (const name of await listMigrations()) {
      const file = `${name}.sql`;
      const { up, down } = parseMigration(file, await readFile(new URL(file, migrationFolder), 'utf8'));
      migrations[name] = { up: runText(up), down: runText(down) };
    }
    return migrations;
  },
};

/** Several statements in one text: without parameters pg sends it as it is. */
function runText(text: string): (db: Kysely<unknown>) => Promise<void> {
  return async (db) => {
    await sql.raw(text).execute(db);
  };
}

function outcome(set: Awaited<ReturnType<Migrator['migrateToLatest']>>): readonly string[] {
  if (set.error !== undefined) throw set.error;
  return (set.results ?? []).map((result) => result.migrationName);
}
