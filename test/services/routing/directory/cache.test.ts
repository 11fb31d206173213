import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { DirectoryCache, type LoadEvent } from '../../../../services/routing/directory/cache.ts';
import {
  createLoader,
  type DirectoryDatabase,
  type DirectoryRedis,
  type KnownVersion,
} from '../../../../services/routing/directory/loader.ts';
import type { DirectoryData } from '../../../../services/routing/domain/directory-data.ts';
import { directoryData } from '../../../support/directory.ts';

const id = directoryData({}).organization.id;
const at = (version: number, more: Partial<DirectoryData> = {}): DirectoryData => ({
  ...directoryData({}),
  version,
  ...more,
});

/** A store in the test's hand: what it holds, whether it answers, and how often it was asked. */
function store(held: DirectoryData | undefined) {
  const state = { held, reads: 0, writes: [] as number[], gate: Promise.resolve(), isDown: false };
  const port: DirectoryDatabase & DirectoryRedis & { list(): Promise<string[]>; close(): Promise<void> } = {
    async read() {
      state.reads += 1;
      const found = state.held;
      await state.gate;
      if (state.isDown) throw new Error('down');
      return found;
    },
    async listVersions(): Promise<readonly KnownVersion[]> {
      if (state.isDown) throw new Error('down');
      return state.held === undefined ? [] : [{ id, version: state.held.version }];
    },
    async write(data) {
      state.writes.push(data.version);
    },
    list: async () => (state.held === undefined ? [] : [id]),
    close: async () => undefined,
  };
  return { state, port };
}

function build(parts: {
  readonly database: ReturnType<typeof store>;
  readonly redis?: ReturnType<typeof store>;
  readonly disk?: ReturnType<typeof store>;
}) {
  const events: LoadEvent[] = [];
  const clock = { now: Date.now };
  const loader = createLoader({
    clock,
    database: parts.database.port,
    redis: parts.redis?.port ?? null,
    disk: (parts.disk ?? store(undefined)).port,
  });
  const cache = new DirectoryCache({ clock, loader, onLoad: (event) => events.push(event) });
  return { cache, events };
}

const versionOf = (cache: DirectoryCache): number | undefined => cache.get(id)?.directory.version;

test('10,000 calls that wait for a directory cost one load', async (t) => {
  const database = store(at(1));
  const { cache } = build({ database });
  const gate = Promise.withResolvers<void>();
  database.state.gate = gate.promise;
  const waiting = Array.from({ length: 10_000 }, () => cache.load(id));
  // At once: a machine that is busy elsewhere would spend the 250 ms of a call in a pause of ours.
  gate.resolve();
  const entries = await Promise.all(waiting);
  t.ok(entries.every((entry) => entry?.directory.version === 1));
  t.equal(database.state.reads, 1);
});

test('an older version never replaces a newer one, wherever it comes from', async (t) => {
  const database = store(at(5));
  const redis = store(undefined);
  const { cache, events } = build({ database, redis });
  await cache.load(id);
  redis.state.held = at(3);
  database.state.held = at(4);
  cache.heard(id, 6);
  await sleep(20);
  t.equal(versionOf(cache), 5);
  t.ok(events.some((event) => event.outcome === 'refused'));
});

test('a load that began before the commit does not count for the change', async (t) => {
  const database = store(at(1));
  const { cache } = build({ database });
  await cache.load(id);
  const gate = Promise.withResolvers<void>();
  database.state.gate = gate.promise;
  cache.heard(id, 2);
  await sleep(5);
  // That load has read version 1 already; now ours is committed.
  database.state.held = at(3);
  const advanced = cache.advance(id, 3);
  gate.resolve();
  t.equal(await advanced, true);
  t.equal(versionOf(cache), 3);
  t.equal(database.state.reads, 3);
});

