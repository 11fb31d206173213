import { buffer } from 'node:stream/consumers';
import type { MailAttachment } from '../mail/message.ts';
import { type Database, inOrganization } from '../storage/database.ts';
import type { VoicemailSounds } from './sounds.ts';

/** Mail servers take little more: whoever gets such a mail has the link. */
const mostBytes = 8 * 1024 * 1024;

/** The sound of a message for a mail; undefined: it is gone, too long, or the carrier does not answer. */
export async function fetchAttachment(
  database: Database,
  sounds: VoicemailSounds,
  organizationId: string,
  id: string,
): Promise<MailAttachment | undefined> {
  const row = await inOrganization(database, organizationId, (trx) =>
    trx
      .selectFrom('voicemail')
      .select(['account_sid', 'recording_id', 'received_at'])
      .where('organization_id', '=', organizationId)
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .executeTakeFirst(),
  );
  if (row === undefined || row.account_sid === null) return undefined;
  const place = { accountSid: row.account_sid, recordingSid: row.recording_id };
  const opened = await sounds.open(organizationId, place);
  if (!opened.ok) return undefined;
  const { type, length, body } = opened.sound;
  if (length === null || length > mostBytes) {
    body.destroy();
    return undefined;
  }
  const day = row.received_at.toISOString().slice(0, 10);
  return { filename: `voicemail-${day}.mp3`, type, content: await buffer(body) };
}
