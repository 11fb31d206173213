import { test } from 'tap';
import { sharedApp } from '../../support/shared-admin.ts';

test('a queue lets callers wait, by its settings', async (t) => {
  const { newOffice } = await sharedApp(t);
  const { admin } = await newOffice('waiters');
  const overflow = { type: 'announcement', text: 'Too many.' };
  const { body: queue } = await admin.post('/queues', {
    name: 'Hotline',
    waiting: { maxWaitSeconds: 120, overflow },
  });
  const whole = { maxWaitSeconds: 120, maxWaiting: 50, priority: 50, overflow };
  t.match(queue, { waiting: whole });
  const path = `/queues/${queue.id}`;

  await t.test('one setting is changed, the others stay', async (t) => {
    const { status, body } = await admin.patch(path, { waiting: { maxWaiting: 3 } });
    t.match({ status, body }, { status: 200, body: { waiting: { ...whole, maxWaiting: 3 } } });
    t.match((await admin.get(path)).body, { waiting: { maxWaiting: 3, priority: 50 } });
  });

  const refused: readonly (readonly [string, object, string])[] = [
    ['a wait of no time', { maxWaitSeconds: 0 }, '/waiting/maxWaitSeconds'],
    ['nobody who may wait', { maxWaiting: 0 }, '/waiting/maxWaiting'],
    ['a priority of none', { priority: 101 }, '/waiting/priority'],
    ['an unknown setting', { music: 'x' }, '/waiting/music'],
    ['the queue as its own overflow', { overflow: { type: 'queue', id: queue.id } }, '/waiting/overflow/id'],
    [
      'an overflow that is not there',
      { overflow: { type: 'user', id: '019aa000-0000-7000-8000-000000000000' } },
      '/waiting/overflow/id',
    ],
  ];
  for (const [name, waiting, pointer] of refused) {
    await t.test(`${name} is refused`, async (t) => {
      t.match(await admin.patch(path, { waiting }), { status: 422, body: { errors: [{ pointer }] } });
    });
  }

  await t.test('a queue that another overflows to cannot be deleted', async (t) => {
    const { body: other } = await admin.post('/queues', { name: 'Second line' });
    await admin.patch(path, { waiting: { overflow: { type: 'queue', id: other.id } } });
    t.match(await admin.delete(`/queues/${other.id}`), { status: 409, body: { code: 'queue.in-use' } });
  });

  await t.test('null: nobody waits', async (t) => {
    t.match(await admin.patch(path, { waiting: null }), { status: 200, body: { waiting: null } });
  });

  await t.test('a number has a priority of its own', async (t) => {
    const { body } = await admin.post('/numbers', { number: '+14155550180', waitingPriority: 1 });
    t.match(body, { waitingPriority: 1 });
    const cleared = await admin.patch(`/numbers/${body.id}`, { waitingPriority: null });
    t.match(cleared, { status: 200, body: { waitingPriority: null } });
    t.match(await admin.patch(`/numbers/${body.id}`, { waitingPriority: 0 }), { status: 422 });
  });
});
