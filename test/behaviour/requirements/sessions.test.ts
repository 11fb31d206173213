import { test } from 'tap';
import { covers } from '../../support/covers.ts';
import { type Doc, logIn, newUser } from '../../support/factories.ts';
import { sharedMovingApp } from '../../support/shared-admin.ts';

test('sessions', async (suite) => {
  const { app, clock, newOffice } = await sharedMovingApp(suite);
  const office = await newOffice('acme');
  const other = await newOffice('other');
  const ana = await newUser(office, 'Ana');
  await newUser(office, 'Bo');
  const idsOf = async (reply: Promise<{ readonly body: Doc }>) =>
    (await reply).body.data.map((one) => one.id);

  await suite.test(
    'D2.2 the sessions of one user and of everybody are listed',
    covers('D2.2', async (t) => {
      const one = await logIn(app, office, 'ana');
      await logIn(app, office, 'ana');
      const bo = await logIn(app, office, 'bo');
      const { status, body } = await office.admin.get(`/users/${ana.id}/sessions`);
      t.equal(status, 200);
      t.equal(body.data.length, 2);
      t.match(body.data[0], { user: { id: ana.id, login: 'ana' }, address: '127.0.0.1', current: false });
      t.equal((await office.admin.get('/sessions')).body.data.length, 3);
      t.match(
        (await one.get('/me/sessions')).body.data.map(({ current }) => current),
        [false, true],
      );
      t.match(await bo.get('/sessions'), { status: 403 });
      t.match(await bo.get(`/users/${ana.id}/sessions`), { status: 403 });
      t.same(await idsOf(other.admin.get('/sessions')), []);
      t.equal((await other.admin.get(`/users/${ana.id}/sessions`)).status, 404);
    }),
  );

  await suite.test(
    'D2.2 one session is ended, all of a user, and all there are',
    covers('D2.2/1', async (t) => {
      await office.admin.delete('/sessions');
      const [one, two, bo] = [
        await logIn(app, office, 'ana'),
        await logIn(app, office, 'ana'),
        await logIn(app, office, 'bo'),
      ];
      const [latest = '', first = ''] = await idsOf(office.admin.get(`/users/${ana.id}/sessions`));
      t.equal((await office.admin.delete(`/users/${ana.id}/sessions/${first}`)).status, 204);
      t.equal((await one.get('/session')).status, 401);
      t.equal((await two.get('/session')).status, 200);
      t.equal((await office.admin.delete(`/sessions/${first}`)).status, 404, 'it is gone');
      t.equal((await bo.delete(`/me/sessions/${latest}`)).status, 404, "it is not Bo's");
      t.equal((await other.admin.delete(`/sessions/${latest}`)).status, 404);
      t.equal((await office.admin.delete(`/users/${ana.id}/sessions`)).status, 204);
      t.equal((await two.get('/session')).status, 401);
      t.equal((await bo.get('/session')).status, 200);
      const root = await logIn(app, office, 'root');
      t.equal((await root.delete('/sessions')).status, 204);
      t.equal((await bo.get('/session')).status, 401);
      t.equal((await root.get('/session')).status, 200, 'but the one that asked for it');
    }),
  );

  await suite.test('a user ends the own sessions elsewhere', async (t) => {
    const [here, there] = [await logIn(app, office, 'ana'), await logIn(app, office, 'ana')];
    t.equal((await here.delete('/me/sessions')).status, 204);
    t.equal((await here.get('/session')).status, 200);
    t.equal((await there.get('/session')).status, 401);
    clock.move(9 * 3_600_000);
    t.same(await idsOf(office.admin.get('/sessions')), [], 'those that ended by themselves are not shown');
  });
});
