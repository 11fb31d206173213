import { test } from 'tap';
import type { Teardown } from '../../support/database.ts';
import type { Doc } from '../../support/factories.ts';
import { watch } from '../../support/live-client.ts';
import { bearer, callChanged } from '../../support/live-events.ts';
import { sharedLiveOffice } from '../../support/shared-admin.ts';

/** A call that nobody took is told to those who were rung, as they want to hear of it. */

test('A9 a missed call is an event, unless that is turned off or it is a quiet hour', async (suite) => {
  const office = await sharedLiveOffice();
  const { address, app, headers } = office;
  let calls = 0;
  const call = async (extension: unknown, outcome: string): Promise<string> => {
    calls += 1;
    const callId = `missed-${calls}`;
    const post = async (url: string, payload: object) => {
      const reply = await app.inject({ method: 'POST', url, headers, payload });
      if (reply.statusCode !== 200) throw new Error(reply.body);
    };
    await post('/v1/route', { callId, from: '+12125550142', extension });
    await post(`/v1/route/${callId}/result`, { step: 's1', outcome });
    return callId;
  };
  /** What the user hears of calls until this one is over, by name. */
  const heard = async (t: Teardown, user: Doc, run: () => Promise<string>) => {
    const client = await watch(t, address, bearer(await office.logIn(String(user.login))));
    await client.subscribe(['calls']);
    const callId = await run();
    const isEnd = ({ name, data }: { name?: string; data?: unknown }) =>
      name === 'call.changed' && Object(data).id === callId && Object(data).state === 'ended';
    await client.find(isEnd);
    // What is told with the end of the call comes in the same batch, behind it: so it is there when what came later is.
    const mark = `mark-${callId}`;
    await office.tell(callChanged(mark, [user.id]));
    await client.find(({ data }) => Object(data).id === mark);
    return client.messages.filter(({ name }) => name === 'call.missed').map(({ data }) => data);
  };

  await suite.test('to whom was rung', async (t) => {
    const ana = await office.hire('Ana', { login: 'missed-ana' });
    const missed = await heard(t, ana, () => call(ana.extension, 'canceled'));
    t.match(missed, [{ userId: ana.id, from: { value: '+12125550142' }, outcome: 'abandoned' }]);
    t.equal(missed.length, 1);
    t.same(await heard(t, ana, () => call(ana.extension, 'answered')), [], 'not of one that was taken');
  });

  await suite.test('not to who turned it off', async (t) => {
    const bo = await office.hire('Bo', { login: 'missed-bo' });
    const mobile = { ringApp: true, pushMissed: false, quietHours: null };
    t.match(await office.admin.patch(`/users/${bo.id}`, { mobile }), { status: 200 });
    t.same(await heard(t, bo, () => call(bo.extension, 'canceled')), []);
  });

  await suite.test('and not in quiet hours of the user’s own zone', async (t) => {
    const cleo = await office.hire('Cleo', { login: 'missed-cleo' });
    // An hour on each side of now, as it is in Tokyo.
    const hour = (shift: number) =>
      new Date(Date.now() + shift * 3_600_000).toLocaleTimeString('en-GB', {
        timeZone: 'Asia/Tokyo',
        hour: '2-digit',
        minute: '2-digit',
      });
    const quiet = { ringApp: true, pushMissed: true, quietHours: { from: hour(-1), to: hour(1) } };
    const loud = { ringApp: true, pushMissed: true, quietHours: { from: hour(2), to: hour(4) } };
    const path = `/users/${cleo.id}`;
    t.match(await office.admin.patch(path, { timeZone: 'Asia/Tokyo', mobile: quiet }), { status: 200 });
    t.same(await heard(t, cleo, () => call(cleo.extension, 'canceled')), []);
    t.match(await office.admin.patch(path, { mobile: loud }), { status: 200 });
    t.equal((await heard(t, cleo, () => call(cleo.extension, 'canceled'))).length, 1);
  });
});
