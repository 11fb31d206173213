import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbedded } from '../../services/storage/embedded.ts';
import { fastSettings, inUseLock, serverFolder, serverPidFile, serverUrlFile } from './postgres.ts';

/**
 * The server that all test files share: 0.2 s for a database instead of a second for a server each, on every core that
 * the tests would rather have. It belongs to no run, so that two runs at the same time share it too, and it ends by
 * itself when nobody has used it for twenty seconds: as long as the files without a database take in the middle of a run.
 */
const idleSeconds = 20;

await writeFile(serverPidFile, String(process.pid));
const server = await startEmbedded({
  dataDir: serverFolder,
  log: console.error,
  settings: { ...fastSettings, max_connections: '300' },
});
const admin = new Client({ connectionString: server.superuserUrl });
await admin.connect();
await dropLeftovers(admin);
await admin.query('alter role linefinder createdb');
await writeFile(serverUrlFile, server.url, { mode: 0o600 });
const own = new Client({ connectionString: server.url });
await own.connect();
for (let idle = 0; idle < idleSeconds; ) {
  await sleep(1_000);
  const { rows } = await own.query<{ alone: boolean }>(`select pg_try_advisory_lock(${inUseLock}) as alone`);
  idle = rows[0]?.alone === true ? idle + 1 : 0;
  // Kept only by the last one: whoever comes then waits for it, loses the connection and starts another server.
  if (idle > 0 && idle < idleSeconds) await own.query(`select pg_advisory_unlock(${inUseLock})`);
}
await rm(serverUrlFile, { force: true });
await own.end();
await admin.end();
await server.close();
await rm(serverFolder, { recursive: true, force: true });
await rm(serverPidFile, { force: true });

/** Of test files that were killed. */
async function dropLeftovers(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "select datname as name from pg_database where datname ~ '^(test|linefinder_(template|demo))_'",
  );
  for (const { name } of rows) await client.query(`drop database "${name}" with (force)`);
}
