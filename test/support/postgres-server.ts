import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbedded } from '../../services/storage/embedded.ts';
import {
  copyPrepared,
  fastSettings,
  inUseLock,
  isThere,
  migratedName,
  serverFolder,
  serverPidFile,
  serverUrlFile,
} from './postgres.ts';

/**
 * The server that all test files share: 0.2 s for a database instead of a second for a server each, on every core that
 * the tests would rather have. It belongs to no run, so that two runs at the same time share it too, and it ends by
 * itself when nobody has used it for twenty seconds: as long as the files without a database take in the middle of a run.
 */
const idleSeconds = 20;

/** Left by tests (`mayLieAbout`), and dropped while nobody uses the server: so many a second. */
const droppedAtOnce = 20;

await writeFile(serverPidFile, String(process.pid));
const data = path.join(serverFolder, 'postgres');
const isNew = !(await isThere(data));
if (isNew) await layFolder();
await trustOurRole();
const server = await startEmbedded({
  dataDir: serverFolder,
  log: console.error,
  // A way that is not the network's takes a tenth less of both sides.
  settings: { ...fastSettings, max_connections: '300', unix_socket_directories: serverFolder },
});
const admin = new Client({ connectionString: server.superuserUrl });
await admin.connect();
await dropLeftovers('^(test|linefinder_(template|demo))_', 10_000);
await admin.query('alter role linefinder createdb');
if (isNew) {
  // What was prepared is what tests begin with.
  await admin.query(`alter database linefinder rename to ${await migratedName()}`);
  await admin.query('create database linefinder owner linefinder strategy file_copy');
}
const local = new URL(server.url);
local.searchParams.set('host', serverFolder);
await writeFile(serverUrlFile, local.href, { mode: 0o600 });
const own = new Client({ connectionString: server.url });
await own.connect();
for (let idle = 0; idle < idleSeconds; ) {
  await sleep(1_000);
  const { rows } = await own.query<{ alone: boolean }>(`select pg_try_advisory_lock(${inUseLock}) as alone`);
  idle = rows[0]?.alone === true ? idle + 1 : 0;
  if (idle > 0) await dropLeftovers('^test_', droppedAtOnce);
  // Kept only by the last one: whoever comes then waits for it, loses the connection and starts another server.
  if (idle > 0 && idle < idleSeconds) await own.query(`select pg_advisory_unlock(${inUseLock})`);
}
await rm(serverUrlFile, { force: true });
await own.end();
await admin.end();
await server.close();
await rm(serverFolder, { recursive: true, force: true });
await rm(serverPidFile, { force: true });

/** A second less than to make one from nothing. */
async function layFolder(): Promise<void> {
  const draft = `${serverFolder}-${process.pid}`;
  await copyPrepared(draft);
  // What a server left that was killed before it had its data.
  await rm(serverFolder, { recursive: true, force: true });
  await rename(draft, serverFolder);
}

/**
 * Whoever is on this machine may come in as the role that may do nothing but to its own databases: proving a password
 * takes the two sides two milliseconds for each of two thousand connections. The superuser keeps his.
 */
async function trustOurRole(): Promise<void> {
  const rules = [
    'local all linefinder trust',
    'host all linefinder 127.0.0.1/32 trust',
    'host all all 127.0.0.1/32 scram-sha-256',
  ];
  await writeFile(path.join(data, 'pg_hba.conf'), `${rules.join('\n')}\n`);
}

async function dropLeftovers(pattern: string, most: number): Promise<void> {
  const query = 'select datname as name from pg_database where datname ~ $1 limit $2';
  const { rows } = await admin.query<{ name: string }>(query, [pattern, most]);
  for (const { name } of rows) await admin.query(`drop database "${name}" with (force)`);
}
