import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { type LiveMessage, watch } from '../../support/live-client.ts';
import { bearer } from '../../support/live-events.ts';
import { sharedLiveOffice } from '../../support/shared-admin.ts';

/** Presence and figures of one user as a wallboard and the REST API show them at the same time. */
test('who is there, and what they have handled', async (suite) => {
  const office = await sharedLiveOffice();
  const { address, headers, admin, app } = office;
  const ana = await office.hire('Ana');
  await office.hire('Max', { role: 'manager' });
  await admin.post('/numbers', { number: '+12025550981', target: { type: 'user', id: ana.id } });
  const board = await watch(suite, address, bearer(await office.logIn('max')));
  await board.subscribe(['presence']);
  let from = 0;
  /** The next time that the wallboard hears this of Ana. */
  const heard = async (state: string) => {
    const fits = ({ name, data }: LiveMessage) =>
      name === 'presence.changed' &&
      Reflect.get(Object(data), 'userId') === ana.id &&
      Reflect.get(Object(data), 'state') === state;
    const deadline = performance.now() + 10_000;
    for (;;) {
      const index = board.messages.findIndex((message, place) => place >= from && fits(message));
      if (index >= 0) {
        from = index + 1;
        return true;
      }
      if (performance.now() > deadline) return board.messages.slice(from);
      await sleep(20);
    }
  };
  const presence = async () => (await admin.get(`/users/${ana.id}`)).body.presence;
  const post = async (url: string, payload: object) => {
    const reply = await app.inject({ method: 'POST', url, headers, payload });
    if (reply.statusCode >= 300) throw new Error(reply.body);
    return reply;
  };

  await suite.test('B10 Online and Offline are told at once, and read the same', async (t) => {
    t.equal(await presence(), 'offline');
    const browser = await watch(t, address, bearer(await office.logIn('ana')));
    t.equal(await heard('online'), true);
    t.equal(await presence(), 'online');
    browser.socket.close();
    t.equal(await heard('offline'), true);
    t.equal(await presence(), 'offline');
  });

  await suite.test('B10 a call is seen as it rings and is talked in, and then counted', async (t) => {
    const handled = async () => {
      const { body } = await admin.get<{ readonly today: { readonly handled: number } }>(
        `/users/${ana.id}/statistics`,
      );
      return body.today.handled;
    };
    t.equal(await handled(), 0);
    const { steps } = (
      await post('/v1/route', { callId: 'live-1', from: '+12125550142', to: '+12025550981' })
    ).json();
    const status = (body: object) => post('/v1/route/live-1/status', body);
    await status({ state: 'ringing', userId: ana.id });
    t.equal(await heard('ringing'), true);
    await status({ state: 'answered', userId: ana.id });
    t.equal(await heard('on-call'), true);
    t.equal(await presence(), 'on-call');
    await post('/v1/route/live-1/result', { step: steps[0].id, outcome: 'answered', answeredBy: ana.id });
    await status({ state: 'ended', durationSeconds: 30 });
    t.equal(await heard('offline'), true);
    for (let tries = 0; tries < 250 && (await handled()) !== 1; tries += 1) await sleep(20);
    t.equal(await handled(), 1);
  });
});
