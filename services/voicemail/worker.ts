import type { Clock } from '../routing/ports.ts';
import { type Database, inOrganization } from '../storage/database.ts';
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
export class VoicemailWorker {
  readonly #ports: VoicemailWorkerPorts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(ports: VoicemailWorkerPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.kick(), everyMs).unref();
    this.kick();
  }

  /** After a message was deleted; returns at once and never throws. */
  kick(): void {
    if (this.#closed || this.#timer === undefined) return;
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again) this.kick();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { database, clock, onError } = this.#ports;
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        const now = clock.now();
        const due = await takeDueVoicemails(database, mostAtOnce, new Date(now), new Date(now + againMs));
        for (const { organizationId, id } of due) {
          if (this.#closed) return;
          await this.#forget(organizationId, id);
        }
        this.#again ||= due.length === mostAtOnce;
      } catch (error) {
        // The timer tries again.
        onError(error, 'voicemail could not be tidied');
        return;
      }
    }
  }

  async #forget(organizationId: string, id: string): Promise<void> {
    const { database, clock, sounds, onError } = this.#ports;
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
}
