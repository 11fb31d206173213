import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import { type Database, inOrganization } from '../../../services/storage/database.ts';
import { findOrganizationForLogin, listOrganizationVersions } from '../../../services/storage/lookups.ts';
import { testDatabase } from '../../support/database.ts';

test('with one organization its slug is not needed to log in, with two it is', async (t) => {
  const { database } = await testDatabase(t);
  t.same(await listOrganizationVersions(database), []);
  t.equal(await findOrganizationForLogin(database, null), undefined);
  const first = await insertOrganization(database, 'first');
  t.equal(await findOrganizationForLogin(database, null), first);
  const second = await insertOrganization(database, 'second');
  t.equal(await findOrganizationForLogin(database, null), undefined);
  t.equal(await findOrganizationForLogin(database, 'second'), second);
  t.equal(await findOrganizationForLogin(database, 'third'), undefined);
  t.same(await listOrganizationVersions(database), [
    { id: first, slug: 'first', version: 1 },
    { id: second, slug: 'second', version: 1 },
  ]);
});

async function insertOrganization(database: Database, slug: string): Promise<string> {
  const id = randomUUID();
  const row = {
    id,
    slug,
    name: slug,
    time_zone: 'Europe/Madrid',
    default_country: 'ES',
    sip_domain: 'sip.example',
  };
  await inOrganization(database, id, (trx) => trx.insertInto('organization').values(row).execute());
  return id;
}
