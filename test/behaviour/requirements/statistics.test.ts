import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { hire, openOffice } from '../../support/people.ts';

type Figures = {
  readonly offered: number;
  readonly handled: number;
  readonly missed: number;
  readonly abandoned: number;
  readonly handledInTime: number;
  readonly talkSeconds: number;
};
type Statistics = {
  readonly today: Figures;
  readonly last7Days: Figures;
  readonly last30Days: Figures;
};

const hour = 3_600_000;
const day = 24 * hour;
/** Noon in New York, the zone of the demo organization, so that an hour more or less is the same day. */
const noon = Date.parse('2026-06-01T16:00:00Z');

test('calls handled', async (suite) => {
  let moved = noon - Date.now();
  const clock = { now: () => Date.now() + moved };
  const office = await openOffice(suite, { clock });
  const { admin, app, headers } = office;
  const ana = await hire(office, 'Ana');
  const bo = await hire(office, 'Bo');
  const sales = (await admin.post('/queues', { name: 'Sales', strategy: 'all', ringSeconds: 20 })).body;
  const members = [ana, bo].map(({ id }) => ({ userId: id, priority: 1 }));
  await admin.put(`/queues/${sales.id}/members`, { members });
  await admin.post('/numbers', { number: '+12025550961', target: { type: 'queue', id: sales.id } });
  await admin.post('/numbers', { number: '+12025550962', target: { type: 'user', id: ana.id } });

  let calls = 0;
  const post = async (url: string, payload: object) => {
    const reply = await app.inject({ method: 'POST', url, headers, payload });
    if (reply.statusCode !== 200) throw new Error(reply.body);
    return reply.json();
  };
  /** A call whose first step ends like this, so many seconds later; told twice, as exchanges do. */
  const call = async (to: string, seconds: number, result: object) => {
    calls += 1;
    const callId = `b10-${calls}`;
    const { steps } = await post('/v1/route', { callId, from: '+12125550142', to });
    moved += seconds * 1_000;
    const ended = { step: steps[0].id, ...result };
    await post(`/v1/route/${callId}/result`, ended);
    await post(`/v1/route/${callId}/result`, ended);
    return callId;
  };
  /** Records are written behind the answers: the figures until they are these, or as they are after five seconds. */
  const statistics = async (path: string, until: (found: Statistics) => boolean) => {
    const deadline = performance.now() + 5_000;
    for (;;) {
      const { body } = await admin.get<Statistics>(`${path}/statistics`);
      if (until(body) || performance.now() > deadline) return body;
      await sleep(20);
    }
  };

  await suite.test(
    'B10 calls handled are counted per user and queue: today, in 7 and in 30 days',
    async (t) => {
      await call('+12025550961', 5, { outcome: 'answered', answeredBy: ana.id });
      await call('+12025550961', 25, { outcome: 'answered', answeredBy: ana.id });
      await call('+12025550961', 4, { outcome: 'answered', answeredBy: bo.id });
      await call('+12025550961', 9, { outcome: 'canceled' });
      await call('+12025550962', 3, { outcome: 'answered', answeredBy: ana.id });
      await call('+12025550962', 2, { outcome: 'canceled' });

      const queue = await statistics(
        `/queues/${sales.id}`,
        ({ today }) => today.handled + today.abandoned === 4,
      );
      t.match(queue.today, { offered: 4, handled: 3, missed: 0, abandoned: 1, handledInTime: 2 });
      const own = await statistics(
        `/users/${ana.id}`,
        ({ today }) => today.handled === 3 && today.abandoned === 2,
      );
      t.match(own.today, { offered: 6, handled: 3, missed: 2, abandoned: 2, handledInTime: 2 });
      t.match(own, { last7Days: { handled: 3 }, last30Days: { handled: 3 } });
      t.match((await statistics(`/users/${bo.id}`, ({ today }) => today.missed === 1)).today, {
        offered: 4,
        handled: 1,
        missed: 1,
      });

      const gone = '019aa000-0000-7000-8000-000000000000';
      const { body: list } = await admin.get(`/statistics?users=${bo.id},${ana.id},${gone}`);
      t.match(list, {
        organization: { today: { offered: 6, handled: 4, missed: 0, abandoned: 2 } },
        users: [
          { userId: bo.id, last7Days: { handled: 1 } },
          { userId: ana.id, last7Days: { handled: 3 } },
        ],
      });
      t.match(await admin.get('/statistics?users=ana'), { status: 400 });

      moved += day;
      await call('+12025550962', 3, { outcome: 'answered', answeredBy: ana.id });
      const next = await statistics(`/users/${ana.id}`, ({ today }) => today.handled === 1);
      t.match(next, { today: { handled: 1 }, last7Days: { handled: 4 }, last30Days: { handled: 4 } });
      moved += 6 * day;
      const week = await statistics(`/users/${ana.id}`, () => true);
      t.match(week, { today: { handled: 0 }, last7Days: { handled: 1 }, last30Days: { handled: 4 } });
      moved += 23 * day;
      const month = await statistics(`/users/${ana.id}`, () => true);
      t.match(month, { last7Days: { handled: 0 }, last30Days: { handled: 1 } });
    },
  );

  await suite.test('B10 the day is that of the organization’s zone', async (t) => {
    moved += 10 * hour + 1 * hour; // 23:00 in New York, the next day in UTC.
    await call('+12025550962', 3, { outcome: 'answered', answeredBy: ana.id });
    t.match(await statistics(`/users/${ana.id}`, ({ today }) => today.handled === 1), {
      today: { handled: 1 },
    });
    moved += 2 * hour;
    t.match(await statistics(`/users/${ana.id}`, () => true), { today: { handled: 0 } });
    await admin.patch('/organization', { timeZone: 'America/Los_Angeles' });
    t.match(await statistics(`/users/${ana.id}`, () => true), { today: { handled: 1 } });
  });

  await suite.test('B10 the statistics can be switched off, and nothing is lost by it', async (t) => {
    await admin.patch('/organization', { policies: { statistics: false } });
    for (const path of [`/users/${ana.id}`, `/queues/${sales.id}`, '']) {
      t.match(await admin.get(`${path}/statistics`), { status: 403, body: { code: 'statistics.off' } });
    }
    await call('+12025550962', 3, { outcome: 'answered', answeredBy: ana.id });
    await admin.patch('/organization', { policies: { statistics: true } });
    t.match(await statistics(`/users/${ana.id}`, ({ today }) => today.handled === 2), {
      today: { handled: 2 },
    });
  });

  await suite.test('the same calls are in the list, with who took them', async (t) => {
    const { body } = await admin.get(`/calls?user=${bo.id}`);
    t.match(
      body.data.map((one) => [one.outcome, one.queue]),
      [
        ['abandoned', { id: sales.id, name: 'Sales' }],
        ['answered', { id: sales.id }],
        ['answered', { id: sales.id }],
        ['answered', { id: sales.id }],
      ],
    );
    const first = body.data.at(-1)?.id;
    const { body: told } = await admin.get(`/calls/${first}`);
    t.match(told, { answeredBy: { id: ana.id, name: 'Ana Test' }, from: { value: '+12125550142' } });
    t.match(JSON.stringify(told.trace), /Sales rings Ana Test, Bo Test/);
  });
});
