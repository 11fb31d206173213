import { setTimeout as sleep } from 'node:timers/promises';
import { type Test, test } from 'tap';
import type { TestService } from '../support/processes.ts';
import { apiKey, operatorKey, type Replicas, replicasWithRedis, twoReplicas } from '../support/replicas.ts';

const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };

type Check = Pick<Test, 'equal' | 'ok' | 'comment'>;

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

async function request(service: TestService, method: string, path: string, body?: object): Promise<Answer> {
  const reply = await fetch(`${service.url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await reply.json();
  return { status: reply.status, body: isRecord(answer) ? answer : {} };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

let calls = 0;

/** What a call to the extension does first: `ring`, or `voicemail` while its user is not to be disturbed. */
async function firstStep(service: TestService, extension: string): Promise<unknown> {
  calls += 1;
  const { status, body } = await request(service, 'POST', '/v1/route', {
    callId: `c-${process.pid}-${calls}`,
    from: '',
    extension,
  });
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  const [step] = Array.isArray(body.steps) ? body.steps : [];
  return step?.action;
}

type Office = {
  readonly one: TestService;
  readonly other: TestService;
  readonly userPath: string;
  readonly extension: string;
};

/** A user whose calls are watched at two processes over one database. */
async function openOffice({ here: one, there: other }: Replicas): Promise<Office> {
  const { status, body } = await request(one, 'POST', '/v1/users', {
    kind: 'username',
    login: 'fresh-ana',
    password: 'a good long password',
    firstName: 'Ana',
    lastName: 'Ruiz',
    ifUnavailable: { action: 'voicemail' },
  });
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  const office = { one, other, userPath: `/v1/users/${body.id}`, extension: String(body.extension) };
  await untilSeen(office, 'ring');
  return office;
}

/** How long the other process took to see it, ms. */
async function untilSeen({ other, extension }: Office, wanted: string): Promise<number> {
  const started = performance.now();
  for (;;) {
    if ((await firstStep(other, extension)) === wanted) return performance.now() - started;
    const waited = performance.now() - started;
    if (waited > 10_000) throw new Error(`no call saw ${wanted} within 10 s`);
    // Not five hundred calls where it takes two seconds.
    await sleep(Math.min(Math.max(4, waited / 10), 30));
  }
}

/** Turns do-not-disturb on and off, and gives the other's delays in the order of their length. */
async function changeOften(t: Check, office: Office, times: number): Promise<readonly number[]> {
  const delays: number[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    const on = turn % 2 === 0;
    const expected = on ? 'voicemail' : 'ring';
    const changed = await request(office.one, 'PATCH', office.userPath, { doNotDisturb: { on } });
    if (changed.status !== 200) throw new Error(JSON.stringify(changed));
    const [seen, delay] = await Promise.all([
      firstStep(office.one, office.extension),
      untilSeen(office, expected),
    ]);
    t.equal(seen, expected, `change ${turn}: the very next call of the process that acknowledged it`);
    delays.push(delay);
    // The promise is about a machine that has a moment: changes without a pause would measure their queue.
    await sleep(30);
  }
  return delays.sort((a, b) => a - b);
}

/** Nothing is missing any more. */
async function untilWhole(service: TestService): Promise<void> {
  const deadline = performance.now() + 10_000;
  while ((await request(service, 'GET', '/health/ready')).body.status !== 'ok') {
    if (performance.now() > deadline) throw new Error('it does not become whole again');
    await sleep(50);
  }
}

function show(delays: readonly number[]): string {
  const at = (part: number): string => (delays[Math.floor((delays.length - 1) * part)] ?? 0).toFixed(1);
  return `seen elsewhere after p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, max ${at(1)} ms`;
}

/** Tests of other files run beside this one, so the longest delays are those of the machine: half of them have to be. */
function checkDelays(t: Check, delays: readonly number[]): void {
  t.comment(show(delays));
  t.ok((delays[Math.floor((delays.length - 1) / 2)] ?? Infinity) <= 100, show(delays));
  t.ok((delays.at(-1) ?? Infinity) <= 2_000, 'none takes longer than two seconds');
}

test('without Redis', async (t) => {
  const office = await openOffice(await twoReplicas());

  await t.test('a change is in the very next call here, and in the others within 100 ms', async (t) => {
    checkDelays(t, await changeOften(t, office, 12));
  });

  await t.test('a new organization can be asked for on the other process within two seconds', async (t) => {
    const reply = await fetch(`${office.one.url}/v1/organizations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        slug: 'new-one',
        name: 'New One',
        timeZone: 'Europe/Madrid',
        defaultCountry: 'ES',
        administrator: { login: 'admin', password: 'a good long password' },
      }),
    });
    const made = await reply.json();
    t.equal(reply.status, 201);
    const key = JSON.stringify(made).match(/lf_[A-Za-z0-9_-]+/)?.[0] ?? '';
    const ask = async (service: TestService): Promise<number> => {
      const answer = await fetch(`${service.url}/v1/route`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ callId: 'c-1', from: '', to: '+34911234567' }),
      });
      return answer.status;
    };
    t.equal(await ask(office.one), 200, 'at once where it was made');
    const started = performance.now();
    let status = 0;
    while (status !== 200 && performance.now() - started < 2_000) {
      status = await ask(office.other);
      await sleep(5);
    }
    t.equal(status, 200, `elsewhere after ${Math.round(performance.now() - started)} ms`);
  });
});

