import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, statfsSync } from 'node:fs';
import { access, cp, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { type EmbeddedDatabase, startEmbedded } from '../../services/storage/embedded.ts';
import { isRunning } from '../../services/storage/embedded-data.ts';
import { migrationFolder, runMigrations } from '../../services/storage/migrate.ts';
import type { Teardown } from './database.ts';
import { prepareTemplate } from './templates.ts';

/** Where a test file finds Postgres, and the migrated database that its own are copied from. */
export type TestPostgres = {
  /** For a plain role that may create databases, connected to a database that is nobody's. */
  readonly url: string;
  readonly template: string;
  /** On a connection that this process keeps, one after the other; outside any transaction. Gives the number of rows. */
  readonly run: (statement: string) => Promise<number>;
  /** False: the server is somebody's, who wants nothing of ours left there. */
  readonly isOurs: boolean;
};

/** Programs of ours find what was compiled before: half a second less for each start. */
export const compileCache: { readonly [name: string]: string } =
  process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE };

const memory = '/dev/shm';
const gigabyte = 1024 ** 3;

/** Kept between runs, and nobody's to commit. */
export const cacheFolder = fileURLToPath(new URL('../../.cache/', import.meta.url));
export const serverFolder = path.join(scratchFolder(), `linefinder-postgres-${shortHash(cacheFolder)}`);
/** Written by the shared server when it can be used. */
export const serverUrlFile = path.join(cacheFolder, 'test-postgres.url');

/** Whose it is: of the process that starts it, then its own until it has ended. */
export const serverPidFile = path.join(cacheFolder, 'test-postgres.pid');

/** Held by every test file while it runs, shared; the shared server ends when it gets it alone. */
export const inUseLock = "hashtext('linefinder tests')";

/**
 * What tests can do without; those of durability start a server of their own. Proving a password of 4,096 iterations
 * takes both sides some milliseconds for each of two thousand connections.
 */
export const fastSettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  scram_iterations: '1',
  autovacuum: 'off',
  track_counts: 'off',
  io_method: 'sync',
  wal_level: 'minimal',
  max_wal_senders: '0',
  checkpoint_timeout: '1h',
} as const;

let found: Promise<TestPostgres> | undefined;

/**
 * TEST_DATABASE_URL, whose role needs CREATEDB and must be neither superuser nor BYPASSRLS; else one embedded server
 * for all test files. The first of them starts it, and it ends some seconds after the last: see postgres-server.ts.
 */
export function testPostgres(): Promise<TestPostgres> {
  found ??= findPostgres();
  return found;
}

async function findPostgres(): Promise<TestPostgres> {
  const given = process.env.TEST_DATABASE_URL;
  const { socket, client, url } = given === undefined ? await joinSharedServer() : await join(given);
  let running = 0;
  const run = async (statement: string): Promise<number> => {
    running += 1;
    socket.ref();
    try {
      return (await client.query(statement)).rowCount ?? 0;
    } finally {
      running -= 1;
      // The connection keeps the shared server up as long as this process lives, which does not wait for it.
      if (running === 0) socket.unref();
    }
  };
  const name = await migratedName();
  const template = { name, from: 'template1', fill: runMigrations };
  await prepareTemplate({ url, run }, template);
  return { url, template: name, run, isOurs: given === undefined };
}

type Joined = { readonly socket: Socket; readonly client: Client; readonly url: string };

async function joinSharedServer(): Promise<Joined> {
  const started = performance.now();
  const deadline = started + 30_000;
  let forced = false;
  for (;;) {
    const url = await readFile(serverUrlFile, 'utf8').catch(() => undefined);
    try {
      if (url !== undefined) return await join(url);
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    if (performance.now() > deadline) {
      throw new Error(`the test database did not start: see ${cacheFolder}test-postgres.log`);
    }
    // The number may be another process's by now, after a server that was killed.
    const force: boolean = !forced && performance.now() - started > 10_000;
    forced ||= force;
    if (await isFree(serverPidFile, force)) await spawnSharedServer();
    await sleep(50);
  }
}

async function join(url: string): Promise<Joined> {
  const socket = new Socket();
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000, stream: () => socket });
  client.on('error', () => undefined);
  await client.connect();
  // Fails when the server is about to end, which holds the lock then.
  await client.query(`select pg_advisory_lock_shared(${inUseLock})`);
  return { socket, client, url };
}

