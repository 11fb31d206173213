import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import { inOrganization } from '../../../services/storage/database.ts';
import { Sweeper } from '../../../services/storage/sweeper.ts';
import { ownOrganization } from '../../support/shared-service.ts';

test('a sweep takes answers that were kept for a day, and leaves younger ones', async (t) => {
  const { database, organizationId } = await ownOrganization();
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

test('a sweep takes links and mails of a month ago, and leaves what waits', async (t) => {
  const { database, organizationId } = await ownOrganization();
  const organization_id = organizationId;
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
  const named = {
    newMail: randomUUID(),
    waiting: randomUUID(),
    newLink: randomUUID(),
    invitation: randomUUID(),
  };
  await inOrganization(database, organizationId, async (trx) => {
    const { id: user_id } = await trx.selectFrom('user').select('id').limit(1).executeTakeFirstOrThrow();
    const mail = (id: string, status: 'sent' | 'failed' | 'waiting', days: number) => ({
      organization_id,
      id,
      kind: 'test',
      recipient: 'ana@example.com',
      content: status === 'waiting' ? 'sealed' : null,
      sender_user_id: null,
      sender_campaign_id: null,
      status,
      next_attempt_at: new Date('2100-01-01'),
      created_at: ago(days),
    });
    await trx.deleteFrom('mail_message').execute();
    await trx
      .insertInto('mail_message')
      .values([
        mail(randomUUID(), 'sent', 31),
        mail(randomUUID(), 'failed', 31),
        mail(named.newMail, 'sent', 29),
        mail(named.waiting, 'waiting', 31),
      ])
      .execute();
    const link = (id: string, days: number, expires: number, used: boolean) => ({
      organization_id,
      id,
      hash: randomUUID(),
      purpose: 'invitation' as const,
      user_id,
      email: null,
      expires_at: ago(expires),
      used_at: used ? ago(days) : null,
      created_at: ago(days),
    });
    await trx.deleteFrom('one_time_token').execute();
    await trx
      .insertInto('one_time_token')
      .values([
        link(randomUUID(), 32, 25, false),
        link(randomUUID(), 32, -1, true),
        link(named.newLink, 8, 1, false),
        link(named.invitation, 32, -1, false),
      ])
      .execute();
  });
  const errors: unknown[] = [];
  const sweeper = new Sweeper(database, (error) => errors.push(error));
  sweeper.start();
  await sweeper.close();
  t.same(errors, []);
  const left = await inOrganization(database, organizationId, async (trx) => [
    ...(await trx.selectFrom('mail_message').select('id').execute()),
    ...(await trx.selectFrom('one_time_token').select('id').execute()),
  ]);
  t.same(left.map(({ id }) => id).sort(), Object.values(named).sort());
});
