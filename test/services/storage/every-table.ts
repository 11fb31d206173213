import { randomUUID } from 'node:crypto';
import { type Database, inOrganization, type Transaction } from '../../../services/storage/database.ts';

/** An organization with one row in every table, as the seeds of tests about all tables. */
export type Filled = {
  readonly organizationId: string;
  readonly userId: string;
  readonly otherUserId: string;
  readonly queueId: string;
  readonly numberId: string;
  readonly leadId: string;
  /** Unique in the installation, with the organization's own digits. */
  readonly number: string;
};

export async function fillEveryTable(database: Database, digits: string): Promise<Filled> {
  const filled: Filled = {
    organizationId: randomUUID(),
    userId: randomUUID(),
    otherUserId: randomUUID(),
    queueId: randomUUID(),
    numberId: randomUUID(),
    leadId: randomUUID(),
    number: `+3491100${digits}`,
  };
  await inOrganization(database, filled.organizationId, async (trx) => {
    await insertOrganization(trx, filled, digits);
    await insertPeople(trx, filled);
    await insertRoutes(trx, filled);
    await insertAccess(trx, filled, digits);
    await insertRecords(trx, filled);
  });
  return filled;
}

async function insertOrganization(
  trx: Transaction,
  { organizationId: id }: Filled,
  digits: string,
): Promise<void> {
  const slug = `office-${digits}`;
  const place = { time_zone: 'Europe/Madrid', default_country: 'ES', sip_domain: `${slug}.example` };
  await trx
    .insertInto('organization')
    .values({ id, slug, name: slug, ...place })
    .execute();
}

async function insertPeople(trx: Transaction, filled: Filled): Promise<void> {
  const { organizationId: organization_id, userId: user_id, otherUserId } = filled;
  const person = { organization_id, kind: 'username', status: 'active' } as const;
  await trx
    .insertInto('user')
    .values([
      { ...person, id: user_id, login: 'Ana', first_name: 'Ana', last_name: 'Ruiz' },
      { ...person, id: otherUserId, login: 'ben', first_name: 'Ben', last_name: 'Cole' },
    ])
    .execute();
  await trx.insertInto('user_word').values({ organization_id, user_id, word: 'ana' }).execute();
  await trx
    .insertInto('availability_day')
    .values({ organization_id, user_id, weekday: 1, available: true, windows: [540, 780, 840, 1080] })
    .execute();
  await trx
    .insertInto('availability_override')
    .values({
      organization_id,
      user_id,
      id: randomUUID(),
      from_date: '2026-12-24',
      to_date: '2026-12-26',
      available: false,
      fallback_user_id: otherUserId,
    })
    .execute();
}

async function insertRoutes(trx: Transaction, filled: Filled): Promise<void> {
  const {
    organizationId: organization_id,
    userId: user_id,
    queueId: queue_id,
    numberId,
    leadId,
    number,
  } = filled;
  await trx.insertInto('queue').values({ organization_id, id: queue_id, name: 'Sales' }).execute();
  await trx.insertInto('queue_member').values({ organization_id, queue_id, user_id, position: 0 }).execute();
  await trx.insertInto('extension').values({ organization_id, extension: '1001', user_id }).execute();
  await trx.insertInto('number').values({ organization_id, id: numberId, number }).execute();
  await trx.insertInto('caller_id').values({ organization_id, user_id, number_id: numberId }).execute();
  await trx
    .insertInto('lead')
    .values({ organization_id, id: leadId, name: 'Lead', owner_id: user_id })
    .execute();
  await trx.insertInto('lead_number').values({ organization_id, number, lead_id: leadId }).execute();
}

async function insertAccess(trx: Transaction, filled: Filled, digits: string): Promise<void> {
  const { organizationId: organization_id, userId: user_id } = filled;
  const key = {
    organization_id,
    id: randomUUID(),
    name: 'key',
    hash: `key-${digits}`,
    permissions: ['users.read'],
  };
  await trx.insertInto('api_key').values(key).execute();
  const now = new Date();
  const times = { confirmed_at: now, last_seen_at: now, expires_at: new Date(now.getTime() + 3_600_000) };
  const session = { organization_id, id: randomUUID(), user_id, hash: `session-${digits}`, ...times };
  await trx.insertInto('session').values(session).execute();
  const account = {
    organization_id,
    carrier: 'twilio',
    account_sid: `AC${digits}`,
    auth_tokens: ['sealed'],
  } as const;
  await trx.insertInto('carrier_account').values(account).execute();
}

async function insertRecords(trx: Transaction, { organizationId: organization_id }: Filled): Promise<void> {
  const what = { action: 'users.create', subject_type: 'user', actor_type: 'system' } as const;
  await trx
    .insertInto('activity')
    .values({ organization_id, id: randomUUID(), ...what })
    .execute();
  await trx.insertInto('outbox').values({ organization_id, version: 1 }).execute();
  const kept = { actor: 'key', key: 'a', request_hash: 'b', status: 201 };
  await trx
    .insertInto('idempotency_key')
    .values({ organization_id, ...kept })
    .execute();
}
