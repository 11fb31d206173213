import type { Clock } from '../routing/ports.ts';
import { type Database, inOrganization } from '../storage/database.ts';
import { KickedWorker } from '../storage/kicked-worker.ts';
import { takeDueVoicemails } from '../storage/lookups.ts';
import type { VoicemailSounds } from './sounds.ts';

export type VoicemailWorkerPorts = {
  readonly database: Database;
  readonly clock: Clock;
  readonly sounds: VoicemailSounds;
  readonly onError: (error: unknown, what: string) => void;
};

const everyMs = 5 * 60_000;
const mostAtOnce = 50;
/** Longer than the carrier takes for all of them; then it is asked again. */
const againMs = 30 * 60_000;

/**
 * Deletes messages that are past their organization's retention, and the sounds of deleted ones at the carrier. What is
 * due stands in the database, so a restart forgets nothing and any number of workers may run at the same time.
 */
export function buildVoicemailWorker(ports: VoicemailWorkerPorts): KickedWorker {
  return new KickedWorker({
    everyMs,
    run: (isClosed) => forgetDue(ports, isClosed),
    onError: (error) => ports.onError(error, 'voicemail could not be tidied'),
  });
}

/** True: there may be more. */
async function forgetDue(ports: VoicemailWorkerPorts, isClosed: () => boolean): Promise<boolean> {
  const { database, clock } = ports;
  const now = clock.now();
  const due = await takeDueVoicemails(database, mostAtOnce, new Date(now), new Date(now + againMs));
  for (const { organizationId, id } of due) {
    if (isClosed()) return false;
    await forget(ports, organizationId, id);
  }
  return due.length === mostAtOnce;
}

async function forget(
  { database, clock, sounds, onError }: VoicemailWorkerPorts,
  organizationId: string,
  id: string,
): Promise<void> {
  const row = await inOrganization(database, organizationId, (trx) =>
    trx
      .selectFrom('voicemail')
      .select(['account_sid', 'recording_id'])
      .where('organization_id', '=', organizationId)
      .where('id', '=', id)
      .executeTakeFirst(),
  );
  if (row === undefined) return;
  const { account_sid: accountSid, recording_id: recordingSid } = row;
  // What a PBX keeps is its own to delete.
  const failure =
    accountSid === null ? null : await sounds.remove(organizationId, { accountSid, recordingSid });
  if (failure !== null) {
    onError(new Error(`the carrier: ${failure}`), 'a recording could not be deleted');
    return;
  }
  const at = new Date(clock.now());
  await inOrganization(database, organizationId, (trx) =>
    trx
      .updateTable('voicemail')
      .set({ sound_deleted_at: at })
      .where('organization_id', '=', organizationId)
      .where('id', '=', id)
      .execute(),
  );
}
