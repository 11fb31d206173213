import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type Database, openDatabase } from '../../services/storage/database.ts';
import { mayLieAbout, type TestPostgres, testPostgres } from './postgres.ts';
import { withDatabase } from './templates.ts';

/** What is needed of a tap test: something to do at its end. */
export type Teardown = { after(run: () => Promise<void> | void): void };

export type TestDatabase = {
  readonly database: Database;
  /** For the service's plain role, which owns the database. */
  readonly url: string;
};

/** The service's own limits of one and two seconds are for a machine that has a moment; those of outages set theirs. */
export const patience = { connectTimeoutMs: 10_000, statementTimeoutMs: 10_000 } as const;

/** A migrated, empty database of the test's own, gone when `t` ends. */
export async function testDatabase(t: Teardown): Promise<TestDatabase> {
  const postgres = await testPostgres();
  return copyDatabase(t, postgres, postgres.template);
}

export function copyDatabase(t: Teardown, postgres: TestPostgres, template: string): Promise<TestDatabase> {
  // The other strategy writes every page into the write-ahead log: three times as much work.
  return createDatabase(t, postgres, `template ${template} strategy file_copy`);
}

/** One without any table. */
export async function emptyDatabase(t: Teardown): Promise<TestDatabase> {
  return createDatabase(t, await testPostgres(), '');
}

async function createDatabase(t: Teardown, postgres: TestPostgres, options: string): Promise<TestDatabase> {
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await postgres.run(`create database ${name} ${options}`);
  const url = withDatabase(postgres.url, name);
  const database = openDatabase({ url, ...patience });
  t.after(async () => {
    await database.close();
    if (!postgres.isOurs || !mayLieAbout()) await dropDatabase(postgres, name);
  });
  return { database, url };
}

/** Autovacuum runs as the superuser, whose process nobody else may end: it is done soon. */
async function dropDatabase(postgres: TestPostgres, name: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await postgres.run(`drop database ${name} with (force)`);
      return;
    } catch (error) {
      const isVacuumed = error instanceof Error && 'code' in error && error.code === '42501';
      if (!isVacuumed || tries === 50) throw error;
      await sleep(200);
    }
  }
}

/** On a connection of its own, outside any transaction. */
export async function runStatement(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
