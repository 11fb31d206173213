import { test } from 'tap';
import { buildTestApp } from '../../support/app.ts';
import { client } from '../../support/factories.ts';

/** What a PBX may tell callers who wait in a queue of its own. */

const NUMBER = '+14155550190';
const start = Date.parse('2026-11-24T15:00:00Z');

async function build(t: Parameters<typeof buildTestApp>[0]) {
  const clock = { instant: start };
  const made = await buildTestApp(t, { clock: { now: () => clock.instant } });
  const admin = client(made.app, made.apiKey);
  const { body: ana } = await admin.post('/users', {
    ...{ kind: 'username', login: 'ana2', password: 'a good long password' },
    ...{ firstName: 'Ana', lastName: 'Sol', role: 'agent' },
  });
  const { body: queue } = await admin.post('/queues', {
    ...{ name: 'Hotline', waiting: { maxWaitSeconds: 120, maxWaiting: 2, overflow: { type: 'hangup' } } },
  });
  await admin.put(`/queues/${queue.id}/members`, { members: [{ userId: ana.id }] });
  await admin.post('/numbers', { number: NUMBER, target: { type: 'queue', id: queue.id } });
  const route = (callId: string) => admin.post('/route', { callId, from: '+16465550100', to: NUMBER });
  const waiting = (callId: string) => admin.get(`/route/${callId}/waiting`);
  return { ...made, admin, ana, queue, route, waiting, clock };
}

test('a caller who waits with a PBX has a place, a text and music', async (t) => {
  const { queue, route, waiting, clock } = await build(t);
  await route('a');
  await route('b');
  clock.instant += 5_500;
  t.match(await waiting('b'), {
    status: 200,
    body: {
      ...{ callId: 'b', queueId: queue.id, position: 2, waiting: 2, waitedSeconds: 5, leave: null },
      text: 'Please hold the line. You are number 2 in the queue.',
      music: /^https?:\/\/.*\/twilio\/hold\.wav$/,
    },
  });
  t.match(await waiting('a'), { body: { position: 1, text: /You are next\.$/ } });
});

test('it is told when the wait is over, by the outcome to report', async (t) => {
  const { admin, ana, route, waiting, clock } = await build(t);
  await route('a');
  clock.instant += 120_000;
  t.match(await waiting('a'), { body: { leave: 'no-answer' } });
  t.match((await admin.post('/route/a/result', { step: 's1', outcome: 'no-answer' })).body, {
    next: { action: 'hangup' },
  });
  t.match(await waiting('a'), { status: 404, body: { code: 'call.not-waiting' } });

  await route('b');
  await admin.post(`/users/${ana.id}/deactivate`, {});
  t.match(await waiting('b'), { body: { leave: 'unreachable' } });
});

test('what does not wait has no place', async (t) => {
  const { waiting, app } = await build(t);
  t.match(await waiting('nobody'), {
    status: 404,
    body: { code: 'call.not-waiting', detail: /queue/ },
  });
  t.match(await app.inject('/v1/route/a/waiting'), { statusCode: 401 });
});
