import { test } from 'tap';
import { brokenLinks, watch } from '../../support/live-client.ts';
import { bearer } from '../../support/live-events.ts';
import { newLiveOffice } from '../../support/live-office.ts';

test('what administrators do is told as it happens', async (suite) => {
  const office = await newLiveOffice();
  const { address, headers, admin } = office;
  const ana = await office.hire('Ana');
  const bo = await office.hire('Bo');

  await suite.test('D2.6 each activity is an event, with the snapshot before it', async (t) => {
    const client = await watch(t, address, headers);
    await client.subscribe(['activity']);
    const snapshot = await client.find(({ type }) => type === 'snapshot');
    t.match(snapshot.data, [
      { action: 'users.create', actor: { type: 'api-key' }, subject: { type: 'user', id: bo.id } },
      { action: 'users.create', subject: { id: ana.id } },
    ]);
    await admin.patch(`/users/${ana.id}`, { lastName: 'Vega' });
    const told = await client.find(({ name }) => name === 'activity.recorded');
    t.match(told.data, { action: 'users.change', subject: { type: 'user', id: ana.id } });
    t.strictSame(
      Object.keys(Object(told.data)).sort(),
      ['action', 'actor', 'id', 'subject'],
      'and nothing personal',
    );
    t.strictSame(Object.keys(Reflect.get(Object(told.data), 'actor')).sort(), ['id', 'type']);
    const { body } = await admin.get('/activity?limit=1');
    t.equal(body.data[0]?.id, Reflect.get(Object(told.data), 'id'), 'it is the one in the log');
    t.strictSame(brokenLinks(client.messages), []);
  });

  await suite.test('an agent hears of the own: what one does and what is done to one', async (t) => {
    const client = await watch(t, address, bearer(await office.logIn('ana')));
    await client.subscribe(['activity']);
    const snapshot = await client.find(({ type }) => type === 'snapshot');
    t.notOk(JSON.stringify(snapshot.data).includes(bo.id));
    await admin.patch(`/users/${bo.id}`, { lastName: 'Other' });
    await admin.patch(`/users/${ana.id}`, { lastName: 'Again' });
    await client.find(({ name }) => name === 'activity.recorded');
    t.strictSame(
      client.messages
        .filter(({ type }) => type === 'event')
        .map(({ data }) => Reflect.get(Reflect.get(Object(data), 'subject'), 'id')),
      [ana.id],
    );
  });

  await suite.test('a refusal is an activity, a login is one, and both are told', async (t) => {
    const client = await watch(t, address, headers);
    await client.subscribe(['activity']);
    const token = await office.logIn('bo');
    await client.find(({ data }) => Reflect.get(Object(data), 'action') === 'session.create');
    await office.app.inject({ url: '/v1/api-keys', headers: bearer(token) });
    const told = await client.find(({ data }) => Reflect.get(Object(data), 'action') === 'request.refuse');
    t.strictSame(Reflect.get(Object(told.data), 'actor'), { type: 'user', id: bo.id });
  });

  await suite.test('a job tells how it goes on, and coverage that the directory is another', async (t) => {
    const client = await watch(t, address, headers);
    await client.subscribe(['jobs', 'coverage']);
    const { status, body } = await admin.post('/users/bulk', {
      action: 'assignRole',
      value: 'manager',
      applyTo: { ids: [ana.id, bo.id] },
    });
    t.equal(status, 202);
    const done = await client.find(
      ({ name, data }) => name === 'job.changed' && Reflect.get(Object(data), 'state') === 'done',
    );
    t.match(done.data, { id: body.id, kind: 'users.bulk', total: 2, done: 2, failed: 0 });
    const covered = await client.find(({ name }) => name === 'coverage.changed');
    t.type(Reflect.get(Object(covered.data), 'version'), 'number');
    t.strictSame(brokenLinks(client.messages), []);
    const jobs = await watch(t, address, headers);
    await jobs.subscribe(['jobs', 'coverage']);
    // In the picture, or told after it: a picture serves all who come within a tenth of a second.
    const shown = jobs.messages.flatMap(({ data }) => (Array.isArray(data) ? data : [data]));
    t.match(shown.filter((job) => Reflect.get(Object(job), 'id') === body.id).at(-1), { state: 'done' });
  });

  await suite.test('what is rehearsed is told to nobody', async (t) => {
    const client = await watch(t, address, headers);
    await client.subscribe(['activity', 'jobs', 'coverage']);
    const { status } = await admin.post('/simulate', {
      to: { extension: '100' },
      change: { method: 'PATCH', path: `/v1/users/${ana.id}`, body: { lastName: 'Nobody' } },
    });
    t.ok(status > 0);
    const last = await office.tell({ topic: 'jobs', name: 'x', at: 1, data: {}, userIds: [], queueIds: [] });
    await client.find(({ seq, type }) => seq === last && type === 'event');
    t.equal(client.messages.filter(({ type }) => type === 'event').length, 1);
  });
});
