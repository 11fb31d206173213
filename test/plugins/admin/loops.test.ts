import { test } from 'tap';
import { newUser } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

const week = (day: object) =>
  Object.fromEntries(
    ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((name) => [name, day]),
  );

test('circles of forwards', async (suite) => {
  const { newOffice } = await sharedApp(suite);
  const shared = await newOffice('acme');
  let teams = 0;
  const team = async (office = shared) => {
    teams += 1;
    const names = ['Ana', 'Bo', 'Carla'];
    const users = await Promise.all(names.map((name) => newUser(office, name, { login: `${name}${teams}` })));
    return {
      admin: office.admin,
      ids: users.map((user) => user.id),
      extensions: users.map((user) => String(user.extension)),
    };
  };
  const to = (id: string | undefined) => ({ forwardAll: { type: 'user', id } });

  await suite.test('one that no call can leave is refused, with its path and in words', async (t) => {
    const { admin, ids } = await team();
    const [ana, bo, carla] = ids;
    t.equal((await admin.patch(`/users/${ana}`, to(bo))).status, 200);
    t.equal((await admin.patch(`/users/${bo}`, to(carla))).status, 200);
    const closed = await admin.patch(`/users/${carla}`, to(ana));
    t.match(closed, {
      status: 409,
      body: {
        code: 'routing.loop',
        path: [carla, ana, bo, carla],
        detail: /Carla Test → Ana Test → Bo Test/,
      },
    });
    t.equal((await admin.get(`/users/${carla}`)).body.forwardAll, null, 'nothing was written');
  });

  await suite.test('also by way of an extension, a number, a replacement, and seven days off', async (t) => {
    const { admin, ids, extensions } = await team();
    const [ana, bo, carla] = ids;
    const refused = { status: 409, body: { code: 'routing.loop' } };
    await admin.patch(`/users/${ana}`, { forwardAll: { type: 'external', number: extensions[1] } });
    t.match(await admin.patch(`/users/${bo}`, to(ana)), refused, 'an extension');
    const away = { weekly: week({ available: false, fallbackUserId: ana }) };
    t.match(await admin.put(`/users/${bo}/availability`, away), refused, 'seven days off');
    t.match(await admin.post(`/users/${bo}/deactivate`, { reassignTo: ana }), refused, 'a replacement');
    const number = await admin.post('/numbers', {
      number: '+14155550150',
      target: { type: 'user', id: carla },
    });
    t.equal(
      (await admin.patch(`/users/${bo}`, { forwardAll: { type: 'external', number: '+14155550150' } }))
        .status,
      200,
    );
    t.match(await admin.patch(`/users/${carla}`, to(ana)), refused, 'through the number');
    t.match(
      await admin.put(`/numbers/${number.body.id}/target`, { type: 'user', id: ana }),
      refused,
      'the number itself',
    );
  });

  await suite.test(
    'the day that an override opens keeps it possible; taking it away closes it',
    async (t) => {
      const { admin, ids } = await team();
      const [ana, bo] = ids;
      await admin.patch(`/users/${ana}`, to(bo));
      const opened = await admin.post(`/users/${bo}/overrides`, {
        from: '2026-12-24',
        available: true,
        windows: [],
      });
      const saved = await admin.put(`/users/${bo}/availability`, {
        weekly: week({ available: false, fallbackUserId: ana }),
      });
      t.match(saved, { status: 200, body: { warnings: [{ code: 'routing.possible-loop' }] } });
      t.match(await admin.delete(`/users/${bo}/overrides/${opened.body.id}`), {
        status: 409,
        body: { code: 'routing.loop' },
      });
    },
  );

  await suite.test("each other's fallback is saved and reported", async (t) => {
    const { admin, ids } = await team();
    const [ana, bo] = ids;
    t.equal((await admin.patch(`/users/${ana}`, { fallbackUserId: bo })).body.warnings, undefined);
    const second = await admin.patch(`/users/${bo}`, { fallbackUserId: ana });
    t.match(second, {
      status: 200,
      body: { warnings: [{ code: 'routing.possible-loop', path: [bo, ana, bo] }] },
    });
    const renamed = await admin.patch(`/users/${bo}`, { lastName: 'Berg' });
    t.equal(renamed.body.warnings, undefined, 'an old circle is no news to somebody who changes a name');
  });

  await suite.test('a circle through a queue is saved and reported, from either side', async (t) => {
    const { admin, ids } = await team();
    const [ana, bo] = ids;
    const queue = await admin.post('/queues', { name: `Desk of ${ana}` });
    await admin.patch(`/users/${ana}`, { forwardAll: { type: 'queue', id: queue.body.id } });
    const noAgentTarget = { type: 'user', id: ana };
    const closed = await admin.patch(`/queues/${queue.body.id}`, { noAgentTarget });
    const warning = { code: 'routing.possible-loop', path: [queue.body.id, ana, queue.body.id] };
    t.match(closed, { status: 200, body: { warnings: [warning] } });
    const renamed = await admin.patch(`/queues/${queue.body.id}`, { name: `Desk of ${bo}` });
    t.equal(renamed.body.warnings, undefined, 'an old circle is no news');
    const again = await admin.patch(`/users/${ana}`, { fallbackUserId: bo });
    t.match(again.body.warnings, [{ path: [ana, queue.body.id, ana] }]);
  });

  await suite.test(
    'two administrators who each save one half at the same moment do not both succeed',
    async (t) => {
      const { admin, ids } = await team();
      const [ana, bo, carla] = ids;
      for (let round = 0; round < 5; round += 1) {
        const replies = await Promise.all([
          admin.patch(`/users/${ana}`, to(bo)),
          admin.patch(`/users/${bo}`, to(carla)),
          admin.patch(`/users/${carla}`, to(ana)),
        ]);
        t.same(replies.map((reply) => reply.status).toSorted(), [200, 200, 409], `round ${round}`);
        for (const id of ids) await admin.patch(`/users/${id}`, { forwardAll: null });
      }
    },
  );

  await suite.test(
    "the last administrator stays, also when two take each other's role at once",
    async (t) => {
      const office = await newOffice('last');
      const { admin, ids } = await team(office);
      const root = office.administrator.id;
      const last = { status: 409, body: { code: 'user.last-administrator' } };
      t.match(await admin.patch(`/users/${root}`, { role: 'agent' }), last);
      t.match(await admin.post(`/users/${root}/deactivate`, {}), last);
      await admin.patch(`/users/${ids[0]}`, { role: 'administrator' });
      const both = await Promise.all([
        admin.patch(`/users/${root}`, { role: 'agent' }),
        admin.post(`/users/${ids[0]}/deactivate`, {}),
      ]);
      t.same(both.map((reply) => reply.status).toSorted(), [200, 409]);
    },
  );

  await suite.test('parents form a tree', async (t) => {
    const { admin, ids } = await team();
    const [ana, bo] = ids;
    t.equal((await admin.patch(`/users/${ana}`, { parentUserId: bo })).body.parentUserId, bo);
    t.match(await admin.patch(`/users/${bo}`, { parentUserId: ana }), {
      status: 422,
      body: { errors: [{ pointer: '/parentUserId', code: 'circle' }] },
    });
  });
});
