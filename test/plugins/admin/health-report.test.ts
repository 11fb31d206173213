import { test } from 'tap';
import { adminApp, newOffice, newUser } from '../../support/factories.ts';

test('the report looks at every number, those that lead to the same place once', async (t) => {
  const { app } = await adminApp(t);
  const { admin, ...office } = await newOffice(app, 'acme');
  const users = await Promise.all(['Ana', 'Bo', 'Cy'].map((name) => newUser({ ...office, admin }, name)));
  const nobody = { weekly: { monday: { available: true, windows: [] } } };
  await admin.put(`/users/${users[0]?.id}/availability`, nobody);
  await admin.patch(`/users/${users[0]?.id}`, { ifUnavailable: { action: 'none' } });
  for (let index = 0; index < 230; index += 1) {
    const target = { type: 'user', id: users[index % 3]?.id };
    const { status } = await admin.post('/numbers', { number: `+1415555${3_000 + index}`, target });
    if (status !== 201) throw new Error(`${status}`);
  }
  type Cover = {
    readonly checked: number;
    readonly total: number;
    readonly count: number;
    readonly data: readonly object[];
  };
  const report = async () =>
    (await admin.get<{ readonly hoursWithoutCover: Cover }>('/health-report')).body.hoursWithoutCover;
  const first = await report();
  t.match(first, { checked: 230, total: 230 });
  t.equal(first.data.length, 77, 'also of the last number');
  t.equal(first.count, 77 * 24);
  t.same(await report(), first, 'known by now');
  await admin.put(`/users/${users[0]?.id}/availability`, { weekly: null });
  t.match(await report(), { checked: 230, count: 0 }, 'a change is a new directory');
});
