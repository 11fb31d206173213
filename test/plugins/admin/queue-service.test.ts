import { test } from 'tap';
import { inOrganization } from '../../../services/storage/database.ts';
import { newUser } from '../../support/factories.ts';
import { sharedMovingApp } from '../../support/shared-admin.ts';

test('how callers fare in a queue that waits', async (t) => {
  const { database, clock, newOffice } = await sharedMovingApp(t);
  const office = await newOffice('acme');
  const { admin } = office;
  const ana = await newUser(office, 'Ana');
  const { body: queue } = await admin.post('/queues', { name: 'Sales' });
  const nobody = await admin.get(`/queues/${queue.id}/live`);
  t.match(nobody, {
    status: 200,
    body: {
      waiting: 0,
      longestWaitSeconds: null,
      callers: [],
      today: { entered: 0, averageWaitSeconds: null },
    },
  });

  // 10:00 in Madrid of tomorrow, so that yesterday and today are known.
  const morning = Date.parse(`${new Date(clock.now() + 86_400_000).toISOString().slice(0, 10)}T10:00:00Z`);
  clock.move(morning - clock.now());
  const organization_id = office.id;
  const ago = (seconds: number) => new Date(morning - seconds * 1_000);
  const wait = (call_id: string, entered: number, rest: object) => ({
    ...{ organization_id, call_id, step_id: 's1', queue_id: queue.id, carrier: 'pbx' as const, priority: 5 },
    ...{ entered_at: ago(entered), expires_at: ago(-600), seen_at: ago(0) },
    ...rest,
  });
  const answered = { state: 'answered' as const, answered_by: ana.id };
  await inOrganization(database, office.id, async (trx) => {
    await trx
      .insertInto('queue_wait')
      .values([
        wait('yesterday', 86_400, { ...answered, answered_at: ago(86_390), ended_at: ago(86_300) }),
        wait('soon', 900, { ...answered, answered_at: ago(890), ended_at: ago(800) }),
        wait('late', 800, { state: 'talking', answered_by: ana.id, answered_at: ago(740) }),
        wait('gone', 700, { state: 'abandoned', ended_at: ago(670) }),
        wait('sent-on', 600, { state: 'overflowed', reason: 'time', ended_at: ago(480) }),
        wait('gone-without', 590, { state: 'overflowed', reason: 'no-agent', ended_at: ago(580) }),
        wait('nobody-there', 580, { state: 'overflowed', reason: 'no-agent', ended_at: ago(580) }),
        wait('one-too-many', 570, { state: 'overflowed', reason: 'length', ended_at: ago(568) }),
        wait('about-to-leave', 3, { reason: 'length' }),
        wait('first', 90, {}),
        wait('second', 60, {}),
        wait('urgent', 30, { priority: 1 }),
      ])
      .execute();
    await trx
      .insertInto('queue_offer')
      .values({
        ...{
          organization_id,
          id: ana.id,
          call_id: 'urgent',
          step_id: 's1',
          queue_id: queue.id,
          user_id: ana.id,
        },
        ...{ devices: 1, offered_at: ago(5), expires_at: ago(-60) },
      })
      .execute();
  });

  const { status, body } = await admin.get(`/queues/${queue.id}/live`);
  t.equal(status, 200, JSON.stringify(body));
  t.match(body, {
    waiting: 3,
    callers: [
      { callId: 'urgent', priority: 1, offeredTo: [ana.id] },
      { callId: 'first', priority: 5, offeredTo: [] },
      { callId: 'second' },
    ],
    today: {
      withinSeconds: 20,
      ...{ entered: 11, answered: 2, answeredWithin: 1, abandoned: 1, overflowed: 4 },
      overflowedBy: { time: 1, length: 1, noAgent: 2 },
      averageWaitSeconds: 46,
      longestWaitSeconds: 120,
    },
  });
  const longest = Number(body.longestWaitSeconds);
  t.ok(longest >= 90 && longest < 100, `${longest} s`);
  t.match(await admin.get(`/queues/${queue.id}/live?within=60`), { body: { today: { answeredWithin: 2 } } });
  t.match(await admin.get(`/queues/${queue.id}/live?within=0`), { status: 400 });
  t.match(await admin.get(`/queues/${ana.id}/live`), { status: 404, body: { code: 'queue.not-found' } });
});
