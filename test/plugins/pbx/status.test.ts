import { test } from 'tap';
import { buildTestApp, type TestApp } from '../../support/app.ts';
import { activate } from '../../support/people.ts';
import { type DemoByClock, sharedDemo, tuesday } from '../../support/shared-demo.ts';

type Body = Readonly<Record<string, unknown>>;

function build(made: DemoByClock) {
  const { clock } = made;
  clock.instant = tuesday;
  const post = async (url: string, payload: Body) => {
    const reply = await made.app.inject({ method: 'POST', url, payload, headers: { ...made.headers } });
    return { status: reply.statusCode, body: reply.body === '' ? {} : reply.json() };
  };
  let people = 0;
  /** Somebody else for each test, who has two calls at most at a time, and calls of the test's own. */
  const hire = async () => {
    people += 1;
    const person = people;
    const email = `ana.${person}@example.com`;
    const names = { firstName: 'Ana', lastName: 'Test', ifUnavailable: { action: 'voicemail' } };
    const devices = [{ kind: 'app', address: `ana-${person}`, enabled: true }];
    const hired = await post('/v1/users', { kind: 'email', email, ...names, devices, callLimit: 2 });
    await activate(made, hired.body.id);
    const extension: string = hired.body.extension;
    const idOf = (callId: string) => `status-${callId}-${person}`;
    const call = async (callId: string) => {
      const { body } = await post('/v1/route', { callId: idOf(callId), from: '+16465550100', extension });
      return body.steps.map(({ action }: { action: string }) => action).join(' ');
    };
    const status = (callId: string, body: Body) => post(`/v1/route/${idOf(callId)}/status`, body);
    const result = (callId: string, body: Body) => post(`/v1/route/${idOf(callId)}/result`, body);
    return { extension, idOf, call, status, result };
  };
  return { ...made, post, hire };
}

const rings = 'ring voicemail';
const isBusy = 'voicemail';

test('telephones of an exchange: who rings and talks counts, who has ended does not', async (suite) => {
  const { hire, post, organizationId } = build(await sharedDemo());

  await suite.test('a telephone that rings or talks is a call in progress until it ends', async (t) => {
    const { call, status, extension } = await hire();
    for (const callId of ['a', 'b', 'c'])
      t.equal(await call(callId), rings, 'asked, and perhaps never dialled');
    t.match(await status('a', { state: 'ringing', extension }), { status: 204 });
    await status('b', { state: 'answered', extension });
    t.equal(await call('d'), isBusy);
    await status('a', { state: 'ended', extension, outcome: 'no-answer' });
    t.equal(await call('e'), rings);
    await status('c', { state: 'answered', extension });
    t.equal(await call('f'), isBusy);
    await status('c', { state: 'ended', durationSeconds: 12 });
    t.equal(await call('g'), rings, 'the whole call is over');
    await status('c', { state: 'answered', extension });
    t.equal(await call('h'), rings, 'late news does not bring it back');
    await status('b', { state: 'answered', extension });
    t.equal(await call('i'), rings, 'told twice, counted once');
  });

  await suite.test(
    'results alone: who answered is on the call, for a quarter of an hour at most',
    async (t) => {
      // One that has never told of an end.
      const clock = { instant: tuesday };
      const own = await buildTestApp(t, { clock: { now: () => clock.instant } });
      const { hire } = build({ ...own, clock });
      const { call, result } = await hire();
      for (const callId of ['a', 'b']) {
        await call(callId);
        await result(callId, { step: 's1', outcome: 'answered' });
      }
      t.equal(await call('c'), isBusy);
      clock.instant += 15 * 60_000;
      // The memory is swept once a second.
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      t.equal(await call('d'), rings);
    },
  );

  await suite.test('the same question again is decided without its own call', async (t) => {
    const { call, status, extension } = await hire();
    await call('a');
    await call('b');
    await status('a', { state: 'ringing', extension });
    await status('b', { state: 'ringing', extension });
    t.equal(await call('a'), rings);
  });

  await suite.test('a telephone of another call is busy, and not to be disturbed is heard', async (t) => {
    const { call, extension } = await hire();
    const tell = (state: string) => post('/v1/presence', { devices: [{ extension, state }] });
    t.match(await tell('on-call'), { status: 204 });
    t.equal(await call('a'), rings, 'one of two calls');
    await tell('do-not-disturb');
    t.equal(await call('b'), isBusy);
    await tell('online');
    t.equal(await call('c'), rings);
  });

  await suite.test('a telephone that talks in a call of ours is one call', async (t) => {
    const { call, extension, idOf } = await hire();
    await call('a');
    const device = { extension, state: 'on-call', callId: idOf('a') };
    await post('/v1/presence', { devices: [device] });
    await post('/v1/presence', { devices: [device] });
    t.equal(await call('b'), rings);
  });

  await suite.test('a clock that is wrong, or tells a leap second, does no harm', async (t) => {
    const { call, status, extension } = await hire();
    for (const [index, at] of [
      '2030-01-01T00:00:00Z',
      '0001-01-01T00:00:00Z',
      '2016-12-31T23:59:60Z',
    ].entries()) {
      await call(`a${index}`);
      t.match(await status(`a${index}`, { state: 'answered', extension, at }), { status: 204 }, at);
    }
    t.equal(await call('b'), isBusy);
  });

  await suite.test('what does not fit is refused', async (t) => {
    const { call, status, extension } = await hire();
    await call('a');
    const refused = async (body: Body, pointer: string) => {
      t.match(
        await status('a', body),
        { status: 422, body: { errors: [{ pointer }] } },
        JSON.stringify(body),
      );
    };
    await refused({ state: 'ringing' }, '/userId');
    await refused({ state: 'ended', outcome: 'busy' }, '/outcome');
    await refused({ state: 'ringing', extension, outcome: 'busy' }, '/outcome');
    await refused({ state: 'ended', extension, durationSeconds: 3 }, '/durationSeconds');
    await refused({ state: 'ringing', extension: '999' }, '/extension');
    await refused({ state: 'ringing', userId: organizationId }, '/userId');
    await refused({ state: 'ringing', userId: organizationId, extension }, '/userId');
    t.match(await status('a', { state: 'asleep' }), { status: 422 });
    t.match(await status('nobody', { state: 'ended' }), { status: 404, body: { code: 'call.unknown' } });
    t.match(await post('/v1/presence', { devices: [] }), { status: 422 });
    t.match(await post('/v1/presence', { devices: [{ extension, state: 'online' }, { state: 'online' }] }), {
      status: 422,
      body: { errors: [{ pointer: '/devices/1/userId' }] },
    });
  });
});

test('a presence that was told reaches the list of users, and ends by itself', async (t) => {
  const clock = { instant: Date.now() };
  const made: TestApp = await buildTestApp(t, { clock: { now: () => clock.instant } });
  const { app, headers } = made;
  const state = async () => {
    const reply = await app.inject({ url: '/v1/users?limit=100', headers: { ...headers } });
    const { data } = reply.json<{ data: readonly { extension: string; presence: string }[] }>();
    return data.find(({ extension }) => extension === '214')?.presence;
  };
  const until = async (wanted: string) => {
    for (let tries = 0; tries < 60 && (await state()) !== wanted; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    t.equal(await state(), wanted);
  };
  const payload = { devices: [{ extension: '214', state: 'on-call' }], expiresSeconds: 10 };
  await app.inject({ method: 'POST', url: '/v1/presence', payload, headers: { ...headers } });
  await until('on-call');
  clock.instant += 10_000;
  await until('offline');
});
