import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { test } from 'tap';
import { startEmbedded } from '../../../services/storage/embedded.ts';
import { linkLibraries } from '../../../services/storage/embedded-binaries.ts';
import { checkDataDir } from '../../../services/storage/embedded-data.ts';
import type { Teardown } from '../../support/database.ts';
import { preparedFolder, temporaryFolder } from '../../support/postgres.ts';
import { startProcess, type TestProcess } from '../../support/processes.ts';

const log = (): void => undefined;

test('while it runs', { buffered: true }, async (suite) => {
  const dataDir = await preparedFolder(suite);
  const { parent, url, pid } = await startParent(suite, dataDir);

  await suite.test('a second start on the same folder is refused, and the first one goes on', async (t) => {
    await t.rejects(startEmbedded({ dataDir, log }), {
      message: `DATA_DIR: ${dataDir} is in use by another process (its PostgreSQL is ${pid}): stop that one, or set another DATA_DIR`,
    });
    t.same(await query(url, 'select 1 as one'), [{ one: 1 }]);
  });

  await suite.test('Ctrl-C reaches the service alone, so that it can finish what it began', async (t) => {
    t.not(await sessionOf(pid), await sessionOf(parent.pid));
    parent.signal('SIGINT');
    await sleep(200);
    t.same(await query(url, 'select 1 as one'), [{ one: 1 }]);
  });

  await suite.test(
    'a killed parent takes the server along, and the next start has what was committed',
    async (t) => {
      await query(url, 'create table note (text text)');
      await query(url, "insert into note values ('kept')");
      parent.signal('SIGKILL');
      const next = await startEmbedded({ dataDir, log });
      t.after(() => next.close());
      t.notOk(await isRunning(pid), 'the old server is gone');
      t.same(await query(next.url, 'select text from note'), [{ text: 'kept' }]);
    },
  );
});

test('a server that was killed itself recovers at the next start', { buffered: true }, async (t) => {
  const dataDir = await preparedFolder(t);
  const { parent, url, pid } = await startParent(t, dataDir);
  await query(url, "create table note (text text); insert into note values ('kept')");
  process.kill(pid, 'SIGKILL');
  await parent.waitFor(/ended by itself \(SIGKILL\): see .*postgres\.log/);
  parent.signal('SIGKILL');
  const next = await startEmbedded({ dataDir, log });
  t.after(() => next.close());
  t.same(await query(next.url, 'select text from note'), [{ text: 'kept' }]);
});

test('a process number in an old postmaster.pid that belongs to somebody else by now is no obstacle', {
  buffered: true,
}, async (t) => {
  const dataDir = await preparedFolder(t);
  const stale = [process.pid, path.join(dataDir, 'postgres'), 1, 5432, '', 'localhost', '1 1', 'ready', ''];
  await writeFile(path.join(dataDir, 'postgres/postmaster.pid'), stale.join('\n'));
  const next = await startEmbedded({ dataDir, log });
  t.after(() => next.close());
  t.same(await query(next.url, 'select 1 as one'), [{ one: 1 }]);
});

test('of two first starts at once, where one was interrupted before, one gets the data and the other is told so; what it made is there at the second start, for a plain role with a new password', {
  buffered: true,
}, async (t) => {
  const dataDir = await temporaryFolder(t);
  await mkdir(path.join(dataDir, 'postgres.new-999999999/base'), { recursive: true });
  const starts = await Promise.allSettled([startParent(t, dataDir), startParent(t, dataDir)]);
  const [first, ...more] = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  t.equal(more.length, 0);
  const [refused] = starts.flatMap((start) => (start.status === 'rejected' ? [String(start.reason)] : []));
  t.match(refused, /is in use by another process/);
  const names = ['postgres', 'postgres.lock', 'postgres.log', 'postgres.password'];
  t.same((await readdir(dataDir)).sort(), names, 'nothing is left of the one that was interrupted');
  t.equal((await stat(path.join(dataDir, 'postgres.password'))).mode & 0o777, 0o600);
  t.equal((await stat(path.join(dataDir, 'postgres'))).mode & 0o777, 0o700);
  const url = first?.url ?? '';
  await query(url, "create table note (text text); insert into note values ('kept ñ')");
  const [role] = await query(
    url,
    'select current_user as name, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user',
  );
  t.same(role, {
    name: 'linefinder',
    rolsuper: false,
    rolbypassrls: false,
    rolcreaterole: false,
    rolcreatedb: false,
  });
  first?.parent.signal('SIGTERM');
  t.equal(await first?.parent.exit(), 0);
  t.notOk(await isRunning(first?.pid ?? 0), 'the server has ended with it');

  const second = await startEmbedded({ dataDir, log });
  t.after(() => second.close());
  t.same(await query(second.url, "select text, upper('ñ') as upper from note"), [
    { text: 'kept ñ', upper: 'Ñ' },
  ]);
  t.not(new URL(second.url).password, new URL(url).password);
});

