import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { test } from 'tap';
import { type Database, inOrganization } from '../../../services/storage/database.ts';
import { migrationFolder } from '../../../services/storage/migrate.ts';
import { sharedDatabase } from '../../support/shared-service.ts';
import { fillEveryTable } from './every-table.ts';

test('every table with an organization is under forced row-level security', async (t) => {
  const { database } = await sharedDatabase();
  const { rows } = await sql<{ name: string; bound: boolean }>`
    select relname as name, relrowsecurity and relforcerowsecurity as bound from pg_class
    where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and relname not like 'kysely%'`.execute(
    database.kysely,
  );
  t.ok(rows.length >= 21);
  for (const { name, bound } of rows) t.ok(bound, name);
});

test('without a context nothing is seen, and with one nothing of another organization', async (t) => {
  const { database } = await sharedDatabase();
  const one = await fillEveryTable(database, '01');
  const two = await fillEveryTable(database, '02');
  for (const { name, key } of await listTables(database)) {
    const count = sql<{
      organization: string;
    }>`select ${sql.ref(key)} as organization from ${sql.table(name)}`;
    t.same((await count.execute(database.kysely)).rows, [], `${name} without a context`);
    for (const { organizationId } of [one, two]) {
      const { rows } = await inOrganization(database, organizationId, (trx) => count.execute(trx));
      const owners = new Set(rows.map((row) => row.organization));
      t.same(owners, new Set([organizationId]), `${name} in the context of one organization`);
    }
  }
});

test('a row of another organization can be neither written nor changed nor deleted', async (t) => {
  const { database } = await sharedDatabase();
  const own = await fillEveryTable(database, '03');
  const other = await fillEveryTable(database, '04');
  for (const { name, key } of await listTables(database)) {
    const where = sql`where ${sql.ref(key)} = ${other.organizationId}`;
    const changed = await inOrganization(database, own.organizationId, async (trx) => {
      const updated =
        await sql`update ${sql.table(name)} set ${sql.ref(key)} = ${sql.ref(key)} ${where}`.execute(trx);
      const deleted = await sql`delete from ${sql.table(name)} ${where}`.execute(trx);
      return (updated.numAffectedRows ?? 0n) + (deleted.numAffectedRows ?? 0n);
    });
    t.equal(changed, 0n, name);
    const columns = await copyableColumns(database, name, key);
    const insert = sql`insert into ${sql.table(name)} (${sql.ref(key)}${columns}) select ${other.organizationId}::uuid${columns} from ${sql.table(name)}`;
    await t.rejects(
      inOrganization(database, own.organizationId, (trx) => insert.execute(trx)),
      { code: '42501', message: `new row violates row-level security policy for table "${name}"` },
      `insert into ${name}`,
    );
  }
});

test('the context ends with its transaction, on the same connection too', async (t) => {
  const { database } = await sharedDatabase();
  const { organizationId } = await fillEveryTable(database, '05');
  await database.kysely.connection().execute(async (connection) => {
    const onConnection = { ...database, kysely: connection };
    const inside = await inOrganization(onConnection, organizationId, (trx) =>
      trx.selectFrom('user').select('id').execute(),
    );
    t.equal(inside.length, 2);
    t.same(await connection.selectFrom('user').select('id').execute(), []);
    // A look-up switches its setting off again, inside a transaction as well.
    await sql`begin; select * from list_organization_versions()`.execute(connection);
    t.same(await connection.selectFrom('organization').select('id').execute(), []);
    await sql`rollback`.execute(connection);
  });
});

test('the functions that look past the context are those of sql/README.md', async (t) => {
  const { database } = await sharedDatabase();
  const { rows } = await sql<{ name: string }>`
    select oid::regprocedure::text as name from pg_proc
    where pronamespace = 'public'::regnamespace and (prosecdef or prosrc like '%linefinder.lookup%')
    order by 1`.execute(database.kysely);
  const readme = await readFile(new URL('README.md', migrationFolder), 'utf8');
  const listed = [...readme.matchAll(/^\| `(\w+\([\w, ]*\))` \|/gm)].map((match) => match[1]);
  t.same(listed.sort(), rows.map((row) => row.name).sort());
});

test('activity can be added to, and never changed', async (t) => {
  const { database } = await sharedDatabase();
  const { organizationId } = await fillEveryTable(database, '06');
  const refused = { message: 'activity is append-only', code: '42501' };
  const statements = [
    "update activity set action = 'x'",
    'delete from activity',
    // Without cascade it is refused already because other tables point here.
    'truncate activity cascade',
  ];
  for (const statement of statements) {
    await t.rejects(
      inOrganization(database, organizationId, (trx) => sql.raw(statement).execute(trx)),
      refused,
      statement,
    );
  }
});

/** With the column that says whose a row is. */
async function listTables(
  database: Database,
): Promise<readonly { readonly name: string; readonly key: string }[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and relname not like 'kysely%'
      and relname <> 'activity'
    order by 1`.execute(database.kysely);
  return rows.map(({ name }) => ({ name, key: name === 'organization' ? 'id' : 'organization_id' }));
}

/** The other columns that an insert may name, with a comma before each. */
async function copyableColumns(database: Database, table: string, key: string) {
  const { rows } = await sql<{ name: string }>`
    select attname as name from pg_attribute
    where attrelid = ${`"${table}"`}::regclass and attnum > 0 and attname <> ${key}
      and attgenerated = '' and attidentity = ''`.execute(database.kysely);
  return sql.join([sql``, ...rows.map((row) => sql.ref(row.name))]);
}