/** One file starts it, the others wait: each attempt costs most of a second. */
async function isFree(file: string, force: boolean): Promise<boolean> {
  const pid = await readFile(file, 'utf8').catch(() => undefined);
  if (pid !== undefined && (pid === '' || isRunning(Number(pid))) && !force) return false;
  await rm(file, { force: true });
  try {
    await mkdir(cacheFolder, { recursive: true });
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

/** A process of its own without tap's environment, because it outlives the test file that starts it. */
async function spawnSharedServer(): Promise<void> {
  const log = await open(path.join(cacheFolder, 'test-postgres.log'), 'a');
  const script = fileURLToPath(new URL('postgres-server.ts', import.meta.url));
  spawn(process.execPath, [script], {
    detached: true,
    env: compileCache,
    stdio: ['ignore', log.fd, log.fd],
  }).unref();
  await log.close();
}

/** Of the database that every other one of the tests begins with. */
export async function migratedName(): Promise<string> {
  return `linefinder_template_${await schemaHash()}`;
}

async function schemaHash(): Promise<string> {
  const hash = createHash('sha256');
  // The version of Postgres is in there too.
  hash.update(await readFile(new URL('../../package.json', import.meta.url)));
  for (const name of (await readdir(migrationFolder)).sort()) {
    if (/^\d{4}_.*\.sql$/.test(name)) hash.update(await readFile(new URL(name, migrationFolder)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** A migrated server of the test's own, to be frozen and killed. */
export async function ownPostgres(
  t: Teardown,
  settings: { readonly [name: string]: string } = fastSettings,
): Promise<EmbeddedDatabase & { readonly dataDir: string }> {
  const dataDir = await preparedFolder(t);
  const server = await startEmbedded({ dataDir, log: () => undefined, settings });
  t.after(() => server.close());
  return { ...server, dataDir };
}

/** A data folder as a first start leaves it, with the tables: a copy, because making one takes two seconds. */
export async function preparedFolder(t: Teardown): Promise<string> {
  const dataDir = await temporaryFolder(t);
  await copyPrepared(dataDir);
  return dataDir;
}

export async function copyPrepared(dataDir: string): Promise<void> {
  const prepared = path.join(cacheFolder, `prepared-${await schemaHash()}`);
  if (!(await isThere(prepared))) await prepare(prepared);
  await cp(prepared, dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

export async function isThere(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    () => false,
  );
}

async function prepare(folder: string): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const draft = await mkdtemp(path.join(cacheFolder, 'preparing-'));
  try {
    const server = await startEmbedded({ dataDir: draft, log: console.error, settings: fastSettings });
    await runMigrations(server.url);
    await server.close();
    // Another test file may have been faster.
    await rename(draft, folder).catch(() => undefined);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * In memory where there is room: making and deleting the thousand files of a database costs a tenth there. A container
 * often has 64 MB only.
 */
function scratchFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (process.env.TMPDIR === undefined && bavail * bsize > 4 * gigabyte) return memory;
  } catch {
    // Not on this system.
  }
  return os.tmpdir();
}

/**
 * What a test leaves on the shared server, which deletes its whole folder at its end: to drop a database takes half as
 * long as to make it. 11 MB each, and a run makes four hundred: only in memory, and only while there is plenty.
 */
export function mayLieAbout(): boolean {
  if (!serverFolder.startsWith(memory)) return false;
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize > 3 * gigabyte && process.availableMemory() > 6 * gigabyte;
  } catch {
    return false;
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Deleted when `t` ends, after what was started in it: tap's teardowns run the last one first. */
export async function temporaryFolder(t: Teardown): Promise<string> {
  const folder = await mkdtemp(path.join(scratchFolder(), 'linefinder-test-'));
  // A server whose parent was killed may still write into it.
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return folder;
}
