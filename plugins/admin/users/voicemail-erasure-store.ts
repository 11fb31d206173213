import type { Transaction } from '../../../services/storage/database.ts';

/** The messages in the person's own box; the voicemail worker has the carrier delete the sounds. */
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
}
