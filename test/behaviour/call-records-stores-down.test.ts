import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type Test, test } from 'tap';
import type { TestService } from '../support/processes.ts';
import { ask, type LoneService, loneService } from '../support/replicas.ts';

/** Calls while Postgres does not answer: none waits for its record, and no record is lost or there twice. */

const caller = '+12125550142';

async function post(service: TestService, path: string, body: object): Promise<number> {
  const started = performance.now();
  await ask(service, 'POST', path, body);
  return performance.now() - started;
}

/** Each call rings and is answered; how long the slowest answer of the service took, in ms. */
async function makeCalls(service: TestService, { mark, extension }: Office, count: number): Promise<number> {
  let slowest = 0;
  for (let made = 0; made < count; made += 1) {
    calls += 1;
    const callId = `${mark}-${calls}`;
    const took = [
      await post(service, '/route', { callId, from: caller, extension }),
      await post(service, `/route/${callId}/result`, { step: 's1', outcome: 'answered' }),
    ];
    slowest = Math.max(slowest, ...took);
    // The outage lasts longer than a statement may take.
    await sleep(30);
  }
  return slowest;
}

let calls = 0;

async function lookAt(client: Client, mark: string) {
  await client.query('begin');
  // As the look-up functions do: a test looks at every organization.
  await client.query("select set_config('linefinder.lookup', 'on', true)");
  const own = `where id like '${mark}-%'`;
  const made =
    await client.query(`select count(*)::int as calls, count(*) filter (where outcome = 'answered')::int
    as answered, min(jsonb_array_length(decision->'trace')) as reasons from call ${own}`);
  const events = await client.query(
    `select (count(*) + coalesce(sum(jsonb_array_length(timeline)), 0))::int as events from call ${own}`,
  );
  const days = await client.query(`select coalesce(sum(offered), 0)::int as offered,
    coalesce(sum(handled), 0)::int as handled from call_day where subject_type = 'organization'`);
  await client.query('rollback');
  return { ...made.rows[0], ...events.rows[0], ...days.rows[0] };
}

/** What is written of the calls of one test, once it is all, or late. */
async function waitForCalls({ postgres, mark, before }: Office, count: number) {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  try {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const { offered, handled, ...found } = await lookAt(client, mark);
      if (found.answered === count || performance.now() > deadline) {
        return { ...found, offered: offered - before.offered, handled: handled - before.handled };
      }
      await sleep(100);
    }
  } finally {
    await client.end();
  }
}

async function spillOf(dataDir: string): Promise<readonly string[]> {
  const folder = join(dataDir, 'calls');
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.jsonl'));
  return Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
}

type Office = LoneService & {
  readonly service: TestService;
  /** Calls of this test begin with it. */
  readonly mark: string;
  readonly extension: unknown;
  /** What the organization's calls of other tests came to. */
  readonly before: { readonly offered: number; readonly handled: number };
};

let marks = 0;

async function open(t: Test): Promise<Office> {
  const lone = await loneService();
  t.after(lone.postgres.thaw);
  const service = await lone.place.running();
  marks += 1;
  const mark = `records${marks}`;
  const person = { kind: 'username', login: mark, password: 'a good long password' };
  const { extension } = await ask(service, 'POST', '/users', {
    ...person,
    firstName: 'Ana',
    lastName: 'Ruiz',
  });
  const client = new Client({ connectionString: lone.postgres.url });
  await client.connect();
  const before = await lookAt(client, mark);
  await client.end();
  return { ...lone, service, mark, extension, before };
}

function expected(calls: number) {
  return { calls, answered: calls, events: 2 * calls, offered: calls, handled: calls };
}

async function metricsOf({ url }: TestService): Promise<string> {
  const reply = await fetch(`${url}/metrics`);
  return reply.text();
}

async function spilledBy(service: TestService): Promise<number> {
  return Number(/linefinder_call_records_spilled_total (\d+)/.exec(await metricsOf(service))?.[1]);
}

test('while Postgres is frozen no answer waits, and every record is there once when it is back', async (t) => {
  const office = await open(t);
  const { postgres, place, service } = office;
  await makeCalls(service, office, 5);
  t.match(await waitForCalls(office, 5), expected(5));
  const spilledBefore = await spilledBy(service);
  await postgres.freeze();
  const slowest = await makeCalls(service, office, 120);
  // Whoever waited for the store would wait for a second or more: so long it is asked for a connection.
  t.ok(slowest < 900, `the slowest of 240 answers took ${slowest.toFixed(1)} ms`);
  const spilled = await spillOf(place.dataDir);
  t.ok(spilled.length > 0, 'what cannot be written is on the disk');
  t.notMatch(spilled.join(), caller, 'where nobody can read who called whom');
  await postgres.thaw();
  const found = await waitForCalls(office, 125);
  t.match(found, expected(125));
  t.ok(found.reasons > 0, 'with the reasons of each');
  t.match(await metricsOf(service), /linefinder_call_records_dropped_total 0\n/);
  t.ok((await spilledBy(service)) > spilledBefore);
  const deadline = performance.now() + 5_000;
  while ((await spillOf(place.dataDir)).length > 0 && performance.now() < deadline) await sleep(50);
  t.same(await spillOf(place.dataDir), [], 'the disk is free again');
});

test('records that a killed process left on the disk are written by the next one', async (t) => {
  const office = await open(t);
  const { postgres, place, service } = office;
  const spilledBefore = await spilledBy(service);
  await postgres.freeze();
  await makeCalls(service, office, 100);
  const deadline = performance.now() + 5_000;
  // What is in memory goes with the process; all of it has gone to the disk when nothing waits.
  for (let waiting = 1; waiting > 0 && performance.now() < deadline; await sleep(50)) {
    waiting = Number(/linefinder_call_records_waiting (\d+)/.exec(await metricsOf(service))?.[1]);
    if ((await spilledBy(service)) < spilledBefore + 200) waiting = 1;
  }
  service.signal('SIGKILL');
  await service.exit();
  t.ok((await spillOf(place.dataDir)).length > 0);
  await postgres.thaw();
  t.not((await place.running()).pid, service.pid, 'another process');
  t.match(await waitForCalls(office, 100), expected(100));
});

test('a process that ends while Postgres is frozen keeps its last records too', async (t) => {
  const office = await open(t);
  const { postgres, place, service } = office;
  await postgres.freeze();
  await makeCalls(service, office, 10);
  service.signal('SIGTERM');
  await service.exit(30_000);
  await postgres.thaw();
  t.not((await place.running()).pid, service.pid, 'another process');
  t.match(await waitForCalls(office, 10), expected(10));
});
