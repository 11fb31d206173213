import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { test } from 'tap';
import { Notifications } from '../../../services/storage/notifications.ts';
import { testDatabase } from '../../support/database.ts';

test('what Postgres announces is heard, also after the connection was lost', async (t) => {
  const { database, url } = await testDatabase(t);
  const notifications = new Notifications({ url, channel: 'linefinder_directory' });
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
    channel: 'linefinder_directory',
    onError: (error) => errors.push(error),
  });
  notifications.start({ onMessage: () => undefined, onConnected: () => t.fail('nobody is there') });
  await until(() => errors.length >= 3);
  await notifications.close();
  const seen = errors.length;
  await sleep(300);
  t.equal(errors.length, seen);
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('waited too long');
    await sleep(5);
  }
}
