import { sql } from 'kysely';
import { test } from 'tap';
import { sessionCookie } from '../../../plugins/admin/authentication.ts';
import { inOrganization } from '../../../services/storage/database.ts';
import {
  adminApp,
  client,
  type Doc,
  logIn,
  newOffice,
  newUser,
  password,
  publicUrl,
  send,
} from '../../support/factories.ts';
import { sharedMovingApp } from '../../support/shared-admin.ts';

type Opened = Doc & { readonly token: string; readonly mustChangePassword: boolean; readonly user: Doc };
const minute = 60_000;

test('passwords are stored as expensive to guess as OWASP asks', async (t) => {
  const { database, directories } = await sharedMovingApp(t);
  const { app } = await adminApp(t, { database, directories }, 'real');
  const office = await newOffice(app, 'real-passwords');
  await newUser(office, 'Ana');
  const rows = await inOrganization(database, office.id, (trx) =>
    trx.selectFrom('user').select('password_hash').execute(),
  );
  t.equal(rows.length, 2);
  for (const row of rows) t.match(row.password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  await logIn(app, office, 'ana');
});

test('sessions', async (suite) => {
  const { app, clock, database, newOffice } = await sharedMovingApp(suite);
  const office = await newOffice('acme');
  const other = await newOffice('other');
  const ana = await newUser(office, 'Ana');
  const cookieOf = (reply: { readonly headers: Readonly<Record<string, unknown>> }) =>
    String(reply.headers['set-cookie']).split(';')[0] ?? '';

  await suite.test('logging in answers a token, who one is, and a cookie for the console', async (t) => {
    const opened = await send<Opened>(app, 'POST', '/session', {
      login: 'ANA',
      password,
      organization: office.slug,
    });
    t.equal(opened.status, 201, JSON.stringify(opened.body));
    t.match(opened.body, { user: { id: ana.id, login: 'ana' }, mustChangePassword: false });
    t.match(opened.headers['set-cookie'], /HttpOnly; Secure; SameSite=Strict/);
    const me = client(app, opened.body.token);
    const session = await me.get<Doc>('/session');
    t.match(session, { status: 200, body: { user: { id: ana.id } } });
    t.same(session.body.permissions, [
      'labels.read',
      'profile.read',
      'profile.write',
      'profile.availability',
    ]);
    t.equal((await me.delete('/session')).status, 204);
    t.match(await me.get('/session'), { status: 401, body: { code: 'credential.invalid' } });
  });

  await suite.test(
    'unknown login, wrong password, wrong organization and no organization sound the same',
    async (t) => {
      const wrong = [
        { login: 'ana', password: 'not the password', organization: office.slug },
        { login: 'nobody', password, organization: office.slug },
        { login: 'ana', password, organization: 'nowhere' },
        { login: 'ana', password, organization: other.slug },
        { login: 'ana', password },
      ];
      const answers = new Set<string>();
      for (const body of wrong) {
        const { status, body: answer } = await send(app, 'POST', '/session', body);
        t.equal(status, 401);
        answers.add(JSON.stringify(answer));
      }
      t.equal(answers.size, 1);
    },
  );

  await suite.test('many failures make one wait, and lock nobody out elsewhere', async (t) => {
    await newUser(office, 'Bo');
    const attempt = (address: string, typed: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/session',
        remoteAddress: address,
        payload: { login: 'bo', password: typed, organization: office.slug },
      });
    const failed = await Promise.all(
      Array.from({ length: 12 }, () => attempt('192.0.2.1', 'a wrong password')),
    );
    t.ok(failed.some((reply) => reply.statusCode === 429));
    const limited = await attempt('192.0.2.1', password);
    t.equal(limited.statusCode, 429);
    t.ok(Number(limited.headers['retry-after']) > 0);
    t.equal((await attempt('192.0.2.2', password)).statusCode, 201, 'from elsewhere Bo still gets in');
    clock.move(minute);
    t.equal((await attempt('192.0.2.1', password)).statusCode, 201, 'after the wait too');
  });

  await suite.test('a session ends when idle, and after a day in any case', async (t) => {
    const idle = await logIn(app, office, 'ana');
    clock.move(8 * 60 * minute);
    t.equal((await idle.get('/session')).status, 401);
    const busy = await logIn(app, office, 'ana');
    for (let hours = 0; hours < 21; hours += 7) {
      clock.move(7 * 60 * minute);
      t.equal((await busy.get('/session')).status, 200, `after ${hours + 7} hours`);
    }
    clock.move(7 * 60 * minute);
    t.equal((await busy.get('/session')).status, 401);
  });

  await suite.test('a cookie counts only from our own site, and is renewed with the password', async (t) => {
    const opened = await send(app, 'POST', '/session', { login: 'ana', password, organization: office.slug });
    const cookie = cookieOf(opened);
    t.ok(cookie.startsWith(`${sessionCookie}=`));
    const path = `/users/${ana.id}`;
    const ours = { cookie, origin: publicUrl };
    t.equal((await send(app, 'GET', path, undefined, { cookie })).status, 200);
    t.equal((await send(app, 'PATCH', path, { firstName: 'Anna' }, ours)).status, 200);
    for (const origin of ['https://evil.example', 'null', `${publicUrl}.evil.example`]) {
      const reply = await send(app, 'PATCH', path, { firstName: 'Eve' }, { cookie, origin });
      t.match(reply, { status: 403, body: { code: 'origin.refused' } }, origin);
    }
    t.match(await send(app, 'PATCH', path, { firstName: 'Eve' }, { cookie }), { status: 403 });
    const confirmed = await send(app, 'POST', '/session/confirm', { password }, ours);
    t.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
    t.not(cookieOf(confirmed), cookie);
    t.equal(
      (await send(app, 'GET', path, undefined, { cookie })).status,
      401,
      'the former cookie is worth nothing',
    );
    t.equal((await send(app, 'GET', path, undefined, { cookie: cookieOf(confirmed) })).status, 200);
    const foreign = await send(
      app,
      'POST',
      '/session',
      { login: 'ana', password },
      { origin: 'https://evil.example' },
    );
    t.match(foreign, { status: 403, body: { code: 'origin.refused' } });
  });

  await suite.test(
    'sensitive acts want a fresh password from a session, and only the permission from a key',
    async (t) => {
      const root = await logIn(app, office, 'root');
      const bo = await newUser(office, 'Carla');
      clock.move(5 * minute + 1);
      const acts: readonly (readonly ['post' | 'patch', string, object, number])[] = [
        ['patch', `/users/${bo.id}`, { role: 'manager' }, 200],
        ['patch', `/users/${bo.id}`, { forwardAll: { type: 'external', number: '+14155550123' } }, 200],
        ['post', '/api-keys', { name: 'k', permissions: ['simulate'] }, 201],
        ['patch', '/organization', { forwarding: { countries: ['US', 'CA'] } }, 200],
      ];
      for (const [method, path, body] of acts) {
        t.match(
          await root[method](path, body),
          { status: 403, body: { code: 'session.reauthenticate' } },
          path,
        );
      }
      t.equal((await root.patch(`/users/${bo.id}`, { lastName: 'Ruiz' })).status, 200, 'nothing sensitive');
      t.match(await root.post('/session/confirm', { password: 'not this one' }), {
        status: 422,
        body: { code: 'password.wrong' },
      });
      const confirmed = await root.post<Opened>('/session/confirm', { password });
      t.equal(confirmed.body.token, root.token, 'a bearer token stays');
      for (const [method, path, body, good] of acts)
        t.equal((await root[method](path, body)).status, good, path);
      clock.move(5 * minute + 1);
      t.equal(
        (await root.patch(`/users/${bo.id}`, { firstName: 'Carlota' })).status,
        200,
        'a forward that is there is no new one',
      );
      t.equal((await office.admin.post('/api-keys', { name: 'k', permissions: ['simulate'] })).status, 201);
    },
  );

  await suite.test('a role that is taken away counts on open sessions at once', async (t) => {
    const dora = await newUser(office, 'Dora', { role: 'administrator' });
    const session = await logIn(app, office, 'dora');
    t.equal((await session.get('/users')).status, 200);
    await office.admin.patch(`/users/${dora.id}`, { role: 'agent' });
    t.match(await session.get('/users'), { status: 403, body: { permission: 'users.read' } });
  });

  await suite.test(
    'who is deactivated is out at once, and in again with the old password later',
    async (t) => {
      const eli = await newUser(office, 'Eli');
      const session = await logIn(app, office, 'eli');
      const gone = await office.admin.post(`/users/${eli.id}/deactivate`, {
        reassignTo: ana.id,
        temporary: false,
      });
      t.match(gone, { status: 200, body: { status: 'inactive', reassignedToUserId: ana.id } });
      t.equal((await session.get('/session')).status, 401);
      t.equal(
        (await send(app, 'POST', '/session', { login: 'eli', password, organization: office.slug })).status,
        401,
      );
      t.match(await office.admin.post(`/users/${eli.id}/deactivate`, {}), {
        status: 409,
        body: { code: 'user.status' },
      });
      const back = await office.admin.post<Doc>(`/users/${eli.id}/reactivate`, {});
      t.match(back, { status: 200, body: { status: 'active' } });
      t.equal(back.body.reassignedToUserId, undefined);
      t.equal((await session.get('/session')).status, 401, 'the session that ended stays ended');
      await logIn(app, office, 'eli');
    },
  );

  await suite.test('somebody invited cannot log in, and stays pending through it all', async (t) => {
    const made = await office.admin.post('/users', {
      kind: 'email',
      email: 'Fay@Example.com',
      firstName: 'Fay',
      lastName: 'Ray',
    });
    t.match(made, {
      status: 201,
      body: { status: 'pending', login: 'Fay@Example.com', email: 'Fay@Example.com' },
    });
    const again = { kind: 'email', email: 'fay@example.COM', firstName: 'F', lastName: 'R' };
    t.match(await office.admin.post('/users', again), { status: 409, body: { code: 'user.login-taken' } });
    const login = { login: 'fay@example.com', password, organization: office.slug };
    t.equal((await send(app, 'POST', '/session', login)).status, 401);
    await office.admin.post(`/users/${made.body.id}/deactivate`, {});
    t.match(await office.admin.post(`/users/${made.body.id}/reactivate`), {
      body: { status: 'pending' },
    });
    t.match(await office.admin.patch(`/users/${made.body.id}`, { login: 'x@example.com' }), { status: 422 });
  });

  await suite.test('a password that must be changed shuts every door but one', async (t) => {
    const gil = await newUser(office, 'Gil');
    const session = await logIn(app, office, 'gil');
    const second = await logIn(app, office, 'gil');
    await database.kysely.transaction().execute(async (trx) => {
      await sql`select set_config('app.organization_id', ${office.id}, true)`.execute(trx);
      await trx.updateTable('user').set({ must_change_password: true }).where('id', '=', gil.id).execute();
    });
    const refused = { status: 403, body: { code: 'password.change-required' } };
    t.match(await session.get(`/users/${gil.id}`), refused);
    t.match(await session.post('/session/confirm', { password }), refused);
    const fresh = 'another good long one';
    t.match(await session.post('/me/password', { current: 'wrong one, sorry', new: fresh }), {
      status: 422,
      body: { code: 'password.wrong' },
    });
    t.match(await session.post('/me/password', { current: password, new: 'short' }), {
      status: 422,
      body: { code: 'password.weak' },
    });
    t.match(await session.post('/me/password', { current: password, new: password }), { status: 422 });
    t.match(await session.post('/me/password', { current: password, new: fresh }), {
      status: 200,
      body: { id: gil.id },
    });
    t.equal((await session.get('/session')).status, 200);
    t.equal((await second.get('/session')).status, 401, 'every other session ended');
    t.match(await office.admin.post('/me/password', { current: password, new: fresh }), {
      status: 403,
      body: { code: 'session.required' },
    });
  });

  await suite.test('secrets are nowhere in the activity log', async (t) => {
    await database.kysely.transaction().execute(async (trx) => {
      await sql`select set_config('app.organization_id', ${office.id}, true)`.execute(trx);
      const rows = await trx.selectFrom('activity').selectAll().execute();
      const text = JSON.stringify(rows);
      t.ok(rows.length > 20);
      for (const secret of [password, office.key, 'argon2', 'lfs_']) t.notOk(text.includes(secret), secret);
    });
  });
});
