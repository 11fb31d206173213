import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import { inOrganization } from '../../../services/storage/database.ts';
import { Sweeper } from '../../../services/storage/sweeper.ts';
import { buildTestApp } from '../../support/app.ts';

test('a sweep takes answers that were kept for a day, and leaves younger ones', async (t) => {
  const { database, organizationId } = await buildTestApp(t);
  const keep = (key: string, hours: number) =>
    inOrganization(database, organizationId, (trx) =>
      trx
        .insertInto('idempotency_key')
        .values({
          organization_id: organizationId,
          actor: 'user:somebody',
          key,
          request_hash: randomUUID(),
          status: 201,
          body: '{}',
          created_at: new Date(Date.now() - hours * 3_600_000),
        })
        .execute(),
    );
  await keep('old', 25);
  await keep('young', 23);
  const errors: unknown[] = [];
  const sweeper = new Sweeper(database, (error) => errors.push(error));
  sweeper.start();
  await sweeper.close();
  t.same(errors, []);
  const left = await inOrganization(database, organizationId, (trx) =>
    trx.selectFrom('idempotency_key').select('key').where('organization_id', '=', organizationId).execute(),
  );
  t.same(left, [{ key: 'young' }]);
});
