import { test } from 'tap';
import { adminApp, newOffice, newUser } from '../../support/factories.ts';

test('a user is made with the defaults of the organization, read, changed and found', async (t) => {
  const { app } = await adminApp(t);
  const office = await newOffice(app, 'acme');
  const ana = await newUser(office, 'Ana', { lastName: 'Núñez-Ortega' });
  t.match(ana, {
    kind: 'username',
    role: 'agent',
    status: 'active',
    extension: '201',
    timeZone: 'Europe/Madrid',
    ringSeconds: 20,
    callLimit: null,
    forwardAll: null,
    devices: [{ kind: 'sip', address: 'sip:201@acme.pbx.example', enabled: true }],
    ifUnavailable: { action: 'voicemail' },
  });
  const read = await office.admin.get(`/users/${ana.id}`);
  t.equal(read.status, 200);
  t.same(read.body, ana);
  const changed = await office.admin.patch(`/users/${ana.id}`, {
    extension: '314',
    timeZone: 'Asia/Kathmandu',
  });
  t.equal(changed.status, 200, JSON.stringify(changed.body));
  t.match(changed.body, {
    extension: '314',
    timeZone: 'Asia/Kathmandu',
    devices: [{ address: 'sip:314@acme.pbx.example' }],
  });
  const found = await office.admin.get('/users?q=nunez%20an');
  t.same(
    found.body.data.map((user) => user.id),
    [ana.id],
  );
});
