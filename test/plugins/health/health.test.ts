import { test } from 'tap';
import { type HealthFacts, reportHealth } from '../../../plugins/health/report.ts';
import { buildTestApp } from '../../support/app.ts';

const fresh: HealthFacts = {
  directories: {
    organizations: 2,
    behind: 0,
    confirmedAt: 100_000,
    sources: { postgres: 2, redis: 0, disk: 0 },
    reachable: { database: true, redis: true },
  },
  usesRedis: true,
  draining: false,
  timeZoneData: '2026c',
  now: 101_000,
};

function facts(changes: Partial<HealthFacts['directories']>, more: Partial<HealthFacts> = {}): HealthFacts {
  return { ...fresh, ...more, directories: { ...fresh.directories, ...changes } };
}

test('ready as long as calls can be decided, and what is missing is listed', async (t) => {
  const check = (title: string, given: HealthFacts, status: string, degraded: readonly string[]): void => {
    const report = reportHealth(given);
    t.equal(report.status, status, title);
    t.strictSame(
      report.degraded.map((one) => one.name),
      degraded,
      title,
    );
  };
  check('all is well', fresh, 'ok', []);
  check('no Postgres', facts({ reachable: { database: false, redis: true } }), 'degraded', ['database']);
  check('no Redis', facts({ reachable: { database: true, redis: false } }), 'degraded', ['redis']);
  const withoutRedis = facts({ reachable: { database: true, redis: false } }, { usesRedis: false });
  check('no Redis, and none wanted', withoutRedis, 'ok', []);
  check('old directories', facts({ confirmedAt: 90_000 }), 'degraded', ['directory-age']);
  check('from disk, never confirmed', facts({ confirmedAt: 0 }), 'degraded', ['directory-age']);
  check('nothing in hand', facts({ organizations: 0, confirmedAt: null }), 'unavailable', ['directories']);
  check('about to end', facts({}, { draining: true }), 'unavailable', ['draining']);
});

test('the age is told in seconds, and never negative when the clock steps back', async (t) => {
  t.equal(reportHealth(facts({ confirmedAt: 71_000 })).directories.ageSeconds, 30);
  t.equal(reportHealth(facts({ confirmedAt: 0 })).directories.ageSeconds, null);
  t.equal(reportHealth(facts({ confirmedAt: 200_000 })).directories.ageSeconds, 0);
});

test('the platform sees that the service lives, is ready, and what it counts', async (t) => {
  const { app } = await buildTestApp(t);
  t.strictSame((await app.inject('/health/live')).json(), { status: 'ok' });
  const ready = await app.inject('/health/ready');
  t.equal(ready.statusCode, 200);
  t.match(ready.json(), {
    status: 'ok',
    degraded: [],
    directories: { organizations: 1, behind: 0, sources: { postgres: 1 } },
    timeZoneData: process.versions.tz,
  });
  const metrics = await app.inject('/metrics');
  t.match(metrics.headers['content-type'], 'text/plain');
  for (const name of [
    'linefinder_directories 1',
    'linefinder_directory_loads_total{source="postgres",outcome="taken"}',
    'linefinder_database_up 1',
    'process_cpu_seconds_total',
  ]) {
    t.match(metrics.body, name);
  }
});
