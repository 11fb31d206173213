import { test } from 'tap';
import { inOrganization } from '../../../services/storage/database.ts';
import { covers } from '../../support/covers.ts';
import { type Doc, logIn, newUser } from '../../support/factories.ts';
import { sharedMailApp } from '../../support/shared-admin.ts';

test('mail accounts', async (suite) => {
  const { app, clock, database, smtp, newOffice } = await sharedMailApp(suite);
  const office = await newOffice('acme', { name: 'The acme office' });
  const other = await newOffice('other');
  const ana = await newUser(office, 'Ana', { lastName: 'Ruiz', email: 'ana@home.example' });
  const path = `/users/${ana.id}`;
  const server = {
    host: '127.0.0.1',
    port: smtp.port,
    security: 'none',
    domain: 'example.com',
    login: 'office@example.com',
    password: 'the secret of the office',
  };
  const mail = (changes: object = {}) =>
    office.admin.post(`${path}/mail`, {
      to: 'customer@elsewhere.example',
      subject: 'Your offer, señora',
      text: 'Good morning.\n.\nAna',
      ...changes,
    });
  const received = () => smtp.next('customer@elsewhere.example');

  await suite.test('E9 there is no account before the organization has a server', async (t) => {
    t.match(await office.admin.get('/organization/mail'), { status: 404, body: { code: 'mail.not-found' } });
    t.match(await office.admin.put(`${path}/mail-accounts/default`, { localPart: 'ana', password: 'x' }), {
      status: 409,
      body: { code: 'mail.not-set' },
    });
    t.match(await mail(), { status: 201, body: { from: null } });
    t.equal((await received()).login, undefined, 'it leaves by the server of the installation');
  });

  await suite.test(
    'E9 the organization has its own server, and a test mail shows that it works',
    async (t) => {
      const set = await office.admin.put('/organization/mail', server);
      t.match(set, { status: 200, body: { host: '127.0.0.1', login: 'office@example.com', lastTest: null } });
      t.notOk(JSON.stringify(set.body).includes(server.password));
      t.match(await office.admin.post('/organization/mail/test', {}), { status: 422 });
      const test = await office.admin.post('/organization/mail/test', { to: 'root@example.com' });
      t.match(test, { status: 201, body: { status: 'waiting', to: 'root@example.com' } });
      const came = await smtp.next('root@example.com');
      t.match(came, {
        login: 'office@example.com',
        password: server.password,
        envelopeFrom: 'office@example.com',
      });
      t.match(came.headers.get('from'), 'The acme office <office@example.com>');
      const { password: _, ...same } = server;
      t.equal((await office.admin.put('/organization/mail', same)).status, 200, 'the password is kept');
      const elsewhere = await office.admin.put('/organization/mail', { ...same, host: 'evil.example' });
      t.match(
        elsewhere,
        { status: 422, body: { errors: [{ pointer: '/password' }] } },
        'but goes to no other host',
      );
      t.match(await office.admin.put('/organization/mail', { ...server, login: 'a@else.example' }), {
        status: 422,
      });
      t.equal((await other.admin.get('/organization/mail')).status, 404, 'the other organization has none');
    },
  );

  await suite.test(
    'E9 mail for a user is sent from the account of the user, shown by login, envelope and From',
    covers('E9', async (t) => {
      t.match(await mail(), { status: 201, body: { from: 'office@example.com' } });
      const before = await received();
      t.match(before, { login: 'office@example.com', envelopeFrom: 'office@example.com' });
      t.match(before.headers.get('from'), 'Ana Test <office@example.com>'.replace('Test', 'Ruiz'));
      t.match(before.headers.get('reply-to'), 'ana@home.example');

      const account = { localPart: 'ana.ruiz', password: 'the secret of Ana' };
      const set = await office.admin.put(`${path}/mail-accounts/default`, account);
      t.match(set, { status: 200, body: { campaign: 'default', address: 'ana.ruiz@example.com' } });
      t.match(await mail(), { status: 201, body: { from: 'ana.ruiz@example.com' } });
      const own = await received();
      t.match(own, {
        login: 'ana.ruiz@example.com',
        password: 'the secret of Ana',
        envelopeFrom: 'ana.ruiz@example.com',
        envelopeTo: ['customer@elsewhere.example'],
      });
      t.match(own.headers.get('from'), 'Ana Ruiz <ana.ruiz@example.com>');
      t.equal(own.headers.get('subject'), 'Your offer, señora');
      t.match(own.text.replaceAll('\r\n', '\n'), 'Good morning.\n.\nAna');
    }),
  );

  await suite.test('E9 a campaign has its own account, else the default one is used', async (t) => {
    const spring = (await office.admin.post('/campaigns', { name: 'Spring' })).body.id;
    const autumn = (await office.admin.post('/campaigns', { name: 'Autumn' })).body.id;
    t.match(await office.admin.post('/campaigns', { name: 'SPRING' }), { status: 409 });
    const own = `${path}/mail-accounts/${spring}`;
    const body = { address: 'spring@EXAMPLE.com', password: 'the secret of spring' };
    t.match(await office.admin.put(own, body), { status: 200, body: { address: 'spring@example.com' } });
    await mail({ campaign: spring });
    t.match(await received(), { login: 'spring@example.com', envelopeFrom: 'spring@example.com' });
    await mail({ campaign: autumn });
    t.match(await received(), { login: 'ana.ruiz@example.com' });
    const { body: list } = await office.admin.get(`${path}/mail-accounts`);
    t.match(list.data, [{ campaign: 'default' }, { campaign: spring }]);

    t.match(await office.admin.put(own, { address: 'a@else.example', password: 'x' }), {
      status: 422,
      body: { errors: [{ pointer: '/address', code: 'domain' }] },
    });
    t.match(
      await office.admin.put(own, { localPart: 'new.one' }),
      { status: 422 },
      'a password belongs to its address',
    );
    const changed = { localPart: 'spring', password: 'a new secret' };
    t.equal((await office.admin.put(own, changed)).status, 200);
    await mail({ campaign: spring });
    t.match(await received(), { login: 'spring@example.com', password: 'a new secret' });
    t.equal((await office.admin.delete(own)).status, 204);
    t.equal((await office.admin.delete(own)).status, 404);
    await mail({ campaign: spring });
    t.match(await received(), { login: 'ana.ruiz@example.com' });
    t.match(await mail({ campaign: other.id }), { status: 422 });
    t.equal((await office.admin.delete(`/campaigns/${spring}`)).status, 204);
  });

  await suite.test('E9 passwords are kept encrypted, and shown nowhere', async (t) => {
    const rows = await inOrganization(database, office.id, async (trx) => [
      ...(await trx.selectFrom('mail_account').selectAll().execute()),
      ...(await trx.selectFrom('organization_mail').selectAll().execute()),
      ...(await trx.selectFrom('activity').selectAll().execute()),
      ...(await trx.selectFrom('mail_message').selectAll().execute()),
    ]);
    const answers = [
      await office.admin.get('/organization/mail'),
      await office.admin.get(`${path}/mail-accounts`),
      await office.admin.get(path),
    ];
    const text = JSON.stringify([rows, answers]);
    for (const secret of ['the secret of', 'a new secret', 'Good morning']) {
      t.notOk(text.includes(secret), secret);
    }
  });

  await suite.test('a user has the own account and sends as nobody else', async (t) => {
    await newUser(office, 'Bo');
    const bo = await logIn(app, office, 'bo');
    const { body: session } = await bo.get<Doc & { user: Doc }>('/session');
    const self = `/users/${session.user.id}`;
    const account = { localPart: 'bo', password: 'the secret of Bo' };
    t.equal((await bo.put(`${self}/mail-accounts/default`, account)).status, 200);
    const wanted = { to: 'customer@elsewhere.example', subject: 'Hi', text: 'Hi' };
    t.equal((await bo.post(`${self}/mail`, wanted)).status, 201);
    t.match(await received(), { login: 'bo@example.com' });
    const refused = { status: 403, body: { code: 'permission.missing' } };
    t.match(await bo.post(`${path}/mail`, wanted), refused);
    t.match(await bo.put(`${path}/mail-accounts/default`, account), refused);
    t.match(await bo.put('/organization/mail', server), refused);
    t.equal((await other.admin.post(`${path}/mail`, wanted)).status, 404);
    t.match(await bo.post(`${self}/mail`, { ...wanted, subject: 'a\r\nBcc: x@example.com' }), {
      status: 422,
    });
  });

  await suite.test('the server wants a fresh password from a session', async (t) => {
    const root = await logIn(app, office, 'root');
    clock.move(5 * 60_000 + 1);
    t.match(await root.put('/organization/mail', server), {
      status: 403,
      body: { code: 'session.reauthenticate' },
    });
  });
});
