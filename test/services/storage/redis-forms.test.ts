import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { test } from 'tap';
import { openRedis } from '../../../services/storage/redis.ts';
import type { Teardown } from '../../support/database.ts';
import { temporaryFolder } from '../../support/postgres.ts';
import { findFreePort, testRedis } from '../../support/redis.ts';
import { findRedisBinary } from '../../support/redis-binary.ts';

/** A process of Redis with a configuration file of its own; ends with the test. */
async function startWith(
  t: Teardown,
  lines: readonly string[],
  more: readonly string[] = [],
): Promise<number> {
  const folder = await temporaryFolder(t);
  const port = await findFreePort();
  const file = path.join(folder, 'redis.conf');
  await writeFile(file, [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, ...lines, ''].join('\n'));
  const binary = await findRedisBinary();
  const env = { ...process.env, ...binary.env };
  const server = spawn(binary.command, [file, ...more], { env, stdio: 'ignore' });
  t.after(async () => {
    if (server.exitCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  });
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 20 });
  client.on('error', () => undefined);
  await client.ping();
  client.disconnect();
  return port;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isSo()) return true;
    await sleep(50);
  }
  return false;
}

/** Commands and messages, as the service uses them. */
async function worksOver(t: Teardown, url: string): Promise<boolean> {
  const redis = openRedis({ url });
  t.after(() => redis.close());
  const heard: string[] = [];
  let connected = false;
  redis.subscribe('news', {
    onMessage: (message) => heard.push(message),
    onConnected: () => {
      connected = true;
    },
  });
  if (!(await until(() => redis.isReady() && connected))) return false;
  await redis.commands.set('a', '1');
  const isKept = (await redis.commands.get('a')) === '1';
  const isHeard = await until(async () => {
    await redis.commands.publish('news', 'hello');
    return heard.includes('hello');
  });
  return isKept && isHeard;
}

test('REDIS_URL with sentinels reaches the master that they name', async (t) => {
  const master = await testRedis(t);
  const sentinel = await startWith(t, [`sentinel monitor main 127.0.0.1 ${master.port} 1`], ['--sentinel']);
  t.ok(await worksOver(t, `redis+sentinel://127.0.0.1:${sentinel}/main`));
  const direct = new Redis(master.url);
  t.after(() => direct.disconnect());
  t.equal(await direct.get('a'), '1', 'it is the master that has it');
});

// One node alone does not know its own address: it says what it was told to announce.
test('REDIS_URL with a cluster reaches the node that has the slot', async (t) => {
  const port = await startWith(t, ['cluster-enabled yes', 'cluster-announce-ip 127.0.0.1', 'save ""']);
  const node = new Redis(port, '127.0.0.1');
  t.after(() => node.disconnect());
  await node.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  t.ok(await until(async () => String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok')));
  t.ok(await worksOver(t, `redis+cluster://127.0.0.1:${port}`));
  t.equal(await node.get('a'), '1');
});
