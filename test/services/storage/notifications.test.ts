import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { test } from 'tap';
import { Notifications } from '../../../services/storage/notifications.ts';
import { sharedDatabase } from '../../support/shared-service.ts';

test('what Postgres announces is heard, also after the connection was lost', async (t) => {
  const { database, url } = await sharedDatabase();
  const notifications = new Notifications({ url }).channel('linefinder_directory');
  t.after(() => notifications.close());
  const messages: string[] = [];
  let connected = 0;
  notifications.start({
    onMessage: (message) => messages.push(message),
    onConnected: () => {
      connected += 1;
    },
  });
  const announce = (text: string) =>
    sql`select pg_notify('linefinder_directory', ${text})`.execute(database.kysely);
  await until(() => connected === 1);
  await announce('one');
  await until(() => messages.length === 1);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'linefinder notifications'`.execute(
    database.kysely,
  );
  await until(() => connected === 2);
  await announce('two');
  await until(() => messages.length === 2);
  t.same(messages, ['one', 'two']);
});

test('a Postgres that is not there is asked again and again, until close', async (t) => {
  const errors: unknown[] = [];
  const notifications = new Notifications({
    url: 'postgres://a:b@127.0.0.1:1/c',
    onError: (error) => errors.push(error),
  }).channel('linefinder_directory');
  notifications.start({ onMessage: () => undefined, onConnected: () => t.fail('nobody is there') });
  await until(() => errors.length >= 3);
  await notifications.close();
  const seen = errors.length;
  await sleep(300);
  t.equal(errors.length, seen);
});

test('channels share a connection: each hears its own, also one that is added later', async (t) => {
  const { database, url } = await sharedDatabase();
  const notifications = new Notifications({ url });
  const heard: string[] = [];
  const listen = (name: string) => {
    const channel = notifications.channel(name);
    channel.start({
      onMessage: (message) => heard.push(`${name} ${message}`),
      onConnected: () => heard.push(`${name} begins`),
    });
    return channel;
  };
  const announce = (name: string, text: string) =>
    sql`select pg_notify(${name}, ${text})`.execute(database.kysely);
  const one = listen('one');
  await until(() => heard.length === 1);
  const started = performance.now();
  const two = listen('two');
  await until(() => heard.length === 2);
  t.ok(performance.now() - started < 1_000, 'it does not wait for the next heartbeat');
  await announce('two', 'a');
  await announce('one', 'b');
  await until(() => heard.length === 4);
  t.same(heard, ['one begins', 'two begins', 'two a', 'one b']);
  const count = async () => {
    const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity
      where datname = current_database() and application_name = 'linefinder notifications'`.execute(
      database.kysely,
    );
    return rows.length;
  };
  t.equal(await count(), 1);
  await one.close();
  await announce('one', 'c');
  await announce('two', 'd');
  await until(() => heard.length === 5);
  t.same(heard.at(-1), 'two d', 'what is closed hears nothing, and the other goes on');
  await two.close();
  const deadline = performance.now() + 5_000;
  while ((await count()) > 0 && performance.now() < deadline) await sleep(5);
  t.equal(await count(), 0);
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('waited too long');
    await sleep(5);
  }
}
