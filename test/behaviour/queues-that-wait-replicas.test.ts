import { setTimeout as sleep } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { testDatabase } from '../support/database.ts';
import type { Doc } from '../support/factories.ts';
import { freezablePostgres } from '../support/freezable-postgres.ts';
import { startService, type TestService } from '../support/processes.ts';
import { type Caller, eventually, type MembersTwin, membersTwin } from '../support/twilio-members.ts';
import { overHttp, type Transport } from '../support/twilio-webhook.ts';

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
async function prepareQueue(service: TestService, waiting: object = {}): Promise<string> {
  const { id: ana } = await ask(service, 'POST', '/users', {
    ...{ kind: 'username', login: 'ana', password: 'a good long password' },
    ...{ firstName: 'Ana', lastName: 'Ruiz', role: 'agent' },
    devices: [{ kind: 'app', address: 'ana', enabled: true }],
  });
  const { id } = await ask(service, 'POST', '/queues', {
    ...{ name: 'Hotline', ringSeconds: 15, waiting: { maxWaitSeconds: 600, ...waiting } },
  });
  await ask(service, 'PUT', `/queues/${id}/members`, { members: [{ userId: ana }] });
  await ask(service, 'POST', '/numbers', { number: NUMBER, target: { type: 'queue', id } });
  return id;
}

function callerOf(twin: MembersTwin, index: number): Caller {
  return twin.caller(`CA${String(index).padStart(32, '0')}`, `+3491123${4000 + index}`, NUMBER);
}

