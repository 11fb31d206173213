import { setTimeout as sleep } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { testDatabase } from '../support/database.ts';
import type { Doc } from '../support/factories.ts';
import { freezablePostgres } from '../support/freezable-postgres.ts';
import { startService, type TestService } from '../support/processes.ts';
import { type Caller, eventually, type MembersTwin, membersTwin } from '../support/twilio-members.ts';
import { overHttp } from '../support/twilio-webhook.ts';

/** Processes that die, and a database that does not answer: nobody who waits loses their place. */

const account = {
  accountSid: `AC${'d'.repeat(32)}`,
  authToken: '0123456789abcdef0123456789abcdef',
  publicUrl: 'https://linefinder.example',
};
const NUMBER = '+14155550170';
const apiKey = `lf_${'k'.repeat(43)}`;

function environment(databaseUrl: string, twin: MembersTwin) {
  return {
    DATABASE_URL: databaseUrl,
    PUBLIC_URL: account.publicUrl,
    LINEFINDER_BOOTSTRAP_API_KEY: apiKey,
    LINEFINDER_SECRET_KEY: 'the secret key of the tests: 32 characters',
    TWILIO_ACCOUNT_SID: account.accountSid,
    TWILIO_AUTH_TOKEN: account.authToken,
    LINEFINDER_TWILIO_API_URL: twin.url,
  };
}

async function ask(service: TestService, method: string, path: string, body?: object): Promise<Doc> {
  const reply = await fetch(`${service.url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${text}`);
  const answer: Doc = JSON.parse(text);
  return answer;
}

/** One member, Ana, in a queue that a number leads to; gives the queue's id. */
async function prepareQueue(service: TestService): Promise<string> {
  const { id: ana } = await ask(service, 'POST', '/users', {
    ...{ kind: 'username', login: 'ana', password: 'a good long password' },
    ...{ firstName: 'Ana', lastName: 'Ruiz', role: 'agent' },
    devices: [{ kind: 'app', address: 'ana', enabled: true }],
  });
  const { id } = await ask(service, 'POST', '/queues', {
    ...{ name: 'Hotline', ringSeconds: 15, waiting: { maxWaitSeconds: 600 } },
  });
  await ask(service, 'PUT', `/queues/${id}/members`, { members: [{ userId: ana }] });
  await ask(service, 'POST', '/numbers', { number: NUMBER, target: { type: 'queue', id } });
  return id;
}

function callerOf(twin: MembersTwin, index: number): Caller {
  return twin.caller(`CA${String(index).padStart(32, '0')}`, `+3491123${4000 + index}`, NUMBER);
}

/** The live figures, once that many wait of those who have come. */
function waiting(t: Test, service: TestService, queueId: string) {
  return async (count: number, entered: number): Promise<Doc> => {
    try {
      return await eventually(`${count} of ${entered} wait`, async () => {
        const live = await ask(service, 'GET', `/queues/${queueId}/live`);
        const today = Object(live.today);
        return live.waiting === count && today.entered === entered ? live : undefined;
      });
    } catch (error) {
      t.comment(service.output().slice(-3_000));
      throw error;
    }
  };
}

test('a replica dies: callers keep their places, and are offered to members by the other', async (t) => {
  const twin = await membersTwin(t, account);
  const { url } = await testDatabase(t);
  const first = await startService(t, environment(url, twin));
  const second = await startService(t, environment(url, twin));
  const queueId = await prepareQueue(first);
  const wait = waiting(t, second, queueId);
  const [one, two, three] = [callerOf(twin, 1), callerOf(twin, 2), callerOf(twin, 3)];

  twin.use(overHttp(first.url));
  for (const caller of [one, two, three]) {
    await caller.call();
    await caller.hold(0);
  }
  const leg = await twin.leg('client:ana');
  await leg.ring();
  await wait(3, 3);

  first.signal('SIGKILL');
  await first.exit();
  twin.use(overHttp(second.url));
  await eventually('the place is kept', async () =>
    /You are number 3 in the queue/.test(await three.hold(10)) ? true : undefined,
  );
  t.match(await two.hold(10), /You are number 2 in the queue/);
  await leg.answer();
  await wait(2, 3);
  t.match(await three.hold(20), /You are number 2 in the queue/);
  await one.leave('bridged', 25);
  await leg.end('completed');
  // The one who is left distributes.
  const next = await twin.leg('client:ana', 1);
  await next.answer();
  const live = await wait(1, 3);
  t.match(live.today, { entered: 3, answered: 2, abandoned: 0, overflowed: 0 });
  t.match(live.callers, [{ callId: three.sid, offeredTo: [] }]);
});

test('Postgres does not answer: callers hear music at once, and are offered to members when it is back', async (t) => {
  const twin = await membersTwin(t, account);
  const postgres = await freezablePostgres(t);
  const service = await startService(t, environment(postgres.url, twin));
  const queueId = await prepareQueue(service);
  const wait = waiting(t, service, queueId);
  twin.use(overHttp(service.url));
  const [one, two, three] = [callerOf(twin, 1), callerOf(twin, 2), callerOf(twin, 3)];
  await one.call();
  await one.hold(0);
  const leg = await twin.leg('client:ana');
  await wait(1, 1);

  await postgres.freeze();
  const timed = async (asked: Promise<string>): Promise<string> => {
    const started = performance.now();
    const document = await asked;
    t.ok(performance.now() - started < 250, 'within 250 ms');
    return document;
  };
  t.match(await timed(two.call()), /<Enqueue/);
  t.match(await timed(two.hold(0)), /You are number 2 in the queue/);
  t.match(await timed(one.hold(12)), /Please hold the line/);
  await timed(three.call());
  await timed(three.hold(0));
  await three.hangUp();
  await leg.answer();
  // Longer than a statement may take.
  await sleep(3_000);
  t.match(await timed(two.hold(12)), /Please hold the line/);
  await postgres.thaw();

  const live = await wait(1, 3);
  t.match(live.today, { entered: 3, answered: 1, abandoned: 1 });
  t.match(live.callers, [{ callId: two.sid }]);
  await one.leave('bridged', 20);
  await leg.end('completed');
  await (await twin.leg('client:ana', 1)).answer();
  await wait(0, 3);
});
