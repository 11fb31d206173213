import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { type Database, openDatabase } from './database.ts';
import { startEmbedded } from './embedded.ts';
import { migrationFolder, runMigrations } from './migrate.ts';

/** What the migrations add up to, for reading and for the reviewer of a change. A test compares it with the truth. */
export const schemaFile = new URL('schema.sql', migrationFolder);

/** From the catalogue, because the embedded package has no pg_dump. Everything in the order of names. */
export async function dumpSchema(database: Database): Promise<string> {
  const parts = [heading];
  for (const table of await listTables(database)) parts.push(await dumpTable(database, table));
  for (const { definition } of await listFunctions(database)) parts.push(`${definition};\n`);
  for (const { definition } of await listTriggers(database)) parts.push(`${definition};\n`);
  return parts.join('\n');
}

const heading = '-- Made by `npm run schema` from the files beside it: change those, never this one.\n';

type Table = { readonly name: string; readonly secured: boolean; readonly forced: boolean };

async function listTables(database: Database): Promise<readonly Table[]> {
  const { rows } = await sql<Table>`
    select c.oid::regclass::text as name, c.relrowsecurity as secured, c.relforcerowsecurity as forced
    from pg_class c
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and c.relname not like 'kysely%'
    order by c.relname collate "C"`.execute(database.kysely);
  return rows;
}

async function dumpTable(database: Database, table: Table): Promise<string> {
  const { name } = table;
  const lines = [...(await listColumns(database, name)), ...(await listConstraints(database, name))];
  const statements = [
    `create table ${name} (\n  ${lines.join(',\n  ')}\n);`,
    ...(await listIndexes(database, name)),
  ];
  if (table.secured) statements.push(`alter table ${name} enable row level security;`);
  if (table.forced) statements.push(`alter table ${name} force row level security;`);
  return `${[...statements, ...(await listPolicies(database, name))].join('\n')}\n`;
}

/** In the order of the table, which `select *` shows. */
async function listColumns(database: Database, table: string): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
      || case when a.attcollation <> t.typcollation then ' collate ' || a.attcollation::regcollation else '' end
      || case when a.attnotnull then ' not null' else '' end
      || case when a.attidentity = 'a' then ' generated always as identity'
              when a.attgenerated = 's' then ' generated always as ' || pg_get_expr(d.adbin, d.adrelid) || ' stored'
              when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end as line
    from pg_attribute a join pg_type t on t.oid = a.atttypid
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = ${table}::regclass and a.attnum > 0 and not a.attisdropped
    order by a.attnum`.execute(database.kysely);
  return rows.map((row) => row.line);
}

/** Without `not null`, which PostgreSQL 18 counts among them. */
async function listConstraints(database: Database, table: string): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select 'constraint ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid, true) as line
    from pg_constraint where conrelid = ${table}::regclass and contype <> 'n'
    order by position(contype in 'pufc'), conname collate "C"`.execute(database.kysely);
  return rows.map((row) => row.line);
}

async function listIndexes(database: Database, table: string): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select pg_get_indexdef(i.indexrelid) || ';' as line
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = ${table}::regclass
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
    order by c.relname collate "C"`.execute(database.kysely);
  return rows.map((row) => row.line);
}

async function listPolicies(database: Database, table: string): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select 'create policy ' || quote_ident(polname) || ' on ' || polrelid::regclass
      || case when polpermissive then '' else ' as restrictive' end
      || case polcmd when '*' then '' when 'r' then ' for select' when 'a' then ' for insert'
                     when 'w' then ' for update' else ' for delete' end
      || coalesce(' using ' || pg_get_expr(polqual, polrelid), '')
      || coalesce(' with check ' || pg_get_expr(polwithcheck, polrelid), '') || ';' as line
    from pg_policy where polrelid = ${table}::regclass
    order by polname collate "C"`.execute(database.kysely);
  return rows.map((row) => row.line.replaceAll(/\s+/g, ' '));
}

async function listFunctions(database: Database): Promise<readonly { readonly definition: string }[]> {
  const { rows } = await sql<{ definition: string }>`
    select trim(pg_get_functiondef(oid)) || case when has_function_privilege('public', oid, 'execute') then ''
      else E';\nrevoke all on function ' || oid::regprocedure || ' from public' end as definition
    from pg_proc
    where pronamespace = 'public'::regnamespace
    order by proname collate "C", oid::regprocedure::text collate "C"`.execute(database.kysely);
  return rows;
}

async function listTriggers(database: Database): Promise<readonly { readonly definition: string }[]> {
  const { rows } = await sql<{ definition: string }>`
    select pg_get_triggerdef(oid, true) as definition from pg_trigger
    where not tgisinternal order by tgrelid::regclass::text collate "C", tgname collate "C"`.execute(
    database.kysely,
  );
  return rows;
}

/** `npm run schema`: writes the file from a database made for it. */
async function writeSchemaFile(): Promise<void> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'linefinder-schema-'));
  const server = await startEmbedded({ dataDir, log: console.error, settings: { fsync: 'off' } });
  const database = openDatabase({ url: server.url });
  try {
    await runMigrations(server.url);
    await writeFile(schemaFile, await dumpSchema(database));
  } finally {
    await database.close();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

if (import.meta.main) await writeSchemaFile();
