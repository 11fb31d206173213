import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { test } from 'tap';
import type { Teardown } from '../support/database.ts';
import { freezablePostgres } from '../support/freezable-postgres.ts';
import { temporaryFolder } from '../support/postgres.ts';
import { startService, type TestService } from '../support/processes.ts';

/** Calls while Postgres does not answer: none waits for its record, and no record is lost or there twice. */

const apiKey = 'the-api-key-of-the-settings';
const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
const caller = '+12125550142';

async function post(service: TestService, path: string, body: object): Promise<number> {
  const started = performance.now();
  const reply = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(text);
  return performance.now() - started;
}

/** Each call rings and is answered; how long the slowest answer of the service took, in ms. */
async function makeCalls(service: TestService, from: number, to: number): Promise<number> {
  let slowest = 0;
  for (let call = from; call < to; call += 1) {
    const took = [
      await post(service, '/v1/route', { callId: `c-${call}`, from: caller, extension: '201' }),
      await post(service, `/v1/route/c-${call}/result`, { step: 's1', outcome: 'answered' }),
    ];
    slowest = Math.max(slowest, ...took);
    // The outage lasts longer than a statement may take.
    await sleep(30);
  }
  return slowest;
}

async function lookAt(url: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    // As the look-up functions do: a test looks at every organization.
    await client.query("select set_config('linefinder.lookup', 'on', true)");
    const calls =
      await client.query(`select count(*)::int as calls, count(*) filter (where outcome = 'answered')::int
      as answered, min(jsonb_array_length(decision->'trace')) as reasons from call`);
    const events = await client.query(
      'select (count(*) + coalesce(sum(jsonb_array_length(timeline)), 0))::int as events from call',
    );
    const days = await client.query(`select coalesce(sum(offered), 0)::int as offered,
      coalesce(sum(handled), 0)::int as handled from call_day where subject_type = 'organization'`);
    await client.query('rollback');
    return { ...calls.rows[0], ...events.rows[0], ...days.rows[0] };
  } finally {
    await client.end();
  }
}

async function waitForCalls(url: string, calls: number) {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const found = await lookAt(url);
    if (found.answered === calls || performance.now() > deadline) return found;
    await sleep(100);
  }
}

async function spillOf(dataDir: string): Promise<readonly string[]> {
  const folder = join(dataDir, 'calls');
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.jsonl'));
  return Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
}

async function open(t: Teardown) {
  const postgres = await freezablePostgres(t);
  const dataDir = await temporaryFolder(t);
  const env = {
    DATABASE_URL: postgres.url,
    LINEFINDER_SECRET_KEY: 'the secret key of the tests: 32 characters',
    LINEFINDER_BOOTSTRAP_API_KEY: apiKey,
    DATA_DIR: dataDir,
  };
  const service = await startService(t, env);
  const ana = { kind: 'username', login: 'ana', password: 'a good long password' };
  await post(service, '/v1/users', { ...ana, firstName: 'Ana', lastName: 'Ruiz', extension: '201' });
  return { postgres, dataDir, env, service };
}

function expected(calls: number) {
  return { calls, answered: calls, events: 2 * calls, offered: calls, handled: calls };
}

test('while Postgres is frozen no answer waits, and every record is there once when it is back', async (t) => {
  const { postgres, dataDir, service } = await open(t);
  await makeCalls(service, 0, 5);
  t.match(await waitForCalls(postgres.url, 5), expected(5));
  await postgres.freeze();
  const slowest = await makeCalls(service, 5, 125);
  // Whoever waited for the store would wait for a second or more: so long it is asked for a connection.
  t.ok(slowest < 900, `the slowest of 240 answers took ${slowest.toFixed(1)} ms`);
  const spilled = await spillOf(dataDir);
  t.ok(spilled.length > 0, 'what cannot be written is on the disk');
  t.notMatch(spilled.join(), caller, 'where nobody can read who called whom');
  await postgres.thaw();
  const found = await waitForCalls(postgres.url, 125);
  t.match(found, expected(125));
  t.ok(found.reasons > 0, 'with the reasons of each');
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  t.match(metrics, /linefinder_call_records_dropped_total 0\n/);
  t.match(metrics, /linefinder_call_records_spilled_total [1-9]/);
  const deadline = performance.now() + 5_000;
  while ((await spillOf(dataDir)).length > 0 && performance.now() < deadline) await sleep(50);
  t.same(await spillOf(dataDir), [], 'the disk is free again');
});

test('records that a killed process left on the disk are written by the next one', async (t) => {
  const { postgres, dataDir, env, service } = await open(t);
  await postgres.freeze();
  await makeCalls(service, 0, 100);
  const deadline = performance.now() + 5_000;
  // What is in memory goes with the process; all of it has gone to the disk when nothing waits.
  for (let waiting = 1; waiting > 0 && performance.now() < deadline; await sleep(50)) {
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    waiting = Number(/linefinder_call_records_waiting (\d+)/.exec(metrics)?.[1]);
    const spilled = Number(/linefinder_call_records_spilled_total (\d+)/.exec(metrics)?.[1]);
    if (spilled < 200) waiting = 1;
  }
  service.signal('SIGKILL');
  await service.exit();
  t.ok((await spillOf(dataDir)).length > 0);
  await postgres.thaw();
  await startService(t, env);
  t.match(await waitForCalls(postgres.url, 100), expected(100));
});

test('a process that ends while Postgres is frozen keeps its last records too', async (t) => {
  const { postgres, env, service } = await open(t);
  await postgres.freeze();
  await makeCalls(service, 0, 10);
  service.signal('SIGTERM');
  await service.exit(30_000);
  await postgres.thaw();
  await startService(t, env);
  t.match(await waitForCalls(postgres.url, 10), expected(10));
});
