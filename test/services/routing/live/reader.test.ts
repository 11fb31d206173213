import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Test, test } from 'tap';
import type { LiveEvent, NewLiveEvent } from '../../../../services/routing/live/event.ts';
import { LiveReader, type WakeUps } from '../../../../services/routing/live/reader.ts';
import { buildNotifyWakeUps } from '../../../../services/routing/live/wake-ups.ts';
import { type Database, inOrganization, openDatabase } from '../../../../services/storage/database.ts';
import { appendLiveEvents, liveNotifications } from '../../../../services/storage/live-events.ts';
import { Notifications } from '../../../../services/storage/notifications.ts';
import { runStatement } from '../../../support/database.ts';
import { ownPostgres } from '../../../support/postgres.ts';
import { sharedDatabase } from '../../../support/shared-service.ts';

async function insertOrganization(database: Database): Promise<string> {
  const id = randomUUID();
  const place = { time_zone: 'Europe/Madrid', default_country: 'ES', sip_domain: 'o.example' };
  await inOrganization(database, id, (trx) =>
    trx
      .insertInto('organization')
      .values({ id, slug: id.slice(0, 8), name: 'Office', ...place })
      .execute(),
  );
  return id;
}

function event(name: string): NewLiveEvent {
  return { topic: 'calls', name, at: 1_000, data: { callId: name }, userIds: [], queueIds: [] };
}

function write(database: Database, organizationId: string, ...names: readonly string[]): Promise<number> {
  return inOrganization(database, organizationId, (trx) =>
    appendLiveEvents(trx, organizationId, names.map(event)),
  );
}

type Watched = { readonly reader: LiveReader; readonly seen: LiveEvent[]; readonly breaks: string[] };

/** A reader reads for all organizations of the database; this is what it finds of one. */
async function startReader(
  t: Test,
  database: Database,
  own: string,
  wakeUps: readonly WakeUps[],
): Promise<Watched> {
  const reader = new LiveReader({ clock: { now: Date.now }, database, wakeUps, onError: () => undefined });
  t.after(() => reader.close());
  const seen: LiveEvent[] = [];
  const breaks: string[] = [];
  reader.onEvents((events) => seen.push(...events.filter(({ organizationId }) => organizationId === own)));
  reader.onBreak((organizationId) => {
    if (organizationId === own) breaks.push(organizationId);
  });
  await reader.start();
  return { reader, seen, breaks };
}

async function until(isTrue: () => boolean, limitMs = 5_000): Promise<number> {
  const started = performance.now();
  while (!isTrue()) {
    if (performance.now() - started > limitMs) throw new Error('it did not come');
    await sleep(5);
  }
  return performance.now() - started;
}

// Beside each other: each waits for what is read once a second.
test('a reader of what is told live', { jobs: 4 }, async (suite) => {
  void suite.test(
    'what is written after the start is told once and in order, also by writers at once',
    async (t) => {
      const { database, url } = await sharedDatabase();
      const organizationId = await insertOrganization(database);
      await write(database, organizationId, 'before');
      const notifications = new Notifications({ url }).channel(liveNotifications);
      const { seen, breaks } = await startReader(t, database, organizationId, [
        buildNotifyWakeUps(notifications),
      ]);
      const names = Array.from({ length: 40 }, (_, index) => `call-${index}`);
      await Promise.all(names.map((name) => write(database, organizationId, name, `${name}-b`)));
      await until(() => seen.length >= 80);
      t.strictSame(
        seen.map(({ seq }) => seq),
        Array.from({ length: 80 }, (_, index) => index + 2),
      );
      t.equal(new Set(seen.map(({ name }) => name)).size, 80);
      t.match(seen[0], { organizationId, topic: 'calls', at: 1_000, userIds: [], queueIds: [] });
      t.strictSame(breaks, []);
    },
  );

  void suite.test(
    'an event wakes the reader within milliseconds, and a message that is lost costs a second',
    async (t) => {
      const { database, url } = await sharedDatabase();
      const organizationId = await insertOrganization(database);
      const notifications = new Notifications({ url }).channel(liveNotifications);
      const woken = await startReader(t, database, organizationId, [buildNotifyWakeUps(notifications)]);
      const polling = await startReader(t, database, organizationId, []);
      await write(database, organizationId, 'first');
      await until(() => woken.seen.length === 1);
      const started = performance.now();
      await write(database, organizationId, 'second');
      await until(() => woken.seen.length === 2);
      t.ok(performance.now() - started < 500);
      await until(() => polling.seen.length === 2, 3_000);
      t.equal(
        polling.seen[0]?.name,
        'first',
        'a stream that begins while we read is read from its first event',
      );
    },
  );

  void suite.test('a new epoch and rows that were swept too early are a break in the chain', async (t) => {
    const { database } = await sharedDatabase();
    const organizationId = await insertOrganization(database);
    await write(database, organizationId, 'a', 'b');
    const { reader, seen, breaks } = await startReader(t, database, organizationId, []);
    await inOrganization(database, organizationId, async (trx) => {
      await appendLiveEvents(trx, organizationId, [event('c'), event('d')]);
      await trx.deleteFrom('live_event').where('seq', '<=', 3).execute();
    });
    await until(() => seen.length === 1);
    t.strictSame(
      seen.map(({ name }) => name),
      ['d'],
    );
    t.strictSame(breaks, [organizationId]);
    const before = reader.position(organizationId);
    await inOrganization(database, organizationId, async (trx) => {
      await trx.updateTable('live_stream').set({ epoch: 'another', seq: 1 }).execute();
      await trx.deleteFrom('live_event').execute();
    });
    await until(() => breaks.length === 2);
    t.not(reader.position(organizationId)?.epoch, before?.epoch);
    t.strictSame(reader.position(organizationId), { epoch: 'another', seq: 1 });
    await write(database, organizationId, 'e');
    await until(() => seen.length === 2);
    t.equal(seen[1]?.seq, 2);
  });

  void suite.test(
    'while Postgres does not answer the reader says so, and goes on where it was',
    async (t) => {
      const server = await ownPostgres(t);
      const database = openDatabase({ url: server.url });
      t.after(() => database.close());
      const organizationId = await insertOrganization(database);
      const { reader, seen } = await startReader(t, database, organizationId, []);
      t.equal(reader.state().state, 'live');
      const states: string[] = [];
      reader.onState(({ state }) => states.push(state));
      await write(database, organizationId, 'a');
      await until(() => seen.length === 1);
      await runStatement(server.superuserUrl, 'alter role linefinder nologin');
      await runStatement(
        server.superuserUrl,
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'linefinder'",
      );
      await until(() => states.length === 1, 6_000);
      const { asOf } = reader.state();
      t.ok(asOf > Date.now() - 8_000 && asOf < Date.now(), 'it says since when');
      await runStatement(server.superuserUrl, 'alter role linefinder login');
      await until(() => states.length === 2, 6_000);
      t.strictSame(states, ['lagging', 'live']);
      await write(database, organizationId, 'b');
      await until(() => seen.length === 2);
    },
  );
});
