import { generateSync } from 'otplib/functional';
import { test } from 'tap';
import { inOrganization } from '../../../services/storage/database.ts';
import { covers } from '../../support/covers.ts';
import { client, type Doc, logIn, newUser, password, send } from '../../support/factories.ts';
import { sharedMovingApp } from '../../support/shared-admin.ts';

type Enrolment = Doc & { readonly secret: string; readonly otpauthUrl: string; readonly qrCode: string };
type Verified = Doc & { readonly backupCodes: readonly string[] };

test('two-step verification', async (suite) => {
  const { app, clock, database, newOffice } = await sharedMovingApp(suite);
  const office = await newOffice('acme');
  const ana = await newUser(office, 'Ana');
  const enter = (login: string, code?: string) =>
    send<Doc & { token: string }>(app, 'POST', '/session', {
      login,
      password,
      organization: office.slug,
      ...(code === undefined ? {} : { code }),
    });
  const codeOf = (secret: string) => generateSync({ secret, epoch: Math.floor(clock.now() / 1000) });
  const nextStep = () => clock.move(30_000);
  let secret = '';
  let backup: readonly string[] = [];

  await suite.test('D2.4 a user turns two-step verification on with an authenticator', async (t) => {
    const session = await logIn(app, office, 'ana');
    t.match(await session.get('/me/two-step'), { body: { enabled: false, backupCodesLeft: 0 } });
    t.match(await session.post('/me/two-step/verify', { code: '123456' }), {
      status: 409,
      body: { code: 'two-step.off' },
    });
    const enrolment = await session.post<Enrolment>('/me/two-step');
    t.equal(enrolment.status, 201, JSON.stringify(enrolment.body));
    t.match(enrolment.body.otpauthUrl, /^otpauth:\/\/totp\/.*secret=/);
    t.match(enrolment.body.qrCode, /^data:image\/png;base64,/);
    secret = enrolment.body.secret;
    t.equal((await enter('ana')).status, 201, 'not on yet');
    t.match(await session.post('/me/two-step/verify', { code: 'abcdef' }), {
      status: 422,
      body: { code: 'code.wrong' },
    });
    const verified = await session.post<Verified>('/me/two-step/verify', { code: codeOf(secret) });
    t.match(verified, { status: 200, body: { enabled: true } });
    backup = verified.body.backupCodes;
    t.equal(new Set(backup).size, 10);
    t.match(await session.get('/me/two-step'), { body: { enabled: true, backupCodesLeft: 10 } });
    t.match(await session.post('/me/two-step'), { status: 409, body: { code: 'two-step.on' } });
  });

  await suite.test('D2.4 the login asks for a code, and takes each code once', async (t) => {
    t.match(await enter('ana'), { status: 401, body: { code: 'session.code-required' } });
    t.match(
      await send(app, 'POST', '/session', { login: 'ana', password: 'wrong', organization: office.slug }),
      { status: 401, body: { code: 'session.invalid-login' } },
      'who does not know the password is not told',
    );
    t.equal((await enter('ana', codeOf(secret))).status, 401, 'the code that turned it on is used up');
    nextStep();
    const code = codeOf(secret);
    const both = await Promise.all([enter('ana', code), enter('ana', code)]);
    t.same(both.map(({ status }) => status).sort(), [201, 401], 'two at the same moment: one gets in');
    t.equal((await enter('ana', code)).status, 401);
    nextStep();
    t.equal((await enter('ana', '000000')).status, 401);
  });

  await suite.test('D2.4 a backup code works instead, once', async (t) => {
    const [first = '', second = ''] = backup;
    const opened = await enter('ana', first.toUpperCase());
    t.equal(opened.status, 201, JSON.stringify(opened.body));
    t.equal((await enter('ana', first)).status, 401);
    const session = client(app, opened.body.token);
    t.match(await session.get('/me/two-step'), { body: { backupCodesLeft: 9 } });
    const renewed = await session.post<Verified>('/me/two-step/backup-codes');
    t.equal(renewed.status, 200);
    t.equal((await enter('ana', second)).status, 401, 'the former ones are gone');
    backup = renewed.body.backupCodes;
    t.equal((await enter('ana', backup[0])).status, 201);
  });

  await suite.test('typing the password again wants the code as well', async (t) => {
    clock.move(60_000);
    const opened = await enter('ana', codeOf(secret));
    const session = client(app, opened.body.token);
    clock.move(6 * 60_000);
    t.match(await session.delete('/me/two-step'), {
      status: 403,
      body: { code: 'session.reauthenticate' },
    });
    t.match(await session.post('/session/confirm', { password }), {
      status: 401,
      body: { code: 'session.code-required' },
    });
    t.match(await session.post('/session/confirm', { password, code: '000000' }), {
      status: 422,
      body: { code: 'code.wrong' },
    });
    t.equal((await session.post('/session/confirm', { password, code: codeOf(secret) })).status, 200);
  });

  await suite.test(
    'D2.4 an administrator resets it, only where it is on, and the user sets it up again',
    covers('D2.4', async (t) => {
      clock.move(60_000);
      const opened = await enter('ana', codeOf(secret));
      t.match(await office.admin.get(`/users/${ana.id}`), { body: { meta: { twoStep: true } } });
      const reset = await office.admin.post(`/users/${ana.id}/reset-two-step`);
      t.match(reset, { status: 200, body: { id: ana.id, meta: { twoStep: false } } });
      t.equal((await client(app, opened.body.token).get('/session')).status, 401, 'sessions end');
      t.match(await office.admin.post(`/users/${ana.id}/reset-two-step`), {
        status: 409,
        body: { code: 'two-step.off' },
      });
      const session = await logIn(app, office, 'ana');
      const again = await session.post<Enrolment>('/me/two-step');
      t.equal(again.status, 201);
      t.not(again.body.secret, secret);
      const verified = await session.post('/me/two-step/verify', { code: codeOf(again.body.secret) });
      t.equal(verified.status, 200);
      t.equal((await session.delete('/me/two-step')).status, 204);
      t.equal((await enter('ana')).status, 201);
    }),
  );

  await suite.test('an API key is nobody, and has no second step', async (t) => {
    t.match(await office.admin.post('/me/two-step'), { status: 403, body: { code: 'session.required' } });
  });

  await suite.test('secrets are kept sealed', async (t) => {
    const session = await logIn(app, office, 'ana');
    const { body } = await session.post<Enrolment>('/me/two-step');
    const rows = await inOrganization(database, office.id, (trx) =>
      trx.selectFrom('two_step').selectAll().execute(),
    );
    t.equal(rows.length, 1);
    t.notOk(JSON.stringify(rows).includes(body.secret));
  });
});
