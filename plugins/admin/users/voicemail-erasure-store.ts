import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';

/**
 * The messages in the person's own box, and who left them as whoever watches was told; the voicemail worker has the
 * carrier delete the sounds.
 */
export async function emptyBox(
  trx: Transaction,
  organizationId: string,
  id: string,
  instant: number,
): Promise<void> {
  const at = new Date(instant);
  await trx
    .updateTable('voicemail')
    .set({ deleted_at: at, next_delete_at: at, from_kind: null, from_value: null, sound_url: null })
    .where('organization_id', '=', organizationId)
    .where('mailbox_type', '=', 'user')
    .where('mailbox_id', '=', id)
    .where('deleted_at', 'is', null)
    .execute();
  await sql`
    update live_event set data = jsonb_set(data, '{from}', 'null')
      where organization_id = ${organizationId} and topic = 'calls' and name = 'voicemail.received'
        and data->'mailbox'->>'type' = 'user' and data->'mailbox'->>'id' = ${id}`.execute(trx);
}
