import { createServer } from 'node:net';
import { sql } from 'kysely';
import { test } from 'tap';
import { inOrganization, openDatabase } from '../../../services/storage/database.ts';
import { DatabaseUnavailableError, isUnavailable } from '../../../services/storage/database-error.ts';
import { listOrganizationVersions } from '../../../services/storage/lookups.ts';
import { testDatabase } from '../../support/database.ts';
import { ownPostgres } from '../../support/postgres.ts';
import { sharedDatabase } from '../../support/shared-service.ts';
import { fillEveryTable } from './every-table.ts';

const organizationId = '018f0000-0000-7000-8000-000000000001';

test('counts are numbers, dates are text, instants are dates', async (t) => {
  const { database } = await sharedDatabase();
  const { rows } = await sql<{ readonly [name: string]: unknown }>`
    select 9007199254740991::bigint as count, date '2026-03-29' as day, timestamptz '2026-03-29T02:30:00Z' as instant,
      array[1, 2]::smallint[] as list, '{"a": [1]}'::jsonb as document`.execute(database.kysely);
  t.same(rows[0], {
    count: 9007199254740991,
    day: '2026-03-29',
    instant: new Date('2026-03-29T02:30:00Z'),
    list: [1, 2],
    document: { a: [1] },
  });
});

test('a connection that is terminated, idle or in use, costs one query at most', async (t) => {
  const { database, url } = await testDatabase(t);
  const idleErrors: Error[] = [];
  const victim = openDatabase({ url, poolSize: 2, onIdleError: (error) => idleErrors.push(error) });
  t.after(() => victim.close());
  const terminate = () =>
    sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(database.kysely);
  t.same(await listOrganizationVersions(victim), []);
  await terminate();
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.equal(idleErrors.length, 1, 'the pool tells of it and lives on');
  t.same(await listOrganizationVersions(victim), []);
  const running = inOrganization(victim, organizationId, async (trx) => {
    await sql`select pg_sleep(5)`.execute(trx);
  });
  const lost = t.rejects(running, DatabaseUnavailableError);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await terminate();
  await lost;
  t.same(await listOrganizationVersions(victim), []);
});

test('a statement that takes too long is cancelled by Postgres, and the connection is used again', async (t) => {
  const { url } = await testDatabase(t);
  const database = openDatabase({ url, poolSize: 1, statementTimeoutMs: 200 });
  t.after(() => database.close());
  const error = await inOrganization(database, organizationId, (trx) =>
    sql`select pg_sleep(5)`.execute(trx),
  ).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  t.match(error, { code: '57014' });
  t.ok(isUnavailable(error));
  t.same(await listOrganizationVersions(database), []);
});

test('with Postgres frozen a query fails within its time, and works when it goes on', async (t) => {
  const server = await ownPostgres(t);
  const database = openDatabase({
    url: server.url,
    poolSize: 2,
    connectTimeoutMs: 300,
    statementTimeoutMs: 300,
  });
  t.after(() => database.close());
  await fillEveryTable(database, '21');
  // Its children are not frozen: the connection in hand still answers, and a new one is not accepted.
  const other = openDatabase({
    url: server.url,
    poolSize: 1,
    connectTimeoutMs: 300,
    statementTimeoutMs: 300,
  });
  t.after(() => other.close());
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(database.kysely);
  const pids = [server.pid, rows[0]?.pid ?? 0];
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    for (const [title, frozen] of [
      ['in hand', database],
      ['to be made', other],
    ] as const) {
      const begin = performance.now();
      await t.rejects(listOrganizationVersions(frozen), DatabaseUnavailableError, title);
      const took = performance.now() - begin;
      t.ok(took < 1_500, `connection ${title}: ${Math.round(took)} ms`);
    }
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  t.equal((await listOrganizationVersions(database)).length, 1);
});

test('the error that broke a transaction is reported, and not that its rollback failed', async (t) => {
  const { database, url } = await testDatabase(t);
  const victim = openDatabase({ url, poolSize: 1 });
  t.after(() => victim.close());
  const error = new Error('of the work itself');
  const failing = inOrganization(victim, organizationId, async () => {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(database.kysely);
    await new Promise((resolve) => setTimeout(resolve, 50));
    throw error;
  });
  await t.rejects(failing, error);
});

test('nobody there, and nobody who answers, are both the database being away', async (t) => {
  const silent = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const check = async (title: string): Promise<void> => {
    const database = openDatabase({ url: `postgres://a:b@127.0.0.1:${port}/c`, connectTimeoutMs: 200 });
    const begin = performance.now();
    const error = await listOrganizationVersions(database).catch((reason: unknown) => reason);
    t.ok(isUnavailable(error), title);
    t.ok(performance.now() - begin < 1_000, title);
    await database.close();
  };
  await check('silence');
  await new Promise((resolve) => silent.close(resolve));
  await check('refused');
});

test('a full pool makes the next one wait no longer than a connection may take', async (t) => {
  const { url } = await sharedDatabase();
  const database = openDatabase({ url, poolSize: 1, connectTimeoutMs: 200 });
  t.after(() => database.close());
  const long = inOrganization(database, organizationId, (trx) => sql`select pg_sleep(1)`.execute(trx));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await t.rejects(listOrganizationVersions(database), DatabaseUnavailableError);
  await long;
});
