import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import {
  changeOften,
  checkDelays,
  openOffice,
  request,
  show,
  untilWhole,
} from '../support/freshness-office.ts';
import { replicasWithRedis } from '../support/replicas.ts';

test('with Redis', async (t) => {
  const { redis, way, running } = await replicasWithRedis();
  const { here, there } = await running();
  // The one whose way to Postgres can fall silent is the one that hears of changes.
  const office = await openOffice({ here: there, there: here });

  await t.test('a change is in the very next call here, and in the others within 100 ms', async (t) => {
    checkDelays(t, await changeOften(t, office, 12));
  });

  await t.test('a call that one process began goes on in the other, and back', async (t) => {
    const { one, other, extension } = office;
    const route = { callId: 'traveller', from: '', extension };
    const begun = await request(one, 'POST', '/v1/route', route);
    t.strictSame(await request(other, 'POST', '/v1/route', route), begun, 'the same question elsewhere');
    const conflict = await request(other, 'POST', '/v1/route', { ...route, extension: '999' });
    t.match(conflict, { status: 409, body: { code: 'call.conflict' } });
    const path = '/v1/route/traveller/result';
    const next = await request(other, 'POST', path, { step: 's1', outcome: 'no-answer' });
    t.match(next, { status: 200, body: { next: { id: 's2', action: 'voicemail' } } });
    await sleep(50);
    const last = await request(one, 'POST', path, { step: 's2', outcome: 'completed' });
    t.match(last, { status: 200, body: { next: null } });
    t.strictSame(await request(one, 'POST', path, { step: 's1', outcome: 'no-answer' }), next);
  });

  await t.test('while Redis is frozen, a change is seen everywhere all the same', async (t) => {
    redis.signal('SIGSTOP');
    const frozen = await changeOften(t, office, 4);
    redis.signal('SIGCONT');
    t.ok((frozen.at(-1) ?? Infinity) <= 2_000, show(frozen));
  });

  await t.test(
    'while Redis is killed and comes back, a change is seen everywhere all the same',
    async (t) => {
      redis.signal('SIGKILL');
      await sleep(100);
      const without = await changeOften(t, office, 4);
      t.ok((without.at(-1) ?? Infinity) <= 2_000, show(without));
      await redis.restart();
      const back = await changeOften(t, office, 4);
      t.ok((back.at(-1) ?? Infinity) <= 2_000, show(back));
    },
  );

  await t.test(
    'a process that reaches Redis and not Postgres sees a change within two seconds',
    async (t) => {
      // Redis came back empty: what is changed from now on is in it again.
      for (const service of [office.one, office.other]) await untilWhole(service);
      await changeOften(t, office, 2);
      // What it writes of its calls is written by then: a transaction that falls silent holds its rows for ten seconds.
      await sleep(1_000);
      t.after(async () => {
        way.speak();
        await untilWhole(office.other);
      });
      way.fallSilent();
      const first = await changeOften(t, office, 1);
      t.ok((first.at(-1) ?? Infinity) <= 3_000, `while it finds out: ${show(first)}`);
      // The connections that read directories are three by now, and each is given up after two seconds, one after the
      // other: the first by the change above, the others by the poll.
      await sleep(5_500);
      const delays = await changeOften(t, office, 5);
      t.comment(show(delays));
      t.ok((delays.at(-1) ?? Infinity) <= 2_000, show(delays));
    },
  );
});
