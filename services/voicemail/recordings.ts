import { sql } from 'kysely';
import type { Mailbox } from '../routing/domain/decision.ts';
import type { CallRecord, Recorded } from '../routing/live/call-record.ts';
import type { NewLiveEvent } from '../routing/live/event.ts';
import { type Database, inOrganization, type Transaction } from '../storage/database.ts';
import { appendLiveEvents } from '../storage/live-events.ts';
import { callerValue, type Message, type RecordingPorts } from './message.ts';
import { queueVoicemailMail } from './notice.ts';
import { listOwners, type Owner } from './owners.ts';
import { readTwilioPlace } from './place.ts';
import { countUnread } from './told.ts';

/**
 * The recordings among call records, after those are written. Whoever fails here gives all of them once more, and
 * finds that what is there already stays as it is. True: mail waits.
 */
export async function keepRecordingsOf(
  database: Database,
  ports: RecordingPorts,
  organizationId: string,
  records: readonly CallRecord[],
): Promise<boolean> {
  const recorded = records.flatMap((record) => record.recorded ?? []);
  if (!recorded.some(hasSound)) return false;
  return inOrganization(database, organizationId, async (trx) => {
    const { events, hasMailed } = await keepRecordings(trx, ports, organizationId, recorded);
    if (events.length > 0) await appendLiveEvents(trx, organizationId, events);
    return hasMailed;
  });
}

type Kept = { readonly events: readonly NewLiveEvent[]; readonly hasMailed: boolean };

/**
 * Puts recordings into the boxes that they are for. Told again, they change nothing: a recording is kept once by the carrier's id of it, and one that was deleted stays deleted. Silence,
 * recordings that failed, and those of calls and boxes that nobody knows are passed over.
 */
async function keepRecordings(
  trx: Transaction,
  ports: RecordingPorts,
  organizationId: string,
  entries: readonly Recorded[],
): Promise<Kept> {
  const events: NewLiveEvent[] = [];
  let hasMailed = false;
  for (const entry of entries.filter(hasSound)) {
    const mailbox = entry.mailbox ?? (await findMailboxOfCall(trx, organizationId, entry.callId));
    const owners = mailbox === null ? undefined : await listOwners(trx, organizationId, mailbox);
    if (mailbox === null || owners === undefined) continue;
    const message = { id: ports.newId(), organizationId, mailbox, entry };
    if (!(await insertVoicemail(trx, message))) continue;
    const unread = await countUnread(trx, organizationId, mailbox);
    events.push(toEvent(message, owners.people, unread));
    hasMailed = (await queueVoicemailMail(trx, ports, message, owners)) || hasMailed;
  }
  return { events, hasMailed };
}

/** `absent` and `failed` have none; where nothing was said Twilio tells a length of 0. */
function hasSound({ status, durationSeconds, recordingSid }: Recorded): boolean {
  return status === 'completed' && (durationSeconds ?? 0) > 0 && recordingSid !== '';
}

/**
 * A report that came while no directory was in hand does not say whose box it is for. Where the decision had only one,
 * that is it.
 */
async function findMailboxOfCall(
  trx: Transaction,
  organizationId: string,
  callId: string,
): Promise<Mailbox | null> {
  const { rows } = await sql<{ type: 'user' | 'queue'; id: string }>`
    select distinct step->'mailbox'->>'type' as type, step->'mailbox'->>'id' as id
      from call, jsonb_path_query(decision, '$.steps[*] ? (@.action == "voicemail")') as step
      where organization_id = ${organizationId} and call.id = ${callId}`.execute(trx);
  const [only] = rows;
  return rows.length === 1 && only !== undefined ? only : null;
}

/** False: it is there already, or was and has been deleted. */
async function insertVoicemail(
  trx: Transaction,
  { id, organizationId, mailbox, entry }: Message,
): Promise<boolean> {
  const place = entry.carrier === 'twilio' ? readTwilioPlace(entry.url) : undefined;
  const isTwilio = place?.recordingSid === entry.recordingSid;
  const row = await trx
    .insertInto('voicemail')
    .values({
      organization_id: organizationId,
      id,
      carrier: entry.carrier,
      recording_id: entry.recordingSid,
      call_id: entry.callId,
      mailbox_type: mailbox.type,
      mailbox_id: mailbox.id,
      from_kind: entry.from?.kind ?? null,
      from_value: entry.from === null ? null : callerValue(entry.from),
      account_sid: isTwilio ? place.accountSid : null,
      sound_url: entry.carrier === 'pbx' && entry.url !== '' ? entry.url : null,
      duration_seconds: entry.durationSeconds ?? 0,
      received_at: new Date(entry.at),
    })
    .onConflict((conflict) => conflict.constraint('voicemail_recording_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

function toEvent({ id, mailbox, entry }: Message, people: readonly Owner[], unread: number): NewLiveEvent {
  const { callId, from, durationSeconds } = entry;
  return {
    topic: 'calls',
    name: 'voicemail.received',
    at: entry.at,
    data: {
      id,
      callId,
      mailbox: { type: mailbox.type, id: mailbox.id },
      from: from === null ? null : { kind: from.kind, value: callerValue(from) },
      durationSeconds,
      unread,
    },
    userIds: people.map((person) => person.id),
    queueIds: mailbox.type === 'queue' ? [mailbox.id] : [],
  };
}
