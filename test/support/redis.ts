import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Teardown } from './database.ts';
import { findRedisBinary } from './redis-binary.ts';

/** A Redis of the test's own, to be frozen, killed, started again and filled. */
export type TestRedis = {
  readonly url: string;
  readonly port: number;
  /** SIGSTOP freezes it, SIGCONT lets it go on, SIGKILL ends it. */
  signal(name: NodeJS.Signals): void;
  /** After a SIGKILL: the same port, and nothing in it. */
  restart(): Promise<void>;
};

/**
 * One that nobody else uses: TEST_REDIS_URL names a Redis shared by all, so it is used only where the test can live
 * with the others' keys and messages. See `testRedisUrl`.
 */
export async function testRedis(t: Teardown): Promise<TestRedis> {
  const port = await findFreePort();
  let server = await startServer(port);
  t.after(() => stopServer(server));
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    signal: (name) => {
      server.kill(name);
    },
    restart: async () => {
      await stopServer(server);
      server = await startServer(port);
    },
  };
}

/** The URL of any Redis: the given one, or one of the test's own. */
export async function testRedisUrl(t: Teardown): Promise<string> {
  return process.env.TEST_REDIS_URL ?? (await testRedis(t)).url;
}

async function startServer(port: number): Promise<ChildProcess> {
  const binary = await findRedisBinary();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn(binary.command, settings, { env: { ...process.env, ...binary.env }, stdio: 'ignore' });
  // A test file that is killed cannot stop it; one that ends in any other way does.
  const kill = (): void => {
    server.kill('SIGKILL');
  };
  process.once('exit', kill);
  server.once('exit', () => process.off('exit', kill));
  await once(server, 'spawn');
  try {
    await waitUntilReady(port);
  } catch (error) {
    // Nobody else knows it yet, and this process would wait for it.
    await stopServer(server);
    throw error;
  }
  return server;
}

async function waitUntilReady(port: number): Promise<void> {
  // Without a limit of its own for a request: twenty tries are a fifth of a second.
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 10, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  try {
    await Promise.race([
      client.ping(),
      sleep(30_000, undefined, { ref: false }).then(() => {
        throw new Error('Redis did not start');
      }),
    ]);
  } finally {
    client.disconnect();
  }
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}

export async function findFreePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