test('a data folder is made, however deep', async (t) => {
  const dataDir = path.join(await temporaryFolder(t), 'deep', 'data');
  await checkDataDir(dataDir);
  t.ok((await stat(dataDir)).isDirectory());
});

test('data of another major version are refused, not touched', async (t) => {
  const dataDir = await temporaryFolder(t);
  await mkdir(path.join(dataDir, 'postgres'));
  await writeFile(path.join(dataDir, 'postgres/PG_VERSION'), '17\n');
  await t.rejects(startEmbedded({ dataDir, log }), {
    message:
      /^DATA_DIR: the database in .*postgres was made by PostgreSQL 17, and the one that is installed is 18\./,
  });
  t.same(await readdir(path.join(dataDir, 'postgres')), ['PG_VERSION']);
});

test('a folder that cannot be written is named', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(path.join(folder, 'file'), '');
  await t.rejects(startEmbedded({ dataDir: path.join(folder, 'file/data'), log }), {
    message: new RegExp(`^DATA_DIR: ${folder}/file/data cannot be written \\(ENOTDIR`),
  });
});

test('data without their password are not opened', async (t) => {
  const dataDir = await temporaryFolder(t);
  await mkdir(path.join(dataDir, 'postgres'));
  await writeFile(path.join(dataDir, 'postgres/PG_VERSION'), '18\n');
  await t.rejects(startEmbedded({ dataDir, log }), { message: /postgres\.password is missing/ });
});

test('a setting that Postgres refuses is told in its own words', async (t) => {
  const dataDir = await preparedFolder(t);
  await t.rejects(startEmbedded({ dataDir, log, settings: { max_connections: 'many' } }), {
    message: /did not start \(exit 1\): .*invalid value for parameter "max_connections"/s,
  });
});

test('libraries that the install left without their links get them, beside the package or in DATA_DIR', async (t) => {
  const root = await temporaryFolder(t);
  const spare = path.join(root, 'spare');
  await mkdir(path.join(root, 'native/lib'), { recursive: true });
  await writeFile(path.join(root, 'native/lib/liba.so.1.2'), 'a');
  const links = async (...targets: readonly string[]): Promise<void> => {
    const list = targets.map((target) => ({ source: 'native/lib/liba.so.1.2', target }));
    await writeFile(path.join(root, 'native/pg-symlinks.json'), JSON.stringify(list));
  };
  await links('native/lib/liba.so', 'native/lib/liba.so.1');
  await symlink('liba.so.1.2', path.join(root, 'native/lib/liba.so'));
  t.equal(await linkLibraries(root, spare), undefined);
  t.equal(await readFile(path.join(root, 'native/lib/liba.so.1'), 'utf8'), 'a');
  // A folder where no link can be made stands for a package that cannot be written: root may write anything.
  await links('native/read-only/liba.so.1');
  t.equal(await linkLibraries(root, spare), `${spare}:${path.join(root, 'native/lib')}`);
  t.equal(await readFile(path.join(spare, 'liba.so.1'), 'utf8'), 'a');
});

async function startParent(
  t: Teardown,
  dataDir: string,
): Promise<{ readonly parent: TestProcess; readonly url: string; readonly pid: number }> {
  const parent = startProcess(t, 'test/services/storage/embedded-parent.ts', { args: [dataDir] });
  const [, url = '', pid = ''] = await parent.waitFor(/^ready (\S+) (\d+)$/m, 20_000);
  return { parent, url, pid: Number(pid) };
}

async function sessionOf(pid: number): Promise<string> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return fields[2] ?? '';
}

/** Not counted: a process that has ended and that nobody asked about, as some containers leave orphans. */
async function isRunning(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text !== '' && !/^.*\) Z/.test(text);
}

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
