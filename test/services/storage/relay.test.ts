import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { Client } from 'pg';
import { test } from 'tap';
import type { Database } from '../../../services/storage/database.ts';
import { openRedis } from '../../../services/storage/redis.ts';
import { buildRelay, directoryChannel } from '../../../services/storage/relay.ts';
import { changeOrganization } from '../../../services/storage/unit-of-work.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testRedis } from '../../support/redis.ts';
import { sharedDatabase } from '../../support/shared-service.ts';
import { fillEveryTable } from './every-table.ts';
import { emptyOutbox } from './outbox.ts';

test('a change is published after a kick, and without one within a second', async (t) => {
  const { database } = await nothingToPublish();
  const { organizationId } = await fillEveryTable(database, '41');
  const server = await testRedis(t);
  const redis = openRedis({ url: server.url });
  t.after(() => redis.close());
  const messages: string[] = [];
  const errors: unknown[] = [];
  let connected = false;
  redis.subscribe(directoryChannel, {
    onMessage: (message) => messages.push(message),
    onConnected: () => {
      connected = true;
    },
  });
  await until(() => connected && redis.isReady());
  const relay = buildRelay({
    database,
    isReady: () => redis.isReady(),
    publish: async (message) => {
      await redis.commands.publish(directoryChannel, message);
    },
    onError: (error) => errors.push(error),
  });
  relay.start();
  t.after(() => relay.close());
  await until(() => messages.length === 1);
  const second = await change(database, organizationId);
  relay.kick();
  await until(() => messages.length === 2);
  const third = await change(database, organizationId);
  await until(() => messages.length === 3);
  t.same(messages, [`${organizationId}:1`, `${organizationId}:${second}`, `${organizationId}:${third}`]);
  t.equal(await countRows(database), 0);
  // Redis away: rows wait, and nothing is thrown.
  server.signal('SIGKILL');
  await until(() => !redis.isReady());
  await change(database, organizationId);
  const fifth = await change(database, organizationId);
  relay.kick();
  await sleep(100);
  t.equal(await countRows(database), 2);
  connected = false;
  await server.restart();
  await until(() => connected && redis.isReady());
  relay.kick();
  await until(() => messages.length >= 4);
  t.equal(messages.at(-1), `${organizationId}:${fifth}`, 'only the newest');
  t.same(errors, []);
});

test('a publish that fails leaves the row for the next attempt', async (t) => {
  const { database } = await nothingToPublish();
  await fillEveryTable(database, '42');
  const errors: unknown[] = [];
  const sent: string[] = [];
  let failing = true;
  const relay = buildRelay({
    database,
    isReady: () => true,
    publish: async (message) => {
      if (failing) throw new Error('lost');
      sent.push(message);
    },
    onError: (error) => errors.push(error),
  });
  t.after(() => relay.close());
  relay.kick();
  await until(() => errors.length === 1);
  t.equal(await countRows(database), 1);
  failing = false;
  relay.kick();
  await until(() => sent.length === 1);
  await relay.close();
  t.equal(await countRows(database), 0);
});

test('several relays at once publish each version, and leave nothing', async (t) => {
  const { database } = await nothingToPublish();
  const { organizationId } = await fillEveryTable(database, '43');
  const sent: string[] = [];
  const relays = Array.from({ length: 3 }, () =>
    buildRelay({
      database,
      isReady: () => true,
      publish: async (message) => {
        sent.push(message);
      },
      onError: (error) => t.fail(String(error)),
    }),
  );
  for (let index = 0; index < 30; index += 1) {
    await change(database, organizationId);
    for (const relay of relays) relay.kick();
  }
  await until(() => sent.includes(`${organizationId}:31`));
  await Promise.all(relays.map((relay) => relay.close()));
  t.equal(await countRows(database), 0);
});

test('without Redis Postgres tells the others at commit, and the relay only clears up', async (t) => {
  const { database, url } = await nothingToPublish();
  const { organizationId } = await fillEveryTable(database, '44');
  const listener = new Client({ connectionString: url });
  await listener.connect();
  t.after(() => listener.end());
  const heard: (string | undefined)[] = [];
  listener.on('notification', (message) => heard.push(message.payload));
  await listener.query('listen linefinder_directory');
  const relay = buildRelay({
    database,
    publish: undefined,
    isReady: () => false,
    onError: (e) => t.fail(String(e)),
  });
  const version = await change(database, organizationId);
  relay.kick();
  await until(() => heard.length === 1);
  await relay.close();
  t.same(heard, [`${organizationId}:${version}`]);
  t.equal(await countRows(database), 0);
});

async function nothingToPublish(): Promise<TestDatabase> {
  const shared = await sharedDatabase();
  await emptyOutbox(shared.database);
  return shared;
}

async function change(database: Database, organizationId: string): Promise<number> {
  const actor = { type: 'system', id: null } as const;
  const context = { organizationId, actor, requestId: '', newId: randomUUID };
  return (await changeOrganization(database, context, async () => undefined)).version;
}

async function countRows(database: Database): Promise<number> {
  return database.kysely.transaction().execute(async (trx) => {
    await sql`select set_config('linefinder.lookup', 'on', true)`.execute(trx);
    return (await trx.selectFrom('outbox').select('id').execute()).length;
  });
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('waited too long');
    await sleep(5);
  }
}
