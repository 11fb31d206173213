import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { Eraser } from '../../../plugins/admin/users/eraser.ts';
import { adminApp, newOffice } from '../../support/factories.ts';

const grace = 28 * 86_400_000;

async function hire(office: Awaited<ReturnType<typeof newOffice>>, name: string): Promise<string> {
  const person = { kind: 'email', email: `${name}@example.com`, firstName: name, lastName: 'Test' };
  return (await office.admin.post('/users', person)).body.id;
}

test('a service that starts after the days of grace erases whoever is due', async (t) => {
  const first = await adminApp(t);
  const office = await newOffice(first.app, 'acme');
  const other = await newOffice(first.app, 'other');
  const [ana, bo, carla] = [await hire(office, 'ana'), await hire(other, 'bo'), await hire(office, 'carla')];
  await office.admin.delete(`/users/${ana}`);
  await other.admin.delete(`/users/${bo}`);
  await office.admin.delete(`/users/${carla}`);
  await office.admin.post(`/users/${carla}/undelete`);
  const { database, directories } = first;
  const clock = { now: () => Date.now() + grace };
  await adminApp(t, { database, directories, clock });
  const status = async (id: string) => (await office.admin.get(`/users/${id}`)).status;
  for (let round = 0; round < 100 && (await status(ana)) === 200; round += 1) await sleep(20);
  t.equal(await status(ana), 404);
  for (let round = 0; round < 100 && (await other.admin.get(`/users/${bo}`)).status === 200; round += 1) {
    await sleep(20);
  }
  t.equal((await other.admin.get(`/users/${bo}`)).status, 404, 'of every organization');
  t.equal(await status(carla), 200, 'but not who was brought back');
  t.notOk(
    directories.get(office.id)?.directory.users.has(ana),
    'and the directory in hand knows nobody of that id',
  );
});

test('who cannot be erased keeps nobody else waiting, and is tried again', async (t) => {
  const { app, database, clock } = await adminApp(t);
  const office = await newOffice(app, 'acme');
  const [ana, bo] = [await hire(office, 'ana'), await hire(office, 'bo')];
  await office.admin.delete(`/users/${ana}`);
  await office.admin.delete(`/users/${bo}`);
  clock.move(grace);
  const tried: string[] = [];
  const errors: unknown[] = [];
  const eraser = new Eraser({
    database,
    clock,
    erase: async (_organizationId, userId) => {
      tried.push(userId);
      if (userId === ana) throw new Error('not now');
      return true;
    },
    onError: (error) => errors.push(error),
  });
  t.equal(await eraser.run(), 1);
  t.same(tried, [ana, bo]);
  t.match(errors, [{ message: 'not now' }]);
  await eraser.run();
  t.equal(tried.length, 4);
  await eraser.close();
  t.equal(await eraser.run(), 0, 'a closed one does nothing');
});
