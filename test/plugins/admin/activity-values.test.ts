import { test } from 'tap';
import { newUser } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

test('the activity log', async (suite) => {
  const { newOffice } = await sharedApp(suite);
  const { admin, ...office } = await newOffice('acme');
  const actionsFor = async (q: string) => {
    const { body } = await admin.get(`/activity?q=${encodeURIComponent(q)}`);
    return body.data.map((row) => row.action);
  };

  await suite.test('is searched for all words, wherever each of them is', async (t) => {
    const ana = await newUser({ ...office, admin }, 'Ana');
    const bo = await newUser({ ...office, admin }, 'Bo');
    await admin.patch(`/users/${ana.id}`, { ringSeconds: 33 });
    await admin.patch(`/users/${bo.id}`, { ringSeconds: 44 });
    t.same(await actionsFor('ana ringSeconds'), ['users.change', 'users.create']);
    t.same(await actionsFor('users.change ana'), ['users.change']);
    t.same(await actionsFor('users.change  44'), ['users.change']);
    t.same(await actionsFor('ana 44'), []);
  });

  await suite.test('says nothing of a lead any more when the lead is deleted', async (t) => {
    const { body: lead } = await admin.post(
      '/leads',
      { name: 'Wilhelmina Brandt', numbers: ['+12125550160'] },
      { 'idempotency-key': 'lead-1' },
    );
    await admin.patch(`/leads/${lead.id}`, { name: 'Wilhelmina Brandt-Oster' });
    const before = (await admin.get('/activity?limit=100')).body;
    t.match(JSON.stringify(before), /Wilhelmina Brandt-Oster.*Wilhelmina Brandt/s);
    t.equal((await admin.delete(`/leads/${lead.id}`)).status, 204);
    const { body } = await admin.get(`/activity?subject=${lead.id}`);
    t.same(
      body.data.map((row) => row.action),
      ['leads.delete', 'leads.change', 'leads.create'],
      'the rows stay',
    );
    t.notMatch(JSON.stringify(body), /Wilhelmina|12125550160/);
    t.same(await actionsFor('Wilhelmina'), []);
  });
});
