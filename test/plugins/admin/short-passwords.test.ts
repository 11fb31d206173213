import { generateSync } from 'otplib/functional';
import { test } from 'tap';
import { client, type Doc, logIn, newUser, password, send } from '../../support/factories.ts';
import { sharedMovingApp } from '../../support/shared-admin.ts';

const short = 'kuvopami';
const long = 'another good long one';

test('a short password is enough together with two-step verification', async (suite) => {
  const { app, clock, newOffice } = await sharedMovingApp(suite);
  const office = await newOffice('acme');
  const codeOf = (secret: string) => generateSync({ secret, epoch: Math.floor(clock.now() / 1000) });
  const enter = (login: string, typed: string, code?: string) =>
    send<Doc & { token: string }>(app, 'POST', '/session', {
      login,
      password: typed,
      organization: office.slug,
      ...(code === undefined ? {} : { code }),
    });
  const change = (session: ReturnType<typeof client>, current: string, next: string) =>
    session.post('/me/password', { current, new: next });

  /** With two-step verification on, a minute later, so that the next code is a new one. */
  const guarded = async (name: string) => {
    const user = await newUser(office, name);
    const session = await logIn(app, office, name.toLowerCase());
    const { secret } = (await session.post<{ readonly secret: string }>('/me/two-step')).body;
    const verified = await session.post('/me/two-step/verify', { code: codeOf(secret) });
    if (verified.status !== 200) throw new Error(JSON.stringify(verified.body));
    clock.move(60_000);
    return { user, session, secret };
  };

  await suite.test('15 characters alone, and the refusal says how 8 would do', async (t) => {
    await newUser(office, 'Ana');
    const session = await logIn(app, office, 'ana');
    const refused = await change(session, password, short);
    t.match(refused, { status: 422, body: { code: 'password.weak', errors: [{ pointer: '/new' }] } });
    t.match(refused.body.detail, /at least 15 characters.*8.*two-step/);
    await session.post('/me/two-step');
    t.equal((await change(session, password, short)).status, 422, 'begun is not on');
  });

  await suite.test('8 with two-step verification on, and not one of the common ones', async (t) => {
    const { session } = await guarded('Bo');
    t.match(await change(session, password, 'kuvopam'), {
      status: 422,
      body: { detail: 'Use at least 8 characters.' },
    });
    t.match(await change(session, password, 'letmein123'), { status: 422, body: { code: 'password.weak' } });
    t.equal((await change(session, password, short)).status, 200);
    t.equal((await session.get('/me')).status, 200, 'nothing has to be changed');
  });

  await suite.test('who turns it off changes a short password before anything else', async (t) => {
    const { session, secret } = await guarded('Cy');
    await change(session, password, short);
    t.equal((await session.delete('/me/two-step')).status, 204);
    const refused = await session.get('/me');
    t.match(refused, { status: 403, body: { code: 'password.change-required' } });
    t.match(refused.body.detail, /fewer than 15 characters.*two-step/);
    t.match(await enter('cy', short, codeOf(secret)), { status: 201, body: { mustChangePassword: true } });
    t.equal((await change(session, short, 'mopavuki')).status, 422, 'another short one will not do');
    t.equal((await change(session, short, long)).status, 200);
    t.equal((await session.get('/me')).status, 200);
  });

  await suite.test('so does somebody whose second step an administrator takes away', async (t) => {
    const { user, session } = await guarded('Di');
    await change(session, password, short);
    t.equal((await office.admin.post(`/users/${user.id}/reset-two-step`)).status, 200);
    const opened = await enter('di', short);
    t.match(opened, { status: 201, body: { mustChangePassword: true } });
    const refused = await client(app, opened.body.token).get('/me');
    t.match(refused.body.detail, /fewer than 15 characters/);
    const { data } = (await office.admin.get(`/users/${user.id}/activity`)).body;
    t.match(
      data.find((row) => row.action === 'users.two-step.reset'),
      { after: { mustChangePassword: true } },
    );
  });

  await suite.test('a long password stays when two-step verification goes', async (t) => {
    const { session } = await guarded('Ed');
    t.equal((await session.delete('/me/two-step')).status, 204);
    t.equal((await session.get('/me')).status, 200);
  });

  await suite.test('an administrator may type a short one only for whom it is enough', async (t) => {
    const { user, secret } = await guarded('Fay');
    const without = await newUser(office, 'Gus');
    const typed = { method: 'typed', password: short, mustChangePassword: false };
    t.equal((await office.admin.post(`/users/${user.id}/reset-password`, typed)).status, 200);
    t.match(await enter('fay', short, codeOf(secret)), { status: 201, body: { mustChangePassword: false } });
    t.match(await office.admin.post(`/users/${without.id}/reset-password`, typed), {
      status: 422,
      body: { code: 'password.weak', errors: [{ pointer: '/password' }] },
    });
  });
});
