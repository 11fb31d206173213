import { Client } from 'pg';
import type { TestPostgres } from './postgres.ts';

export type Template = {
  readonly name: string;
  /** Another template that it begins with. */
  readonly from: string;
  readonly fill: (url: string) => Promise<unknown>;
};

/** Made by the first who needs it; a test's database is a copy of it, which takes a fiftieth of a second. */
export async function prepareTemplate(
  { url, run }: Pick<TestPostgres, 'url' | 'run'>,
  template: Template,
): Promise<void> {
  const isThere = await run(`select from pg_database where datname = '${template.name}'`);
  if (isThere === 0) await makeTemplate(url, template);
}

async function makeTemplate(url: string, { name, from, fill }: Template): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock(hashtext('linefinder template'))");
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount !== 0) return;
    const draft = `${name}_${process.pid}`;
    await client.query(`create database ${draft} template ${from} strategy file_copy`);
    await fill(withDatabase(url, draft));
    await client.query(`alter database ${draft} rename to ${name}`);
  } finally {
    await client.end();
  }
}

/** Those whose names begin so and of which nobody needs any more. */
export async function dropTemplates(
  url: string,
  prefix: string,
  isOld: (name: string) => boolean,
): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const query = 'select datname as name from pg_database where starts_with(datname, $1)';
    const { rows } = await client.query<{ name: string }>(query, [prefix]);
    for (const { name } of rows) if (isOld(name)) await client.query(`drop database if exists "${name}"`);
  } finally {
    await client.end();
  }
}

export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
