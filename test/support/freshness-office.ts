import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import type { TestService } from './processes.ts';
import { apiKey, type Replicas } from './replicas.ts';

/** A user at one process, and how soon the other sees what is changed of them. */

const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };

type Check = Pick<Test, 'equal' | 'ok' | 'comment'>;

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

export async function request(
  service: TestService,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
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
export async function openOffice({ here: one, there: other }: Replicas): Promise<Office> {
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
export async function changeOften(t: Check, office: Office, times: number): Promise<readonly number[]> {
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
export async function untilWhole(service: TestService): Promise<void> {
  const deadline = performance.now() + 10_000;
  while ((await request(service, 'GET', '/health/ready')).body.status !== 'ok') {
    if (performance.now() > deadline) throw new Error('it does not become whole again');
    await sleep(50);
  }
}

export function show(delays: readonly number[]): string {
  const at = (part: number): string => (delays[Math.floor((delays.length - 1) * part)] ?? 0).toFixed(1);
  return `seen elsewhere after p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, max ${at(1)} ms`;
}

/** Tests of other files run beside this one, so the longest delays are those of the machine: half of them have to be. */
export function checkDelays(t: Check, delays: readonly number[]): void {
  t.comment(show(delays));
  t.ok((delays[Math.floor((delays.length - 1) / 2)] ?? Infinity) <= 100, show(delays));
  t.ok((delays.at(-1) ?? Infinity) <= 2_000, 'none takes longer than two seconds');
}
