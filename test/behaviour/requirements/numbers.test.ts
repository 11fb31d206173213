import { test } from 'tap';
import { covers } from '../../support/covers.ts';
import { type Doc, newUser } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

type Simulated = Doc & { readonly answeredBy: { readonly id: string; readonly type: string } | null };

test('numbers and extensions', async (suite) => {
  const { newOffice } = await sharedApp(suite);
  const office = await newOffice('acme');
  const other = await newOffice('other');
  const ana = await newUser(office, 'Ana');
  const bo = await newUser(office, 'Bo');
  const answers = async (to: string) =>
    (await office.admin.post<Simulated>('/simulate', { to, from: '+14155550199' })).body.answeredBy?.id;
  const listed = async (query: string) =>
    (await office.admin.get(`/numbers${query}`)).body.data.map((number) => number.number);

  await suite.test(
    'C2 from the side of the user: choose among the available numbers, for a user, department or queue',
    covers('C2', async (t) => {
      for (const number of ['+14155550100', '+14155550101', '+14155550102'])
        await office.admin.post('/numbers', { number });
      const available = await office.admin.get('/numbers?assigned=false');
      t.equal(available.body.data.length, 3);
      const [first, second, third] = available.body.data;
      t.equal(
        (await office.admin.put(`/numbers/${first?.id}/target`, { type: 'user', id: ana.id })).status,
        200,
      );
      const sales = await office.admin.post('/queues', { name: 'Sales', kind: 'department' });
      const north = await office.admin.post('/queues', {
        name: 'North',
        kind: 'department',
        parentQueueId: sales.body.id,
      });
      t.equal(north.status, 201, 'a department has sub-departments');
      await office.admin.put(`/queues/${north.body.id}/members`, {
        members: [{ userId: bo.id, priority: 1 }],
      });
      t.equal(
        (await office.admin.put(`/numbers/${second?.id}/target`, { type: 'queue', id: north.body.id }))
          .status,
        200,
      );
      t.same(await listed('?assigned=false'), ['+14155550102']);
      t.same(await listed('?assigned=true'), ['+14155550100', '+14155550101']);
      t.same(await listed(`?target=user:${ana.id}`), ['+14155550100'], 'the numbers of one user');
      t.same(await listed(`?target=queue:${north.body.id}`), ['+14155550101']);
      t.equal((await office.admin.get('/numbers?target=ana')).status, 400);
      t.equal(await answers('+14155550100'), ana.id);
      t.equal(await answers('+14155550101'), north.body.id);
      t.equal((await office.admin.delete(`/numbers/${first?.id}/target`)).status, 204);
      t.same(await listed('?assigned=false'), ['+14155550100', '+14155550102'], 'free again');
      t.equal((await other.admin.put(`/numbers/${third?.id}/target`, { type: 'hangup' })).status, 404);
    }),
  );

  await suite.test(
    'C3 from the side of the number: choose the user or queue',
    covers('C3', async (t) => {
      const number = await office.admin.post('/numbers', {
        number: '+14155550110',
        target: { type: 'user', id: ana.id },
      });
      t.equal(await answers('+14155550110'), ana.id);
      const moved = await office.admin.put(`/numbers/${number.body.id}/target`, { type: 'user', id: bo.id });
      t.match(moved, { status: 200, body: { target: { type: 'user', id: bo.id } } });
      t.equal(await answers('+14155550110'), bo.id, 'the very next call');
      const queue = await office.admin.post('/queues', { name: 'Support' });
      await office.admin.put(`/queues/${queue.body.id}/members`, {
        members: [{ userId: ana.id, priority: 1 }],
      });
      await office.admin.patch(`/numbers/${number.body.id}`, {
        target: { type: 'queue', id: queue.body.id },
      });
      t.equal(await answers('+14155550110'), queue.body.id);
      const theirs = await newUser(other, 'Eve');
      t.match(await office.admin.put(`/numbers/${number.body.id}/target`, { type: 'user', id: theirs.id }), {
        status: 422,
        body: { errors: [{ pointer: '/target/id' }] },
      });
    }),
  );

  await suite.test(
    'C8 users and queues each have an extension, unique in the organization',
    covers('C8', async (t) => {
      const anaNow = await office.admin.get<Doc & { extension: string }>(`/users/${ana.id}`);
      const { extension } = anaNow.body;
      const queue = await office.admin.post<Doc & { extension: string }>('/queues', {
        name: 'Desk',
        extension: '4711',
      });
      t.match(queue, { status: 201, body: { extension: '4711' } });
      await office.admin.put(`/queues/${queue.body.id}/members`, {
        members: [{ userId: bo.id, priority: 1 }],
      });
      const taken = { status: 409, body: { code: 'extension.taken', errors: [{ pointer: '/extension' }] } };
      t.match(await office.admin.patch(`/users/${bo.id}`, { extension }), taken);
      t.match(await office.admin.patch(`/users/${bo.id}`, { extension: '4711' }), taken);
      t.match(await office.admin.post('/queues', { name: 'Other desk', extension }), taken);
      const dial = (to: string) => office.admin.post<Simulated>('/simulate', { extension: to });
      t.match((await dial(extension)).body.answeredBy, { type: 'user', id: ana.id });
      t.match((await dial('4711')).body.answeredBy, { type: 'queue', id: queue.body.id });
      const free = await office.admin.get<Doc & { nextFree: string }>('/extensions?limit=100');
      const owners = new Map(free.body.data.map((one) => [one.extension, one.owner]));
      t.match(owners.get(extension), { type: 'user', id: ana.id });
      t.match(owners.get('4711'), { type: 'queue', id: queue.body.id });
      t.match(free.body.nextFree, /^\d{2,8}$/);
      t.notOk(owners.has(free.body.nextFree), 'the next free one is free');
      const next = await office.admin.post('/queues', { name: 'Next desk' });
      t.equal(next.body.extension, free.body.nextFree, 'and the next to come gets it');
      t.equal(
        (await other.admin.post('/queues', { name: 'Desk', extension: '4711' })).status,
        201,
        'in another organization it is',
      );
    }),
  );

  await suite.test('E5 the extension of a user changes, and the call follows', async (t) => {
    t.match(await office.admin.patch(`/users/${bo.id}`, { extension: '5544' }), {
      status: 200,
      body: { extension: '5544' },
    });
    const dialled = await office.admin.post<Simulated>('/simulate', { extension: '5544' });
    t.equal(dialled.body.answeredBy?.id, bo.id);
  });

  await suite.test('E7 the caller id is shown on the profile and set on the number', async (t) => {
    const number = await office.admin.post('/numbers', { number: '+14155550120', callerIdFor: [ana.id] });
    t.match(number, { status: 201, body: { callerIdFor: [ana.id] } });
    t.match(await office.admin.get(`/users/${ana.id}`), { body: { callerId: '+14155550120' } });
    t.match(await office.admin.patch(`/users/${ana.id}`, { callerId: '+14155550100' }), {
      status: 422,
      body: { errors: [{ pointer: '/callerId' }] },
    });
    const me = await office.admin.get<Doc & { meta: { editableFields: readonly string[] } }>(
      `/users/${ana.id}`,
    );
    t.notOk(me.body.meta.editableFields.includes('callerId'));
    const second = await office.admin.post('/numbers', { number: '+14155550121', callerIdFor: [ana.id] });
    t.match(await office.admin.get(`/users/${ana.id}`), { body: { callerId: '+14155550121' } });
    t.match(await office.admin.get(`/numbers/${number.body.id}`), { body: { callerIdFor: [] } });
    await office.admin.patch(`/numbers/${second.body.id}`, { callerIdFor: [] });
    t.match(await office.admin.get(`/users/${ana.id}`), { body: { callerId: null } });
  });
});
