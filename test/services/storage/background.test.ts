import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { test } from 'tap';
import { type Database, openDatabase } from '../../../services/storage/database.ts';
import { testDatabase } from '../../support/database.ts';

/** The connections of Postgres that were used, one for each query. */
async function pidsOf(queries: readonly Database[], seconds: number): Promise<Set<number>> {
  const answers = await Promise.all(
    queries.map(({ kysely }) =>
      sql<{ pid: number }>`select pg_backend_pid() as pid, pg_sleep(${seconds})`.execute(kysely),
    ),
  );
  return new Set(answers.flatMap(({ rows }) => rows.map(({ pid }) => pid)));
}

const ten = Array.from({ length: 10 });

test('workers take turns with two connections, while whoever is waited for gets one at once', async (t) => {
  const { url } = await testDatabase(t);
  const database = openDatabase({ url });
  t.after(() => database.close());
  const { background } = database;
  t.equal(
    (
      await pidsOf(
        ten.map(() => background),
        0,
      )
    ).size,
    2,
    'workers',
  );
  t.equal(
    (
      await pidsOf(
        ten.map(() => database),
        0.1,
      )
    ).size,
    10,
    'requests',
  );
  t.equal((await pidsOf([background, database, background], 0)).size, 3, 'nobody waits for one that is idle');
  t.equal(background.background, background);
});

test('a worker is served too while all connections are in long use', async (t) => {
  const { url } = await testDatabase(t);
  const database = openDatabase({ url });
  t.after(() => database.close());
  const long = pidsOf([database, database, database], 1);
  const started = performance.now();
  const short = await pidsOf([database.background], 0);
  t.ok(performance.now() - started < 900, 'before the others are done');
  t.notOk((await long).isSupersetOf(short), 'on one of its own');
});

test('workers that wait for a turn are told that the database was closed', async (t) => {
  const { url } = await testDatabase(t);
  const database = openDatabase({ url });
  await pidsOf([database, database], 0.1);
  const under = pidsOf([database, database], 0.5);
  await sleep(50);
  const waiting = pidsOf([database.background], 0);
  const refused = t.rejects(waiting, { name: 'DatabaseUnavailableError' });
  await sleep(50);
  await database.close();
  await refused;
  t.equal((await under).size, 2, 'what was under way is done');
});
