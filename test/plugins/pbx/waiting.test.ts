import { test } from 'tap';
import { client } from '../../support/factories.ts';
import { sharedDemo, tuesday } from '../../support/shared-demo.ts';

/** What a PBX may tell callers who wait in a queue of its own. */

test('callers in a queue of an exchange', async (suite) => {
  const { app, apiKey, clock } = await sharedDemo();
  clock.instant = tuesday;
  const admin = client(app, apiKey);
  let queues = 0;
  /** A queue of the test's own, with its number and somebody in it. */
  const open = async () => {
    queues += 1;
    const number = `+1415555${2_000 + queues}`;
    const { body: ana } = await admin.post('/users', {
      ...{ kind: 'username', login: `ana.${queues}`, password: 'a good long password' },
      ...{ firstName: 'Ana', lastName: 'Sol', role: 'agent' },
    });
    const { body: queue } = await admin.post('/queues', {
      name: `Hotline ${queues}`,
      waiting: { maxWaitSeconds: 120, maxWaiting: 2, overflow: { type: 'hangup' } },
    });
    await admin.put(`/queues/${queue.id}/members`, { members: [{ userId: ana.id }] });
    await admin.post('/numbers', { number, target: { type: 'queue', id: queue.id } });
    const route = (callId: string) => admin.post('/route', { callId, from: '+16465550100', to: number });
    const waiting = (callId: string) => admin.get(`/route/${callId}/waiting`);
    return { ana, queue, route, waiting };
  };

  await suite.test('a caller who waits with a PBX has a place, a text and music', async (t) => {
    const { queue, route, waiting } = await open();
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

  await suite.test('it is told when the wait is over, by the outcome to report', async (t) => {
    const { ana, route, waiting } = await open();
    await route('c');
    clock.instant += 120_000;
    t.match(await waiting('c'), { body: { leave: 'no-answer' } });
    t.match((await admin.post('/route/c/result', { step: 's1', outcome: 'no-answer' })).body, {
      next: { action: 'hangup' },
    });
    t.match(await waiting('c'), { status: 404, body: { code: 'call.not-waiting' } });

    await route('d');
    await admin.post(`/users/${ana.id}/deactivate`, {});
    t.match(await waiting('d'), { body: { leave: 'unreachable' } });
  });

  await suite.test('what does not wait has no place', async (t) => {
    t.match(await admin.get('/route/nobody/waiting'), {
      status: 404,
      body: { code: 'call.not-waiting', detail: /queue/ },
    });
    t.match(await app.inject('/v1/route/a/waiting'), { statusCode: 401 });
  });
});
