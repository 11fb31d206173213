import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { test } from 'tap';
import { openDatabase } from '../../../services/storage/database.ts';
import {
  checkRole,
  migrateDown,
  migrateToLatest,
  migrateToNothing,
  parseMigration,
  pendingMigrations,
  runMigrations,
} from '../../../services/storage/migrate.ts';
import { dumpSchema, schemaFile } from '../../../services/storage/schema-dump.ts';
import { emptyDatabase, testDatabase } from '../../support/database.ts';
import { ownPostgres } from '../../support/postgres.ts';
import { sharedDatabase } from '../../support/shared-service.ts';

test('sql/schema.sql is what the migrations make (else: npm run schema)', async (t) => {
  const { database } = await sharedDatabase();
  t.equal(await dumpSchema(database), await readFile(schemaFile, 'utf8'));
});

test('every migration can be taken back, and applied again with the same result', async (t) => {
  const { database } = await emptyDatabase(t);
  const names = await pendingMigrations(database);
  const empty = await dumpSchema(database);
  t.same(await migrateToLatest(database), names);
  t.same(await pendingMigrations(database), []);
  const full = await dumpSchema(database);
  t.same(await migrateDown(database), names.slice(-1));
  t.same(await pendingMigrations(database), names.slice(-1));
  t.same(await migrateToNothing(database), names.slice(0, -1).reverse());
  t.equal(await dumpSchema(database), empty, 'nothing is left behind');
  t.same(await migrateToLatest(database), names);
  t.equal(await dumpSchema(database), full);
});

test('replicas that start together apply each migration once', async (t) => {
  const { database, url } = await emptyDatabase(t);
  const names = await pendingMigrations(database);
  const runs = await Promise.all([runMigrations(url), runMigrations(url), runMigrations(url)]);
  t.same(runs.flat(), names);
});

test('a database that a later release migrated is left as it is', async (t) => {
  const { database } = await testDatabase(t);
  await sql`insert into kysely_migration (name, timestamp) values ('9999_later', '2026-01-01')`.execute(
    database.kysely,
  );
  t.same(await pendingMigrations(database), []);
  t.same(await migrateToLatest(database), []);
});

test('a role that row-level security does not bind is refused, with the way to make another', async (t) => {
  const server = await ownPostgres(t);
  const database = openDatabase({ url: server.superuserUrl });
  t.after(() => database.close());
  const sentence = /role "\w+" is a superuser or has BYPASSRLS.*create role linefinder/s;
  await t.rejects(checkRole(database), { message: sentence });
  await sql`create role passing login password 'x' bypassrls`.execute(database.kysely);
  const url = new URL(server.superuserUrl);
  url.username = 'passing';
  url.password = 'x';
  await t.rejects(runMigrations(url.href), { message: sentence });
  const plain = openDatabase({ url: server.url });
  t.after(() => plain.close());
  await t.resolves(checkRole(plain));
});

test('a migration file has its two sections in order', async (t) => {
  t.same(parseMigration('0001_a.sql', '-- why\n\n-- up\ncreate;\n-- downwards\n-- down\ndrop;\n'), {
    up: '\ncreate;\n-- downwards\n',
    down: '\ndrop;\n',
  });
  const check = (title: string, text: string): void => {
    t.throws(
      () => parseMigration('0001_a.sql', text),
      { message: /^sql\/0001_a\.sql: one line "-- up"/ },
      title,
    );
  };
  check('none', 'create;');
  check('no way back', '-- up\ncreate;\n');
  check('the other way round', '-- down\ndrop;\n-- up\ncreate;\n');
  check('twice', '-- up\na;\n-- down\nb;\n-- up\nc;\n');
});
