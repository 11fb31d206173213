import { test } from 'tap';
import { testDatabase } from '../support/database.ts';
import type { Doc } from '../support/factories.ts';
import { startService, type TestService } from '../support/processes.ts';
import { eventually, membersTwin } from '../support/twilio-members.ts';
import { overHttp } from '../support/twilio-webhook.ts';

/** Two processes over one database: what the one has begun, the other goes on with. */

const account = {
  accountSid: `AC${'d'.repeat(32)}`,
  authToken: '0123456789abcdef0123456789abcdef',
  publicUrl: 'https://linefinder.example',
};
const NUMBER = '+14155550170';
const apiKey = `lf_${'k'.repeat(43)}`;

test('a replica dies: callers keep their places, and are offered to members by the other', async (t) => {
  const twin = await membersTwin(t, account);
  const { url: databaseUrl } = await testDatabase(t);
  const environment = {
    DATABASE_URL: databaseUrl,
    PUBLIC_URL: account.publicUrl,
    LINEFINDER_BOOTSTRAP_API_KEY: apiKey,
    LINEFINDER_SECRET_KEY: 'the secret key of the tests: 32 characters',
    TWILIO_ACCOUNT_SID: account.accountSid,
    TWILIO_AUTH_TOKEN: account.authToken,
    LINEFINDER_TWILIO_API_URL: twin.url,
  };
  const first = await startService(t, environment);
  const second = await startService(t, environment);
  const ask = async (service: TestService, method: string, path: string, body?: object): Promise<Doc> => {
    const reply = await fetch(`${service.url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    const answer: Doc = JSON.parse(await reply.text());
    return answer;
  };
  const { id: ana } = await ask(first, 'POST', '/users', {
    ...{ kind: 'username', login: 'ana', password: 'a good long password' },
    ...{ firstName: 'Ana', lastName: 'Ruiz', role: 'agent' },
    devices: [{ kind: 'app', address: 'ana', enabled: true }],
  });
  const { id: queueId } = await ask(first, 'POST', '/queues', {
    ...{ name: 'Hotline', ringSeconds: 15, waiting: { maxWaitSeconds: 600 } },
  });
  await ask(first, 'PUT', `/queues/${queueId}/members`, { members: [{ userId: ana }] });
  await ask(first, 'POST', '/numbers', { number: NUMBER, target: { type: 'queue', id: queueId } });
  const live = () => ask(second, 'GET', `/queues/${queueId}/live`);
  const callers = [1, 2, 3].map((index) =>
    twin.caller(`CA${String(index).padStart(32, '0')}`, `+3491123${4000 + index}`, NUMBER),
  );

  twin.use(overHttp(first.url));
  for (const caller of callers) {
    await caller.call();
    await caller.hold(0);
  }
  const [one, two, three] = callers;
  const leg = await twin.leg('client:ana');
  await leg.ring();
  await eventually('the other replica knows of all three', async () =>
    (await live()).waiting === 3 ? true : undefined,
  );

  first.signal('SIGKILL');
  await first.exit();
  twin.use(overHttp(second.url));
  t.match(await three?.hold(10), /You are number 3 in the queue/, 'the place is kept');
  t.match(await two?.hold(10), /You are number 2 in the queue/);
  await leg.answer();
  await eventually('the first caller talks', async () => ((await live()).waiting === 2 ? true : undefined));
  t.match(await three?.hold(20), /You are number 2 in the queue/);
  await one?.leave('bridged', 25);
  await leg.end('completed');
  // The one who is left distributes.
  const next = await twin.leg('client:ana', 1);
  await next.answer();
  await eventually('the second caller talks', async () => ((await live()).waiting === 1 ? true : undefined));
  t.match((await live()).today, { entered: 3, answered: 2, abandoned: 0, overflowed: 0 });
  t.match((await live()).callers, [{ callId: three?.sid, offeredTo: [] }]);
});
