import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { Filled } from './every-table.ts';

/** A row in each table of what happens on the telephones, for tests about all tables. */
export async function fillLiveTables(trx: Transaction, filled: Filled): Promise<void> {
  await insertCall(trx, filled);
  await insertWait(trx, filled);
  await insertPresence(trx, filled);
  await insertVoicemail(trx, filled);
  const { organizationId } = filled;
  await sql`insert into live_stream (organization_id, seq) values (${organizationId}, 1)`.execute(trx);
  await sql`insert into live_event (organization_id, seq, at, topic, name, data)
    values (${organizationId}, 1, now(), 'calls', 'call.changed', '{}')`.execute(trx);
}

async function insertCall(trx: Transaction, { organizationId, userId, number }: Filled): Promise<void> {
  await sql`insert into call (organization_id, id, carrier, from_kind, to_kind, to_value, user_id, state, started_at, directory_version, decision)
    values (${organizationId}, 'c-1', 'pbx', 'anonymous', 'number', ${number}, ${userId}, 'ringing', now(), 1, '{}')`.execute(
    trx,
  );
  await sql`insert into call_event (organization_id, call_id, key, at, type, data)
    values (${organizationId}, 'c-1', 'k', now(), 'decided', '{}')`.execute(trx);
  await sql`insert into call_user (organization_id, call_id, user_id, started_at)
    values (${organizationId}, 'c-1', ${userId}, now())`.execute(trx);
  await sql`insert into call_day (organization_id, subject_type, subject_id, day)
    values (${organizationId}, 'user', ${userId}, '2026-11-24')`.execute(trx);
}

async function insertWait(trx: Transaction, { organizationId, userId, queueId }: Filled): Promise<void> {
  await sql`insert into queue_wait (organization_id, call_id, step_id, queue_id, carrier, priority, entered_at, expires_at, seen_at)
    values (${organizationId}, 'c-1', 's1', ${queueId}, 'pbx', 1, now(), now(), now())`.execute(trx);
  await sql`insert into queue_offer (organization_id, id, call_id, step_id, queue_id, user_id, devices, offered_at, expires_at)
    values (${organizationId}, ${randomUUID()}, 'c-1', 's1', ${queueId}, ${userId}, 1, now(), now())`.execute(
    trx,
  );
}

async function insertPresence(trx: Transaction, { organizationId, userId, queueId }: Filled): Promise<void> {
  await sql`insert into presence_stream (organization_id, seq) values (${organizationId}, 1)`.execute(trx);
  await sql`insert into presence_lease (organization_id, source, user_id, state, counts, at, expires_at, seq)
    values (${organizationId}, 'device', ${userId}, 'online', false, now(), now(), 1)`.execute(trx);
  await sql`insert into presence_user (organization_id, user_id) values (${organizationId}, ${userId})`.execute(
    trx,
  );
  await sql`insert into presence_queue (organization_id, queue_id, user_id, rung_at, seq)
    values (${organizationId}, ${queueId}, ${userId}, now(), 1)`.execute(trx);
}

async function insertVoicemail(trx: Transaction, { organizationId, userId }: Filled): Promise<void> {
  await sql`insert into voicemail (organization_id, id, carrier, recording_id, call_id, mailbox_type, mailbox_id, duration_seconds, received_at)
    values (${organizationId}, ${randomUUID()}, 'pbx', 'r-1', 'c-1', 'user', ${userId}, 7, now())`.execute(
    trx,
  );
  const greetingId = randomUUID();
  await sql`insert into greeting (organization_id, id, user_id, text)
    values (${organizationId}, ${greetingId}, ${userId}, 'Hello')`.execute(trx);
  await sql`insert into greeting_sound (organization_id, id, greeting_id, type, content)
    values (${organizationId}, ${randomUUID()}, ${greetingId}, 'audio/mpeg', '\\x00')`.execute(trx);
}