test('a call with nothing in hand waits 250 ms at most, and gets the last known directory', async (t) => {
  const database = store(at(9));
  database.state.gate = sleep(2_000, undefined, { ref: false });
  const disk = store(at(4));
  const { cache } = build({ database, disk });
  const started = performance.now();
  const entry = await cache.load(id);
  t.ok(performance.now() - started < 250, `${Math.round(performance.now() - started)} ms`);
  t.match(entry, { source: 'disk', confirmedAt: 0, directory: { version: 4 } });
});

test('where nobody has it, the next calls are told so at once', async (t) => {
  const database = store(undefined);
  database.state.isDown = true;
  const { cache } = build({ database });
  t.equal(await cache.load(id), undefined);
  const started = performance.now();
  t.equal(await cache.load(id), undefined);
  t.ok(performance.now() - started < 5);
});

test('Redis serves what is new enough, Postgres what is not', async (t) => {
  const database = store(at(5));
  const redis = store(at(5));
  const warm = build({ database, redis });
  await warm.cache.start();
  t.match(warm.cache.get(id), { source: 'redis', directory: { version: 5 } });
  t.equal(database.state.reads, 0);
  redis.state.held = at(4);
  const cold = build({ database, redis });
  await cold.cache.start();
  t.match(cold.cache.get(id), { source: 'postgres', directory: { version: 5 } });
  await sleep(5);
  t.strictSame(redis.state.writes, [5], 'and Redis is told');
});

test('a Redis that is frozen costs 50 ms once', async (t) => {
  const database = store(at(1));
  const redis = store(at(1));
  redis.state.gate = sleep(10_000, undefined, { ref: false });
  const { cache } = build({ database, redis });
  const started = performance.now();
  await cache.load(id);
  const first = performance.now() - started;
  t.ok(first >= 45 && first < 150, `${Math.round(first)} ms`);
  for (let version = 2; version < 10; version += 1) {
    database.state.held = at(version);
    await cache.advance(id, version);
  }
  t.equal(versionOf(cache), 9);
  t.ok(performance.now() - started < 300);
});

test('with Postgres away, versions are compared with what Redis knows', async (t) => {
  const database = store(at(1));
  const redis = store(at(1));
  const { cache } = build({ database, redis });
  await cache.start();
  database.state.isDown = true;
  redis.state.held = at(2);
  t.equal(await cache.compareVersions(), true);
  await sleep(20);
  t.match(cache.get(id), { source: 'redis', directory: { version: 2 } });
});

test('a version that Postgres does not have is not waited for', async (t) => {
  const database = store(at(1));
  const { cache } = build({ database });
  await cache.start();
  cache.heard(id, 999);
  await sleep(10);
  t.equal(cache.status().behind, 0);
  const { reads } = database.state;
  await cache.compareVersions();
  await sleep(10);
  t.equal(database.state.reads, reads);
});

test('an API key is known as soon as its directory is, and gone as soon as it is taken away', async (t) => {
  const key = { id: 'k', name: 'PBX', hash: 'h', permissions: ['calls.route'], expiresAt: null };
  const database = store(at(1, { apiKeys: [key] }));
  const { cache } = build({ database });
  await cache.start();
  t.match(cache.findApiKey('h'), { organizationId: id, key });
  t.equal(cache.findApiKey('other'), undefined);
  database.state.held = at(2);
  t.equal(await cache.advance(id, 2), true);
  t.equal(cache.findApiKey('h'), undefined);
});

test('a directory that cannot be compiled leaves the one in hand', async (t) => {
  const database = store(at(1));
  const { cache, events } = build({ database });
  await cache.start();
  const broken = { ...at(2).organization, timeZone: 'Mars/Olympus' };
  const number = {
    id: 'n',
    number: '+14155550100',
    name: '',
    timeZone: 'Mars/Olympus',
    target: null,
    override: null,
    callerRules: [],
    stickyRouting: false,
    calendar: { weekly: null, exceptions: [], useHolidays: true, closedTarget: null },
    callerIdFor: [],
  };
  database.state.held = at(2, { organization: broken, numbers: [number] });
  cache.heard(id, 2);
  await sleep(10);
  t.equal(versionOf(cache), 1);
  t.match(events.at(-1), { outcome: 'failed', source: 'postgres' });
});
