import { test } from 'tap';
import { covers } from '../../support/covers.ts';
import { client, type Doc, logIn, newUser, password, send } from '../../support/factories.ts';
import { sharedMailApp } from '../../support/shared-admin.ts';
import { tokenOf } from '../../support/smtp.ts';

const fresh = 'another good long one';

test('passwords', async (suite) => {
  const { app, clock, smtp, newOffice } = await sharedMailApp(suite);
  const office = await newOffice('acme');
  const other = await newOffice('other');
  const ana = await newUser(office, 'Ana', { email: 'ana@example.com' });
  const enter = (login: string, typed: string) =>
    send(app, 'POST', '/session', { login, password: typed, organization: office.slug });
  const forget = (login: string) =>
    send(app, 'POST', '/password/forgot', { login, organization: office.slug });
  const reset = (token: string, typed: string) =>
    send(app, 'POST', '/password/reset', { token, password: typed });
  const minute = 60_000;

  await suite.test(
    'B9 who forgot the password gets a link by mail, which works once',
    covers('B9', async (t) => {
      const session = await logIn(app, office, 'ana');
      t.equal((await forget('ANA')).status, 204);
      const mail = await smtp.next('ana@example.com');
      t.match(mail.text, 'https://linefinder.example/console/reset-password#token=');
      const token = tokenOf(mail);
      t.match(await reset(token, 'password'), { status: 422, body: { code: 'password.weak' } });
      t.equal((await reset(token, fresh)).status, 204);
      t.equal((await session.get('/session')).status, 401, 'sessions end');
      t.equal((await enter('ana', password)).status, 401);
      t.equal((await enter('ana', fresh)).status, 201);
      t.match(await reset(token, password), { status: 422, body: { code: 'token.invalid' } });
    }),
  );

  await suite.test('a reset link works for half an hour, and only the last one does', async (t) => {
    clock.move(20 * minute);
    await forget('ana@example.com');
    const first = tokenOf(await smtp.next('ana@example.com'));
    await forget('ana');
    const second = tokenOf(await smtp.next('ana@example.com'));
    t.match(await reset(first, password), { status: 422, body: { code: 'token.invalid' } });
    clock.move(30 * minute);
    t.match(await reset(second, password), { status: 422, body: { code: 'token.invalid' } });
  });

  await suite.test('the answer is the same for somebody who does not exist, and no mail comes', async (t) => {
    await newUser(office, 'Nora');
    clock.move(20 * minute);
    const before = smtp.received.length;
    const known = await forget('ana');
    for (const login of ['nobody', 'nora', 'nobody@example.com']) {
      const unknown = await forget(login);
      t.same([unknown.status, unknown.body], [known.status, known.body], login);
    }
    await smtp.next('ana@example.com');
    t.equal(smtp.received.length, before + 1);
  });

  await suite.test('nobody can flood a mailbox', async (t) => {
    clock.move(20 * minute);
    const before = smtp.received.length;
    for (let count = 0; count < 6; count += 1) t.equal((await forget('ana')).status, 204);
    for (let count = 0; count < 3; count += 1) await smtp.next('ana@example.com');
    t.equal(smtp.received.length, before + 3);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => forget(`x${at}`)));
    t.ok(
      answers.some(({ status }) => status === 429),
      'one address is slowed down',
    );
  });

  await suite.test(
    'A2 an administrator sends the reset mail to the registered address',
    covers('A2', async (t) => {
      const sent = await office.admin.post(`/users/${ana.id}/reset-password`, { method: 'mail' });
      t.match(sent, { status: 200, body: { method: 'mail', user: { id: ana.id }, password: undefined } });
      const token = tokenOf(await smtp.next('ana@example.com'));
      t.equal((await reset(token, password)).status, 204);
      t.equal((await enter('ana', password)).status, 201);
      const bo = await newUser(office, 'Bo');
      t.match(await office.admin.post(`/users/${bo.id}/reset-password`, { method: 'mail' }), {
        status: 409,
        body: { code: 'user.no-email' },
      });
    }),
  );

  await suite.test(
    'D2.3 a generated password is shown once, and a new one is asked for',
    covers('D2.3', async (t) => {
      const made = await office.admin.post<Doc & { password: string }>(
        `/users/${ana.id}/reset-password`,
        { method: 'generated' },
        { 'idempotency-key': 'reset-1' },
      );
      t.match(made, { status: 200, body: { mustChangePassword: true } });
      t.match(made.body.password, /^\w{5}-\w{5}-\w{5}-\w{5}$/);
      const repeat = await office.admin.post(
        `/users/${ana.id}/reset-password`,
        { method: 'generated' },
        { 'idempotency-key': 'reset-1' },
      );
      t.match(repeat, { status: 409, body: { code: 'idempotency.secret-shown' } });
      t.equal((await enter('ana', password)).status, 401);
      const opened = await enter('ana', made.body.password);
      t.match(opened, { status: 201, body: { mustChangePassword: true } });
      const session = client(app, String(opened.body.token));
      t.match(await session.get('/me'), { status: 403, body: { code: 'password.change-required' } });
      const own = { current: made.body.password, new: 'one that Ana chose herself' };
      t.equal((await session.post('/me/password', own)).status, 200);
      t.equal((await session.get('/me')).status, 200);
      t.equal((await enter('ana', made.body.password)).status, 401, 'it is worth nothing any more');
      const kept = await office.admin.post<Doc & { password: string }>(`/users/${ana.id}/reset-password`, {
        method: 'generated',
        mustChangePassword: false,
      });
      t.match(await enter('ana', kept.body.password), { status: 201, body: { mustChangePassword: false } });
    }),
  );

  await suite.test(
    'E4 an administrator types a new password',
    covers('E4', async (t) => {
      const path = `/users/${ana.id}/reset-password`;
      const typed = await office.admin.post(path, { method: 'typed', password: fresh });
      t.match(typed, {
        status: 200,
        body: { method: 'typed', mustChangePassword: true, password: undefined },
      });
      t.match(await enter('ana', fresh), { status: 201, body: { mustChangePassword: true } });
      t.match(await office.admin.post(path, { method: 'typed' }), { status: 422 });
      t.match(await office.admin.post(path, { method: 'generated', password: fresh }), { status: 422 });
      t.match(await office.admin.post(path, { method: 'typed', password: 'short' }), {
        status: 422,
        body: { code: 'password.weak' },
      });
    }),
  );

  await suite.test(
    'D3 a reset ends the sessions of the user at once',
    covers('D3', async (t) => {
      await office.admin.post(`/users/${ana.id}/reset-password`, {
        method: 'typed',
        password,
        mustChangePassword: false,
      });
      const one = await logIn(app, office, 'ana');
      const two = await logIn(app, office, 'ana');
      const reply = await office.admin.post(`/users/${ana.id}/reset-password`, {
        method: 'typed',
        password: fresh,
      });
      t.match(reply, { body: { endedSessions: 2 } });
      for (const session of [one, two]) t.equal((await session.get('/session')).status, 401);
    }),
  );

  await suite.test('D3 nobody gets in with the old password while it is being reset', async (t) => {
    const rita = await newUser(office, 'Rita');
    let typed = password;
    for (let round = 0; round < 4; round += 1) {
      const next = `the password of round ${round}`;
      const change = { method: 'typed', password: next, mustChangePassword: false };
      const resetting = office.admin.post(`/users/${rita.id}/reset-password`, change);
      const entering = Promise.all(Array.from({ length: 4 }, () => enter('rita', typed)));
      t.equal((await resetting).status, 200);
      for (const { status, body } of await entering) {
        if (status !== 201) t.equal(status, 401);
        else
          t.equal((await client(app, String(body.token)).get('/session')).status, 401, 'ended by the reset');
      }
      typed = next;
      clock.move(20 * minute);
    }
  });

  await suite.test('D3 a change of the password that was under way does not undo the reset', async (t) => {
    const sven = await newUser(office, 'Sven');
    const own = await logIn(app, office, 'sven');
    const [changed, done] = await Promise.all([
      own.post('/me/password', { current: password, new: 'what a thief would like' }),
      office.admin.post(`/users/${sven.id}/reset-password`, { method: 'typed', password: fresh }),
    ]);
    t.equal(done.status, 200);
    t.ok([200, 401, 403, 422].includes(changed.status), `${changed.status}`);
    t.match(await enter('sven', fresh), { status: 201, body: { mustChangePassword: true } });
    t.equal((await enter('sven', 'what a thief would like')).status, 401);
  });

  await suite.test('one logs in by user name or by the address', async (t) => {
    await newUser(office, 'Tove', { email: 'tove@example.com' });
    t.match(await enter('TOVE@example.com', password), { status: 201, body: { user: { login: 'tove' } } });
    const shadow = await newUser(office, 'Shadow', { login: 'eve@example.com' });
    await newUser(office, 'Eve', { email: 'eve@example.com' });
    t.match(await enter('eve@example.com', password), { status: 201, body: { user: { id: shadow.id } } });
  });

  await suite.test('the organization chooses the ways in which administrators reset', async (t) => {
    await office.admin.patch('/organization', { policies: { adminReset: ['mail'] } });
    const path = `/users/${ana.id}/reset-password`;
    for (const body of [{ method: 'generated' }, { method: 'typed', password: fresh }]) {
      t.match(await office.admin.post(path, body), {
        status: 409,
        body: { code: 'password.reset-refused' },
      });
    }
    t.equal((await office.admin.post(path, { method: 'mail' })).status, 200);
    await office.admin.patch('/organization', { policies: { adminReset: ['mail', 'generated', 'typed'] } });
  });

  await suite.test('nobody resets above themselves, elsewhere, or without a fresh password', async (t) => {
    const lead = await office.admin.post<Doc & { secret: string }>('/api-keys', {
      name: 'lead',
      permissions: ['users.read', 'users.reset'],
    });
    const small = { authorization: `Bearer ${lead.body.secret}` };
    const above = `/users/${office.administrator.id}/reset-password`;
    t.match(await send(app, 'POST', above, { method: 'generated' }, small), { status: 403 });
    t.equal((await other.admin.post(`/users/${ana.id}/reset-password`, { method: 'generated' })).status, 404);
    const root = await logIn(app, office, 'root');
    clock.move(5 * minute + 1);
    t.match(await root.post(`/users/${ana.id}/reset-password`, { method: 'generated' }), {
      status: 403,
      body: { code: 'session.reauthenticate' },
    });
  });
});
