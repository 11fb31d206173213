import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { openRedis, type RedisConnection } from '../../../services/storage/redis.ts';
import { findFreePort, testRedis } from '../../support/redis.ts';

test('a command against a Redis that is killed or frozen fails within 100 ms, and works again by itself', async (t) => {
  const server = await testRedis(t);
  const redis = openRedis({ url: server.url });
  t.after(() => redis.close());
  await until(() => redis.isReady());
  t.equal(await redis.commands.set('a', '1'), 'OK');
  const checkFailure = async (title: string): Promise<void> => {
    const begin = performance.now();
    await t.rejects(redis.commands.get('a'), title);
    const took = performance.now() - begin;
    t.ok(took < 100, `${title}: ${Math.round(took)} ms`);
  };
  server.signal('SIGSTOP');
  await checkFailure('frozen');
  server.signal('SIGCONT');
  t.equal(await redis.commands.get('a'), '1');
  server.signal('SIGKILL');
  await sleep(50);
  await checkFailure('killed');
  t.notOk(redis.isReady());
  await server.restart();
  await until(() => redis.isReady());
  t.equal(await redis.commands.get('a'), null, 'what was in it is gone');
});

test('a Redis that was never there costs a command nothing', async (t) => {
  const errors: Error[] = [];
  const url = `redis://127.0.0.1:${await findFreePort()}`;
  const redis = openRedis({ url, onError: (error) => errors.push(error) });
  t.after(() => redis.close());
  await until(() => errors.length > 0);
  const begin = performance.now();
  await t.rejects(redis.commands.get('a'));
  t.ok(performance.now() - begin < 50);
});

test('a subscription goes on over a restart, and tells each time that it began', async (t) => {
  const server = await testRedis(t);
  const redis = openRedis({ url: server.url });
  t.after(() => redis.close());
  const messages: string[] = [];
  let connected = 0;
  redis.subscribe('news', {
    onMessage: (message) => messages.push(message),
    onConnected: () => {
      connected += 1;
    },
  });
  await until(() => connected === 1 && redis.isReady());
  await redis.commands.publish('news', 'one');
  await redis.commands.publish('else', 'nothing');
  await until(() => messages.length === 1);
  server.signal('SIGKILL');
  await server.restart();
  await until(() => connected === 2 && redis.isReady());
  await redis.commands.publish('news', 'two');
  await until(() => messages.length === 2);
  t.same(messages, ['one', 'two']);
});

test('a subscriber notices a frozen Redis, and begins again when it goes on', async (t) => {
  const server = await testRedis(t);
  const redis = openRedis({ url: server.url });
  t.after(() => redis.close());
  let connected = 0;
  redis.subscribe('news', {
    onMessage: () => undefined,
    onConnected: () => {
      connected += 1;
    },
  });
  await until(() => connected === 1);
  server.signal('SIGSTOP');
  // Two heartbeats: one that is not answered, and the one that sees it.
  await sleep(4_500);
  server.signal('SIGCONT');
  await until(() => connected === 2);
  t.equal(connected, 2);
});

test('after close nothing tries to connect any more', async (t) => {
  const server = await testRedis(t);
  const redis = openRedis({ url: server.url });
  redis.subscribe('news', { onMessage: () => undefined, onConnected: () => undefined });
  await until(() => redis.isReady());
  redis.close();
  await sleep(50);
  t.notOk(redis.isReady());
  t.equal(statusOf(redis), 'end');
});

function statusOf(redis: RedisConnection): string {
  return redis.commands.status;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('waited too long');
    await sleep(5);
  }
}
