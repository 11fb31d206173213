import { randomUUID } from 'node:crypto';
import { type Database, inOrganization, type Transaction } from '../../../services/storage/database.ts';
import { fillLiveTables } from './live-tables.ts';

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
    await insertMail(trx, filled, digits);
    await fillLiveTables(trx, filled);
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
  const groupId = randomUUID();
  const labelId = randomUUID();
  await trx.insertInto('user_group').values({ organization_id, id: groupId, name: 'Sales' }).execute();
  await trx.insertInto('label').values({ organization_id, id: labelId, kind: 'skill', name: 'es' }).execute();
  await trx.insertInto('user_label').values({ organization_id, user_id, label_id: labelId }).execute();
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

async function insertRecords(trx: Transaction, filled: Filled): Promise<void> {
  const { organizationId: organization_id, userId: user_id, leadId } = filled;
  const activity_id = randomUUID();
  const what = { action: 'users.create', subject_type: 'user', actor_type: 'system' } as const;
  await trx
    .insertInto('activity')
    .values({ organization_id, id: activity_id, ...what })
    .execute();
  await trx
    .insertInto('activity_personal')
    .values({ organization_id, activity_id, subject_id: user_id, after: '{"login": "Ana"}' })
    .execute();
  const cause = 'deletion';
  const deletion = { cause, former_status: 'active', erases_at: new Date(), created_at: new Date() } as const;
  await trx
    .insertInto('life_cycle')
    .values({ organization_id, user_id, ...deletion })
    .execute();
  await trx
    .insertInto('life_cycle_move')
    .values({ organization_id, user_id, cause, kind: 'lead', item_id: leadId })
    .execute();
  await trx.insertInto('outbox').values({ organization_id, version: 1 }).execute();
  const job = { id: randomUUID(), kind: 'users.bulk', input: '{}', total: 1, actor_id: randomUUID() };
  await trx
    .insertInto('job')
    .values({ organization_id, actor_type: 'user', ...job })
    .execute();
  await trx.insertInto('job_row').values({ organization_id, job_id: job.id, position: 1 }).execute();
  const kept = { actor: 'key', key: 'a', request_hash: 'b', status: 201 };
  await trx
    .insertInto('idempotency_key')
    .values({ organization_id, ...kept })
    .execute();
}

async function insertMail(trx: Transaction, filled: Filled, digits: string): Promise<void> {
  const { organizationId: organization_id, userId: user_id } = filled;
  const now = new Date();
  const waiting = { kind: 'test', recipient: 'ana@example.com', content: 'sealed', next_attempt_at: now };
  await trx
    .insertInto('mail_message')
    .values({ organization_id, id: randomUUID(), ...waiting })
    .execute();
  const token = { purpose: 'password-reset', hash: `token-${digits}`, expires_at: now } as const;
  await trx
    .insertInto('one_time_token')
    .values({ organization_id, id: randomUUID(), user_id, ...token })
    .execute();
  const item_id = randomUUID();
  await trx.insertInto('checklist_item').values({ organization_id, id: item_id, name: 'Training' }).execute();
  await trx
    .insertInto('checklist_tick')
    .values({ organization_id, item_id, user_id, ticked_by: null, ticked_at: new Date() })
    .execute();
  await trx.insertInto('two_step').values({ organization_id, user_id, secret: 'sealed' }).execute();
  await trx.insertInto('backup_code').values({ organization_id, user_id, hash: 'code' }).execute();
  const server = { host: 'mail.example', port: 587, security: 'starttls', domain: 'example.com' } as const;
  await trx
    .insertInto('organization_mail')
    .values({ organization_id, ...server, login: 'office', password: 'sealed' })
    .execute();
  const campaign_id = randomUUID();
  await trx.insertInto('campaign').values({ organization_id, id: campaign_id, name: 'Spring' }).execute();
  const account = { local_part: 'ana', password: 'sealed' };
  await trx
    .insertInto('mail_account')
    .values({ organization_id, id: randomUUID(), user_id, campaign_id, ...account })
    .execute();
}
