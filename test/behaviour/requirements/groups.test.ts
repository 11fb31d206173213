import { test } from 'tap';
import { covers } from '../../support/covers.ts';
import { client, type Doc, logIn, newUser, type Office } from '../../support/factories.ts';
import { sharedMovingApp } from '../../support/shared-admin.ts';

/** An invited user: no password has to be hashed. */
async function invite(office: Office, firstName: string, changes: object = {}): Promise<Doc> {
  const { status, body } = await office.admin.post('/users', {
    kind: 'email',
    email: `${firstName.toLowerCase()}@acme.example`,
    firstName,
    lastName: 'Test',
    ...changes,
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}

const idsOf = (page: Doc) => page.data.map((user) => user.id);

test('skills, tags, desks and groups of users', async (suite) => {
  const { app, clock, newOffice } = await sharedMovingApp(suite);
  const office = await newOffice('acme');
  const { admin } = office;
  const made = async (path: string, body: object) => {
    const reply = await admin.post(path, body);
    if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
    return reply.body;
  };

  await suite.test(
    'D1 users are found by desk, role, status, skill, tag and text, all at once',
    covers('D1', async (t) => {
      const [spanish, german] = [
        await made('/skills', { name: 'Spanish' }),
        await made('/skills', { name: 'German' }),
      ];
      const north = await made('/desks', { name: 'North' });
      const fresh = await made('/tags', { name: 'new' });
      const labels = { skills: [spanish.id], desks: [north.id], tags: [fresh.id] };
      const ana = await invite(office, 'Ana', { ...labels, role: 'manager' });
      const bo = await invite(office, 'Bo', { skills: [german.id, spanish.id] });
      t.same(ana.skills, [spanish.id]);
      t.same(bo.skills, [german.id, spanish.id], 'in the order of names');
      const check = async (query: string, ids: readonly string[]) => {
        const { status, body } = await admin.get(`/users?${query}`);
        t.equal(status, 200, query);
        t.same(idsOf(body).toSorted(), ids.toSorted(), query);
      };
      await check(`skill=${spanish.id}`, [ana.id, bo.id]);
      await check('skill=spanish', [ana.id, bo.id]);
      await check(`skill=${spanish.id}&desk=${north.id}`, [ana.id]);
      await check(`tag=${fresh.id}&role=manager&status=pending&q=an`, [ana.id]);
      await check(`tag=${fresh.id}&role=agent`, []);
      await check(`skill=${north.id}`, []);
      await check('tag=unheard-of', []);
    }),
  );

  await suite.test('a label can be renamed, and deleted: then nobody has it', async (t) => {
    const desk = await made('/desks', { name: 'South' });
    t.match(await admin.post('/desks', { name: 'south' }), {
      status: 409,
      body: { code: 'label.name-taken', errors: [{ pointer: '/name' }] },
    });
    t.equal((await admin.post('/tags', { name: 'South' })).status, 201, 'a tag may have a name of a desk');
    t.match(await admin.get(`/tags/${desk.id}`), { status: 404, body: { code: 'label.not-found' } });
    t.match(await admin.patch(`/desks/${desk.id}`, { name: 'South wing' }), {
      status: 200,
      body: { id: desk.id, name: 'South wing' },
    });
    const carla = await invite(office, 'Carla', { desks: ['south wing'] });
    t.same(carla.desks, [desk.id], 'a name in any case is as good as an id');
    t.match(await admin.patch(`/users/${carla.id}`, { desks: ['nowhere'] }), {
      status: 422,
      body: { errors: [{ pointer: '/desks/0' }] },
    });
    const before = await admin.get(`/users/${carla.id}`);
    t.equal((await admin.delete(`/desks/${desk.id}`)).status, 204);
    const after = await admin.get(`/users/${carla.id}`);
    t.same(after.body.desks, []);
    t.not(after.etag, before.etag, 'what is shown has changed, and the ETag with it');
  });

  await suite.test(
    'E1 a user is found in the folder, and in the one above it',
    covers('E1', async (t) => {
      const spain = await made('/groups', { name: 'Spain' });
      const madrid = await made('/groups', { name: 'Madrid', parentId: spain.id });
      t.match(spain, { parentId: null, permissions: [] });
      const tree = (await admin.get('/groups')).body.data;
      t.match(
        tree.filter((group) => group.id === spain.id || group.id === madrid.id),
        [
          { id: madrid.id, name: 'Madrid', parentId: spain.id },
          { id: spain.id, name: 'Spain', parentId: null },
        ],
      );
      const dora = await invite(office, 'Dora', { groupId: madrid.id });
      t.equal(dora.groupId, madrid.id);
      t.same(idsOf((await admin.get(`/users?group=${madrid.id}`)).body), [dora.id]);
      t.same(idsOf((await admin.get(`/users?group=${spain.id}`)).body), [dora.id]);
      t.same(idsOf((await admin.get('/users?q=dor')).body), [dora.id], 'and by search');
      t.match(await admin.patch(`/groups/${spain.id}`, { parentId: madrid.id }), {
        status: 422,
        body: { errors: [{ pointer: '/parentId', code: 'circle' }] },
      });
      t.match(await admin.patch(`/groups/${spain.id}`, { parentId: spain.id }), { status: 422 });
      t.match(await admin.post('/groups', { name: 'MADRID', parentId: spain.id }), {
        status: 409,
        body: { code: 'group.name-taken' },
      });
      t.match(await admin.delete(`/groups/${madrid.id}`), { status: 409, body: { code: 'group.in-use' } });
      t.equal((await admin.patch(`/users/${dora.id}`, { groupId: null })).status, 200);
      t.notOk('groupId' in (await admin.get(`/users/${dora.id}`)).body);
      t.equal((await admin.delete(`/groups/${madrid.id}`)).status, 204);
    }),
  );

  await suite.test(
    'E8 a setting can be changed only with the permission for it, which a group can give',
    covers('E8', async (t) => {
      const leads = await made('/groups', { name: 'Team leads', permissions: ['users.write', 'users.read'] });
      const below = await made('/groups', { name: 'Night shift', parentId: leads.id });
      const eva = await newUser(office, 'Eva');
      const session = await logIn(app, office, 'eva');
      const other = await invite(office, 'Finn');
      t.match(await session.patch(`/users/${other.id}`, { lastName: 'Roe' }), {
        status: 403,
        body: { permission: 'users.write' },
      });
      t.equal((await admin.patch(`/users/${eva.id}`, { groupId: below.id })).status, 200);
      t.equal(
        (await session.patch(`/users/${other.id}`, { lastName: 'Roe' })).status,
        200,
        'the open session has the permissions of the group above at once',
      );
      const { body: seen } = await session.get<Doc & { meta: { editableFields: string[] } }>(
        `/users/${other.id}`,
      );
      t.ok(seen.meta.editableFields.includes('extension'));
      t.notOk(seen.meta.editableFields.includes('role'));
      const { body: opened } = await session.get<{ permissions: string[] }>('/session');
      t.ok(opened.permissions.includes('users.write'));
      await admin.patch(`/groups/${leads.id}`, { permissions: ['users.read'] });
      t.match(
        await session.patch(`/users/${other.id}`, { lastName: 'Poe' }),
        { status: 403, body: { permission: 'users.write' } },
        'and they are gone at once when the group loses them',
      );
      t.equal((await session.get('/users')).status, 200);
    }),
  );

  await suite.test('B12 nobody grants above themselves by a group', async (t) => {
    const powers = ['groups.write', 'users.write', 'users.read', 'roles.assign', 'organization.read'];
    powers.push('users.deactivate');
    const own = await made('/groups', { name: 'Office', permissions: powers });
    const strong = await made('/groups', { name: 'Strong', permissions: ['api-keys.write'] });
    const gil = await newUser(office, 'Gil', { groupId: own.id });
    const session = await logIn(app, office, 'gil');
    const missing = { status: 403, body: { permission: 'api-keys.write' } };
    t.match(await session.post('/groups', { name: 'x', permissions: ['api-keys.write'] }), missing);
    t.match(
      await session.patch(`/groups/${own.id}`, { permissions: [...powers, 'api-keys.write'] }),
      missing,
    );
    t.match(await session.patch(`/groups/${own.id}`, { parentId: strong.id }), missing);
    t.match(await session.post('/groups', { name: 'y', parentId: strong.id }), missing);
    t.match(await session.patch(`/users/${gil.id}`, { groupId: strong.id }), missing);
    t.match(
      await session.patch(`/users/${office.administrator.id}`, { login: 'mine' }),
      { status: 403, body: { code: 'permission.missing' } },
      'and nobody takes over an account that may do more',
    );
    t.match(await session.patch(`/users/${office.administrator.id}`, { role: 'agent' }), { status: 403 });
    await newUser(office, 'Hedwig', { role: 'administrator' });
    t.match(
      await session.post(`/users/${office.administrator.id}/deactivate`, {}),
      { status: 403, body: { code: 'permission.missing' } },
      'nor sends one away who may do more',
    );
    t.equal((await session.post('/groups', { name: 'z', permissions: ['users.read'] })).status, 201);
    clock.move(6 * 60_000);
    t.match(await session.post('/groups', { name: 'zz', permissions: ['users.read'] }), {
      status: 403,
      body: { code: 'session.reauthenticate' },
    });
    t.equal((await session.post('/groups', { name: 'folder' })).status, 201, 'a folder grants nothing');
    t.match(await admin.post('/groups', { name: 'x', permissions: ['everything'] }), {
      status: 422,
      body: { errors: [{ pointer: '/permissions/0', code: 'permission' }] },
    });
  });

  await suite.test(
    'B12 only administrators manage other users, and the roles say so',
    covers('B12', async (t) => {
      const { body: roles } = await admin.get<{ data: { name: string; permissions: string[] }[] }>('/roles');
      t.same(
        roles.data.filter((role) => role.permissions.includes('users.write')).map((role) => role.name),
        ['administrator'],
      );
      const { body: all } = await admin.get<{ data: { name: string; description: string }[] }>(
        '/permissions',
      );
      t.same(
        all.data.map((permission) => permission.name).toSorted(),
        roles.data.find((role) => role.name === 'administrator')?.permissions.toSorted(),
      );
      t.ok(all.data.every((permission) => permission.description !== ''));
      const victim = await newUser(office, 'Victim');
      const wanted = { kind: 'email', email: 'x@acme.example', firstName: 'X', lastName: 'Y' };
      for (const role of ['manager', 'agent']) {
        const login = `b12-${role}`;
        await newUser(office, login, { role });
        const own = await logIn(app, office, login);
        const refused = (permission: string) => ({
          status: 403,
          body: { code: 'permission.missing', permission },
        });
        t.match(await own.post('/users', wanted), refused('users.write'), role);
        t.match(await own.patch(`/users/${victim.id}`, { firstName: 'Z' }), refused('users.write'), role);
        t.match(await own.delete(`/users/${victim.id}`), refused('users.delete'), role);
        t.match(await own.post(`/users/${victim.id}/deactivate`, {}), refused('users.deactivate'), role);
        t.match(
          await own.post(`/users/${victim.id}/reset-password`, { method: 'generated' }),
          refused('users.reset'),
          role,
        );
        t.match(
          await own.post('/users/bulk', { action: 'delete', applyTo: { ids: [victim.id] } }),
          refused('users.write'),
          role,
        );
      }
      t.match((await admin.get(`/users/${victim.id}`)).body, { firstName: 'Victim', status: 'active' });
      const boss = await newUser(office, 'b12-boss', { role: 'administrator' });
      const own = await logIn(app, office, String(boss.login));
      t.equal((await own.post('/users', wanted)).status, 201);
      t.equal((await own.patch(`/users/${victim.id}`, { firstName: 'Z' })).status, 200);
      t.equal((await own.delete(`/users/${victim.id}`)).status, 204);
    }),
  );

  await suite.test(
    'B6 a role change takes effect at once, on sessions already open too',
    covers('B6', async (t) => {
      const hal = await newUser(office, 'Hal');
      const session = await logIn(app, office, 'hal');
      t.equal((await session.get('/queues')).status, 403);
      t.equal((await session.get('/users')).status, 403);
      t.equal((await admin.patch(`/users/${hal.id}`, { role: 'manager' })).status, 200);
      t.equal((await session.get('/queues')).status, 200);
      t.equal((await session.get('/users')).status, 200);
      t.equal((await admin.patch(`/users/${hal.id}`, { role: 'agent' })).status, 200);
      t.equal((await session.get('/queues')).status, 403);
      t.equal((await client(app, session.token).get('/me')).status, 200, 'the session itself goes on');
    }),
  );
});
