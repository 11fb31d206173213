import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { open, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type EmbeddedBinaries, findEmbeddedBinaries } from './embedded-binaries.ts';
import { checkDataDir, type EmbeddedFiles, embeddedFiles, prepareData } from './embedded-data.ts';
import { dataInUse, findLauncher, type Launcher, spawnServer } from './embedded-launcher.ts';

export type EmbeddedDatabase = {
  /** For the plain role `linefinder`, which owns the database `linefinder` and nothing else. */
  readonly url: string;
  /** For the superuser, whom row-level security does not bind. */
  readonly superuserUrl: string;
  /** Of the server, or of the shell that waits for this process's end. */
  readonly pid: number;
  /** Ends open connections and waits until everything is on disk. */
  close(): Promise<void>;
};

export type EmbeddedOptions = {
  readonly dataDir: string;
  readonly log: (message: string) => void;
  /** More settings of Postgres: { fsync: 'off' } in tests. */
  readonly settings?: { readonly [name: string]: string };
};

/** After a crash Postgres reads its log again before it lets anybody in. */
const readyTimeoutMs = 60_000;

/** As long as the start script waits for its lock. */
const dataInUseTimeoutMs = 5_000;

/**
 * A PostgreSQL of our own in DATA_DIR, on a free loopback port. It ends with this process, also with a killed one.
 * Throws with a sentence for the administrator: DATA_DIR in use, not writable, or made by another major version.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  await checkDataDir(options.dataDir);
  const files = embeddedFiles(options.dataDir);
  const binaries = await findEmbeddedBinaries(files.libraries);
  const launcher = await findLauncher({ program: binaries.postgres, folder: path.dirname(files.data) });
  const { superuserPassword } = await prepareData(files, binaries, launcher);
  const { server, port } = await startServer({ files, binaries, launcher, superuserPassword, options });
  const superuserUrl = `postgres://postgres:${superuserPassword}@127.0.0.1:${port}/postgres`;
  const password = randomBytes(24).toString('base64url');
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= stopServer(server);
    return closing;
  };
  server.once('exit', (code, signal) => {
    if (closing === undefined)
      options.log(`the embedded database ended by itself (${signal ?? code}): see ${files.log}`);
  });
  try {
    await prepareRole(superuserUrl, password);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: `postgres://linefinder:${password}@127.0.0.1:${port}/linefinder`,
    superuserUrl,
    pid: server.pid ?? 0,
    close,
  };
}

type Start = {
  readonly files: EmbeddedFiles;
  readonly binaries: EmbeddedBinaries;
  readonly launcher: Launcher;
  readonly superuserPassword: string;
  readonly options: EmbeddedOptions;
};

/** Another process may take the free port first: then the next one is tried. */
async function startServer(start: Start): Promise<{ readonly server: ChildProcess; readonly port: number }> {
  const giveUpAt = performance.now() + dataInUseTimeoutMs;
  for (;;) {
    const port = await findFreePort();
    const logged = await sizeOf(start.files.log);
    const server = await spawnOn(port, start);
    const code = await waitUntilReady(server, port, start.superuserPassword);
    if (code === undefined) return { server, port };
    const output = (await readFile(start.files.log, 'utf8')).slice(logged).trim();
    // Without flock(1) Postgres says so itself, and a server whose parent was killed needs a moment to end.
    const inUse = output.includes('lock file "postmaster.pid" already exists');
    if ((inUse || output.includes('could not create any TCP/IP sockets')) && performance.now() < giveUpAt) {
      await sleep(200);
    } else if (inUse || code === dataInUse) {
      throw new Error(await inUseMessage(start.files));
    } else {
      throw new Error(`The embedded database did not start (exit ${code}): ${output}`);
    }
  }
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

async function spawnOn(port: number, { files, binaries, launcher, options }: Start): Promise<ChildProcess> {
  const settings = { ...serverSettings, port: String(port), ...options.settings };
  const command = [
    binaries.postgres,
    ...['-D', files.data],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  // Appended to, because a second start must not empty the log of the one that runs.
  const log = await open(files.log, 'a', 0o600);
  try {
    const server = spawnServer(
      launcher,
      { command, dataFolder: files.data, lockFile: files.lock },
      { log: log.fd, libraryPath: binaries.libraryPath },
    );
    await once(server, 'spawn');
    // It does not keep this process alive: it ends with it.
    server.unref();
    return server;
  } finally {
    await log.close();
  }
}

const serverSettings: { readonly [name: string]: string } = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  max_wal_size: '256MB',
  // Refused rows are the client's matter, and their values are nobody's.
  log_min_messages: 'fatal',
  log_checkpoints: 'off',
};

/** Undefined when it answers; else its exit code. */
async function waitUntilReady(
  server: ChildProcess,
  port: number,
  password: string,
): Promise<number | undefined> {
  const deadline = performance.now() + readyTimeoutMs;
  for (;;) {
    if (server.exitCode !== null || server.signalCode !== null) return server.exitCode ?? 1;
    const error = await tryConnect(`postgres://postgres:${password}@127.0.0.1:${port}/postgres`);
    if (error === undefined) return undefined;
    if (performance.now() > deadline) {
      await stopServer(server);
      throw new Error(`The embedded database did not answer within ${readyTimeoutMs / 1_000} s`, {
        cause: error,
      });
    }
    await sleep(20);
  }
}

async function tryConnect(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return undefined;
  } catch (error) {
    return error;
  }
}

async function prepareRole(superuserUrl: string, password: string): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const roles = await client.query("select 1 from pg_roles where rolname = 'linefinder'");
    if (roles.rowCount === 0) await client.query('create role linefinder login nosuperuser nobypassrls');
    // base64url, so it needs no quoting.
    await client.query(`alter role linefinder password '${password}'`);
    const databases = await client.query("select 1 from pg_database where datname = 'linefinder'");
    if (databases.rowCount === 0) await client.query('create database linefinder owner linefinder');
  } finally {
    await client.end();
  }
}

/** SIGINT is Postgres' fast shutdown, SIGQUIT the one that recovers at the next start. */
async function stopServer(server: ChildProcess): Promise<void> {
  server.ref();
  for (const [signal, patienceMs] of [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit', { signal: AbortSignal.timeout(patienceMs) });
    if (server.stdin !== null) server.stdin.end();
    else server.kill(signal);
    await exited.catch(() => undefined);
  }
}

async function inUseMessage(files: EmbeddedFiles): Promise<string> {
  const [pid = '?'] = (
    await readFile(path.join(files.data, 'postmaster.pid'), 'utf8').catch(() => '?')
  ).split('\n');
  return `DATA_DIR: ${path.dirname(files.data)} is in use by another process (its PostgreSQL is ${pid}): stop that one, or set another DATA_DIR`;
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
