import { test } from 'tap';
import { everyPermission, permissions } from '../../../plugins/admin/access.ts';
import { client, logIn, newUser } from '../../support/factories.ts';
import { sharedApp, sharedLiveOffice } from '../../support/shared-admin.ts';

type Made = { readonly secret: string; readonly permissions: readonly string[] };

test('a key with every permission has those of later releases too', async (t) => {
  const { app, newOffice } = await sharedApp(t);
  const office = await newOffice('acme');
  const { data } = (await office.admin.get('/api-keys')).body;
  t.match(
    data,
    [{ name: 'Administrator', permissions: [everyPermission] }],
    'the first key of an organization',
  );
  const all = await office.admin.post<Made>('/api-keys', { name: 'All', permissions: ['users.read', '*'] });
  t.match(all, { status: 201, body: { permissions: [everyPermission] } });
  t.equal((await client(app, all.body.secret).get('/organization')).status, 200);
  const one = await office.admin.post<Made>('/api-keys', { name: 'One', permissions: ['api-keys.write'] });
  t.match(
    await client(app, one.body.secret).post('/api-keys', { name: 'More', permissions: ['*'] }),
    { status: 403, body: { permission: permissions[0] } },
    'nobody grants above themselves',
  );
  t.equal(
    (await office.admin.post('/groups', { name: 'G', permissions: ['*'] })).status,
    422,
    'of keys alone',
  );
});

test('the key of the settings may ask where calls go, and do everything else', async (t) => {
  const { app, headers } = await sharedLiveOffice();
  const call = { callId: 'k1', from: '+12125550142', extension: '201' };
  t.equal((await app.inject({ method: 'POST', url: '/v1/route', headers, payload: call })).statusCode, 200);
  t.equal((await app.inject({ url: '/v1/activity', headers })).statusCode, 200);
});

test('an agent sees the names of skills, tags and desks, and changes none', async (t) => {
  const { app, newOffice } = await sharedApp(t);
  const office = await newOffice('acme');
  await office.admin.post('/skills', { name: 'Spanish' });
  await newUser(office, 'Ana');
  const session = await logIn(app, office, 'ana');
  t.match(await session.get('/skills'), { status: 200, body: { data: [{ name: 'Spanish' }] } });
  t.match(await session.post('/skills', { name: 'French' }), {
    status: 403,
    body: { permission: 'labels.write' },
  });
});