/** One request to each in turn, so that no replica hears all of any call. */
function inTurns(services: readonly TestService[]): Transport {
  const transports = services.map((service) => overHttp(service.url));
  let turn = 0;
  return (request) => {
    turn += 1;
    const transport = transports[turn % transports.length];
    if (transport === undefined) throw new Error('no replica');
    return transport(request);
  };
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
  await timed(two.hold(0));
  t.match(await timed(two.hold(2)), /You are number 2 in the queue/);
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

/** What each of these calls of a PBX is told, by the other replica than the one that let it in. */
async function placesOf(
  replicas: readonly TestService[],
  callIds: readonly string[],
): Promise<readonly Doc[]> {
  return Promise.all(
    callIds.map(async (callId, index) => {
      const service = replicas[(index + 1) % replicas.length];
      const headers = { authorization: `Bearer ${apiKey}` };
      const reply = await fetch(`${service?.url}/v1/route/${callId}/waiting`, { headers });
      const place: Doc = JSON.parse(await reply.text());
      return place;
    }),
  );
}

test('as many wait with a PBX as may, and whoever is one too many is told to leave', async (t) => {
  const { url } = await testDatabase(t);
  const twin = await membersTwin(t, account);
  const settings = environment(url, twin);
  const replicas = await Promise.all([startService(t, settings), startService(t, settings)]);
  const [first, second] = replicas;
  const queueId = await prepareQueue(first, { maxWaiting: 2 });
  const route = (service: TestService, callId: string) =>
    ask(service, 'POST', '/route', { callId, from: '+34911234567', to: NUMBER });
  const stepOf = (decision: Doc): unknown => Object(decision).steps?.[0]?.action;
  await eventually('the other knows the number', async () =>
    stepOf(await route(second, `probe-${performance.now()}`)) === 'queue' ? true : undefined,
  );
  // The probe waits too, and is to be the first of them.
  await waiting(t, first, queueId)(1, 1);
  const callIds = Array.from({ length: 8 }, (_, index) => `p-${index}`);
  await Promise.all(callIds.map((callId, index) => route(index % 2 === 0 ? first : second, callId)));
  // Those that came in last are written down by then.
  await sleep(1_500);
  const places = await eventually('all is settled', async () => {
    const found = await placesOf(replicas, callIds);
    return found.filter((place) => place.leave === null).length === 1 ? found : undefined;
  });
  await sleep(1_000);
  const later = await placesOf(replicas, callIds);
  t.strictSame(
    later.map(({ leave }) => leave === null),
    places.map(({ leave }) => leave === null),
    'and it stays so',
  );
  t.comment(`${places.filter(({ leave }) => leave === 'busy').length} were told to leave`);
  t.ok(places.every(({ leave, code }) => leave === null || leave === 'busy' || code === 'call.not-waiting'));
});

function isIn(document: string | undefined): boolean {
  return document?.includes('<Enqueue') === true || document?.includes('hold.wav') === true;
}

test('as many wait as may, and nobody more, wherever they come in at the same moment', async (t) => {
  const twin = await membersTwin(t, account);
  const { url } = await testDatabase(t);
  const settings = environment(url, twin);
  const replicas = await Promise.all([startService(t, settings), startService(t, settings)]);
  const [first] = replicas;
  const overflow = { type: 'announcement', text: 'Too many callers.' };
  const queueId = await prepareQueue(first, { maxWaiting: 3, overflow });
  twin.use(inTurns(replicas));
  let probes = 1_000;
  /** Who calls and says no more is in no queue. The first answer to a call is kept, so each probe is another. */
  const letsIn = (what: string) =>
    eventually(what, async () => {
      probes += 2;
      const asked = [probes, probes + 1].map((index) => callerOf(twin, index).call());
      return (await Promise.all(asked)).every((document) => document.includes('<Enqueue')) ? true : undefined;
    });
  await letsIn('both know the number');

  const callers = Array.from({ length: 16 }, (_, index) => callerOf(twin, index + 1));
  const came = await Promise.all(
    callers.map(async (caller) => {
      const document = await caller.call();
      if (document.includes('<Enqueue')) await caller.hold(0);
      return { caller, document };
    }),
  );
  const heard = new Map(came.map(({ caller, document }) => [caller, document]));
  // What the carrier asks for when the one sentence is over; on a busy machine once more.
  await eventually(
    'those who are too many have left',
    async () => {
      await sleep(1_000);
      for (const caller of callers.filter((one) => isIn(heard.get(one)))) {
        const document = await caller.hold(4);
        heard.set(caller, document.includes('<Leave/>') ? await caller.leave('leave', 4) : document);
      }
      return callers.filter((one) => isIn(heard.get(one))).length <= 3 ? true : undefined;
    },
    30_000,
  );
  const staying = callers.filter((caller) => heard.get(caller)?.includes('hold.wav'));
  t.equal(staying.length, 3);
  t.equal(callers.filter((caller) => heard.get(caller)?.includes('Too many callers.')).length, 13);
  const live = await eventually('all that happened is written down', async () => {
    const shown = await waiting(t, first, queueId)(3, 16);
    return Object(shown.today).overflowed === 13 ? shown : undefined;
  });
  t.match(live.today, { overflowedBy: { time: 0, length: 13, noAgent: 0 }, answered: 0 });
  t.comment(`${came.filter(({ document }) => !document.includes('<Enqueue')).length} at the door`);

  // A place comes free, and one of two more gets it.
  await staying[0]?.leave('hangup', 5);
  await waiting(t, first, queueId)(2, 16);
  const [one, two] = [callerOf(twin, 17), callerOf(twin, 18)];
  await letsIn('both let callers in');
  for (const caller of [one, two]) t.match(await caller.call(), /<Enqueue/);
  await Promise.all([one.hold(0), two.hold(0)]);
  await eventually('one of them is to leave', async () => {
    await sleep(1_000);
    const documents = [await one.hold(4), await two.hold(4)];
    return documents.filter((document) => document.includes('<Leave/>')).length === 1 ? true : undefined;
  });
});

test('a replica dies in the middle of an offer: the other one offers the caller again', async (t) => {
  const twin = await membersTwin(t, account);
  const { url } = await testDatabase(t);
  const settings = environment(url, twin);
  const [first, second] = await Promise.all([startService(t, settings), startService(t, settings)]);
  const queueId = await prepareQueue(first);
  twin.use(overHttp(first.url));
  twin.behave('silent');
  const [one, two] = [callerOf(twin, 1), callerOf(twin, 2)];
  await one.call();
  await one.hold(0);
  // The offer is written down, and the carrier was asked to ring: nobody will hear what comes of it.
  await eventually('the carrier is asked', () => (twin.unanswered() > 0 ? true : undefined));
  first.signal('SIGKILL');
  await first.exit();
  twin.behave('well');
  twin.use(overHttp(second.url));
  await two.call();
  await two.hold(0);
  await eventually('the place is kept', async () =>
    /You are number 2 in the queue/.test(await two.hold(2)) ? true : undefined,
  );
  const leg = await eventually('the caller is offered again', () => twin.legs[0], 30_000);
  await leg.answer();
  const live = await waiting(t, second, queueId)(1, 2);
  t.match(live.callers, [{ callId: two.sid }], 'the first one talks');
});
