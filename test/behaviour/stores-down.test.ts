import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import {
  type Callee,
  expected,
  hireCallee,
  makeCalls,
  spilledBy,
  spillOf,
  untilSpilled,
  waitForCalls,
} from '../support/outage-calls.ts';
import { temporaryFolder } from '../support/postgres.ts';
import { startService, type TestService } from '../support/processes.ts';
import { findFreePort, testRedis } from '../support/redis.ts';
import { apiKey, loneService, settings } from '../support/replicas.ts';

const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };

let calls = 0;

async function ask(service: TestService, extension: string) {
  calls += 1;
  const started = performance.now();
  const reply = await fetch(`${service.url}/v1/route`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ callId: `c-${calls}`, from: '', extension }),
  });
  const text = await reply.text();
  return { status: reply.status, text, ms: performance.now() - started };
}

async function readiness(service: TestService) {
  const reply = await fetch(`${service.url}/health/ready`);
  return { status: reply.status, text: await reply.text() };
}

// Each stage finds what the one before left: every process is the one that the next starts without, and all of them
// share their stores.
test('stores that freeze, end and come back', async (suite) => {
  const { postgres } = await loneService();
  suite.after(postgres.thaw);
  const redis = await testRedis(suite);
  const dataDir = await temporaryFolder(suite);
  const env = { ...settings(postgres.url), REDIS_URL: redis.url, DATA_DIR: dataDir };
  let service = await startService(suite, env);
  const { id, extension } = await hireCallee(service, 'stores');
  const path = `/v1/users/${id}`;
  const hire = (mark: string): Promise<Callee> => hireCallee(service, mark);
  const [before, after] = [await hire('killed'), await hire('ended')];

  await suite.test(
    'a process that starts with Postgres frozen and Redis warm answers from Redis, and the records that a killed one left are not lost',
    async (t) => {
      t.match(await ask(service, extension), { status: 200 });
      await sleep(100);
      const spilledBefore = await spilledBy(service);
      await postgres.freeze();
      await makeCalls(service, before, 100);
      await untilSpilled(service, spilledBefore, 200);
      service.signal('SIGKILL');
      await service.exit();
      t.ok((await spillOf(dataDir)).length > 0);
      // From the disk it could answer too.
      await rm(join(dataDir, 'directory'), { recursive: true });
      const started = performance.now();
      service = await startService(suite, env);
      t.comment(`started in ${Math.round(performance.now() - started)} ms`);
      const answer = await ask(service, extension);
      t.equal(answer.status, 200);
      t.match(answer.text, /"action":"ring"/);
      const ready = await readiness(service);
      t.equal(ready.status, 200);
      t.match(ready.text, /"redis":1/);
      t.match(ready.text, /"name":"database"/);
      await postgres.thaw();
      t.ok(await becomesReady(service), 'and is whole again when Postgres is back');
      t.match(await waitForCalls(postgres.url, before, 100), expected(100));
    },
  );

  await suite.test(
    'while both are frozen or killed, calls are answered from memory within 250 ms, and changes are refused',
    async (t) => {
      await postgres.freeze();
      redis.signal('SIGSTOP');
      checkPrompt(t, 'frozen', await timesOf(service, extension, 100));
      const change = await fetch(`${service.url}${path}`, {
        method: 'PATCH',
        headers,
        body: JSON.stringify({ firstName: 'Anna' }),
      });
      t.equal(change.status, 503);
      t.ok(change.headers.has('retry-after'));
      t.match(await change.text(), /"code":"store.unavailable"/);
      redis.signal('SIGKILL');
      checkPrompt(t, 'killed', await timesOf(service, extension, 100));
      await postgres.thaw();
      await redis.restart();
      t.ok(await becomesReady(service));
    },
  );

  await suite.test(
    'a process that starts with both frozen answers from disk, and says how old that is; the last records of one that ended while Postgres was frozen are kept',
    async (t) => {
      await postgres.freeze();
      await makeCalls(service, after, 10);
      const told = performance.now();
      service.signal('SIGTERM');
      await service.exit();
      const took = performance.now() - told;
      t.ok(took < 12_000, `it ends within its grace of 15 s: ${Math.round(took)} ms`);
      redis.signal('SIGSTOP');
      service = await startService(suite, env);
      const answer = await ask(service, extension);
      t.equal(answer.status, 200);
      t.match(answer.text, /"action":"ring"/);
      t.match(answer.text, /"rule":"directory.stale"/);
      const ready = await readiness(service);
      t.equal(ready.status, 200);
      t.match(ready.text, /"disk":1/);
      for (const name of ['database', 'redis', 'directory-age']) t.match(ready.text, `"name":"${name}"`);
      t.match(service.output(), /Missing: DATABASE_URL/);
      await postgres.thaw();
      redis.signal('SIGCONT');
      t.ok(await becomesReady(service), 'and is whole again when they are back');
      t.match(await waitForCalls(postgres.url, after, 10), expected(10));
    },
  );

  await suite.test(
    'a Postgres that was never there ends the start, unless there is something to answer calls from',
    async (t) => {
      service.signal('SIGTERM');
      await service.exit();
      const nowhere = new URL(postgres.url);
      nowhere.port = String(await findFreePort());
      service = await startService(suite, { ...settings(nowhere.href), DATA_DIR: dataDir });
      t.match(await ask(service, extension), { status: 200 });
    },
  );
});

/** In ms, the quickest first. */
async function timesOf(service: TestService, extension: string, times: number): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    const { status, ms } = await ask(service, extension);
    if (status !== 200) throw new Error(`call ${turn} was answered with ${status}`);
    taken.push(ms);
  }
  return taken.sort((one, other) => one - other);
}

type Checks = { ok(value: boolean, message: string): unknown };

/** A busy machine holds up one in a hundred; a call that waits for a store takes a second, and so would all of them. */
function checkPrompt(t: Checks, when: string, times: readonly number[]): void {
  const [most, all] = [times.at(-6) ?? Infinity, times.at(-1) ?? Infinity];
  t.ok(most < 250, `${when}: 95 of 100 calls took ${most.toFixed(1)} ms at most`);
  t.ok(all < 900, `${when}: the slowest took ${all.toFixed(1)} ms`);
}

/** Nothing is missing any more. */
async function becomesReady(service: TestService): Promise<boolean> {
  const deadline = performance.now() + 15_000;
  while (performance.now() < deadline) {
    if ((await readiness(service)).text.includes('"status":"ok"')) return true;
    await sleep(100);
  }
  return false;
}
