import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { TestService } from './processes.ts';
import { ask } from './replicas.ts';

/** Calls to a user of the test's own while a store is away, and what is written of them in the end. */
export type Callee = {
  readonly id: string;
  readonly extension: string;
  /** Of the calls, and of the user's login. */
  readonly mark: string;
};

export const caller = '+12125550142';

export async function hireCallee(service: TestService, mark: string): Promise<Callee> {
  const person = { kind: 'username', login: mark, password: 'a good long password' };
  const named = { ...person, firstName: 'Ana', lastName: 'Ruiz' };
  const { id, extension } = await ask(service, 'POST', '/users', named);
  return { id, extension: String(extension), mark };
}

let calls = 0;

async function post(service: TestService, path: string, body: object): Promise<number> {
  const started = performance.now();
  await ask(service, 'POST', path, body);
  return performance.now() - started;
}

/** Each call rings and is answered; how long the slowest answer of the service took, in ms. */
export async function makeCalls(
  service: TestService,
  { mark, extension }: Callee,
  count: number,
): Promise<number> {
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

async function lookAt(client: Client, { id, mark }: Callee) {
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
    coalesce(sum(handled), 0)::int as handled from call_day where subject_type = 'user' and subject_id = '${id}'`);
  const whole = await client.query(`select coalesce(sum(offered), 0)::int as "offeredInAll",
    coalesce(sum(handled), 0)::int as "handledInAll" from call_day where subject_type = 'organization'`);
  await client.query('rollback');
  return { ...made.rows[0], ...events.rows[0], ...days.rows[0], ...whole.rows[0] };
}

/** What is written of the user's calls, once it is that many, or late. */
export async function waitForCalls(databaseUrl: string, callee: Callee, count: number) {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const found = await lookAt(client, callee);
      if (found.answered === count || performance.now() > deadline) return found;
      await sleep(100);
    }
  } finally {
    await client.end();
  }
}

export function expected(calls: number) {
  return { calls, answered: calls, events: 2 * calls, offered: calls, handled: calls };
}

/** What lies on the disk and waits for the database. */
export async function spillOf(dataDir: string): Promise<readonly string[]> {
  const folder = join(dataDir, 'calls');
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.jsonl'));
  return Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
}

export async function metricsOf({ url }: TestService): Promise<string> {
  const reply = await fetch(`${url}/metrics`);
  return reply.text();
}

export async function spilledBy(service: TestService): Promise<number> {
  return Number(/linefinder_call_records_spilled_total (\d+)/.exec(await metricsOf(service))?.[1]);
}

/** What is in memory goes with a process that is killed; nothing is when all of the `count` records is on the disk. */
export async function untilSpilled(service: TestService, before: number, count: number): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (performance.now() < deadline) {
    const waiting = /linefinder_call_records_waiting (\d+)/.exec(await metricsOf(service))?.[1];
    if (waiting === '0' && (await spilledBy(service)) >= before + count) return;
    await sleep(50);
  }
}
