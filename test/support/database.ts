import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { type Database, openDatabase } from '../../services/storage/database.ts';
import { testPostgres, withDatabase } from './postgres.ts';

/** What is needed of a tap test: something to do at its end. */
export type Teardown = { after(run: () => Promise<void> | void): void };

export type TestDatabase = {
  readonly database: Database;
  /** For the service's plain role, which owns the database. */
  readonly url: string;
};

/** A migrated, empty database of the test's own, gone when `t` ends. */
export async function testDatabase(t: Teardown): Promise<TestDatabase> {
  const { url, template } = await testPostgres();
  return createDatabase(t, url, `template ${template}`);
}

/** One without any table. */
export async function emptyDatabase(t: Teardown): Promise<TestDatabase> {
  const { url } = await testPostgres();
  return createDatabase(t, url, '');
}

async function createDatabase(t: Teardown, serverUrl: string, options: string): Promise<TestDatabase> {
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await runStatement(serverUrl, `create database ${name} ${options}`);
  const url = withDatabase(serverUrl, name);
  const database = openDatabase({ url });
  t.after(async () => {
    await database.close();
    await runStatement(serverUrl, `drop database ${name} with (force)`);
  });
  return { database, url };
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
