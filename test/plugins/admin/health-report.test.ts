import { sql } from 'kysely';
import { test } from 'tap';
import { inOrganization } from '../../../services/storage/database.ts';
import { raiseVersion } from '../../../services/storage/unit-of-work.ts';
import { newUser } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

test('the report looks at every number, those that lead to the same place once', async (t) => {
  const { database, directories, newOffice } = await sharedApp(t);
  const { admin, ...office } = await newOffice('acme');
  const users = await Promise.all(['Ana', 'Bo', 'Cy'].map((name) => newUser({ ...office, admin }, name)));
  const nobody = { weekly: { monday: { available: true, windows: [] } } };
  await admin.put(`/users/${users[0]?.id}/availability`, nobody);
  await admin.patch(`/users/${users[0]?.id}`, { ifUnavailable: { action: 'none' } });
  // As if each had been made by a request of its own, which takes twenty milliseconds.
  const made = await admin.post('/numbers', {
    number: '+14155553000',
    target: { type: 'user', id: users[0]?.id },
  });
  t.equal(made.status, 201);
  const version = await inOrganization(database, office.id, async (trx) => {
    await sql`insert into number (organization_id, id, number, name, time_zone, target)
      select organization_id, gen_random_uuid(), '+1415555' || 3000 + i, name, time_zone,
        jsonb_set(target, '{id}', to_jsonb((${users.map(({ id }) => id)}::text[])[1 + i % 3]))
      from number, generate_series(1, 229) as i`.execute(trx);
    return raiseVersion(trx, office.id);
  });
  await directories.advance(office.id, version);
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