test('with Redis', async (t) => {
  const { redis, way, running } = await replicasWithRedis();
  const office = await openOffice(await running());

  await t.test('a change is in the very next call here, and in the others within 100 ms', async (t) => {
    checkDelays(t, await changeOften(t, office, 12));
  });

  await t.test('a call that one process began goes on in the other, and back', async (t) => {
    const { one, other, extension } = office;
    const route = { callId: 'traveller', from: '', extension };
    const begun = await request(one, 'POST', '/v1/route', route);
    t.strictSame(await request(other, 'POST', '/v1/route', route), begun, 'the same question elsewhere');
    const conflict = await request(other, 'POST', '/v1/route', { ...route, extension: '999' });
    t.match(conflict, { status: 409, body: { code: 'call.conflict' } });
    const path = '/v1/route/traveller/result';
    const next = await request(other, 'POST', path, { step: 's1', outcome: 'no-answer' });
    t.match(next, { status: 200, body: { next: { id: 's2', action: 'voicemail' } } });
    await sleep(50);
    const last = await request(one, 'POST', path, { step: 's2', outcome: 'completed' });
    t.match(last, { status: 200, body: { next: null } });
    t.strictSame(await request(one, 'POST', path, { step: 's1', outcome: 'no-answer' }), next);
  });

  await t.test('while Redis is frozen, a change is seen everywhere all the same', async (t) => {
    redis.signal('SIGSTOP');
    const frozen = await changeOften(t, office, 4);
    redis.signal('SIGCONT');
    t.ok((frozen.at(-1) ?? Infinity) <= 2_000, show(frozen));
  });

  await t.test(
    'while Redis is killed and comes back, a change is seen everywhere all the same',
    async (t) => {
      redis.signal('SIGKILL');
      await sleep(100);
      const without = await changeOften(t, office, 4);
      t.ok((without.at(-1) ?? Infinity) <= 2_000, show(without));
      await redis.restart();
      const back = await changeOften(t, office, 4);
      t.ok((back.at(-1) ?? Infinity) <= 2_000, show(back));
    },
  );

  await t.test(
    'a process that reaches Redis and not Postgres sees a change within two seconds',
    async (t) => {
      // Redis came back empty: what is changed from now on is in it again.
      for (const service of [office.one, office.other]) await untilWhole(service);
      await changeOften(t, office, 2);
      // What it writes of its calls is written by then: a transaction that falls silent holds its rows for ten seconds.
      await sleep(1_000);
      t.after(async () => {
        way.speak();
        await untilWhole(office.other);
      });
      way.fallSilent();
      const first = await changeOften(t, office, 1);
      t.ok((first.at(-1) ?? Infinity) <= 3_000, `while it finds out: ${show(first)}`);
      // The connections that read directories are three by now, and each is given up after two seconds, one after the
      // other: the first by the change above, the others by the poll.
      await sleep(5_500);
      const delays = await changeOften(t, office, 5);
      t.comment(show(delays));
      t.ok((delays.at(-1) ?? Infinity) <= 2_000, show(delays));
    },
  );
});
