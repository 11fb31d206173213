import { type Database, inOrganization } from '../../storage/database.ts';
import { endDuePresence, writePresence } from '../../storage/presence.ts';
import {
  listDuePresence,
  listPresenceStreams,
  readAnswerHistory,
  readPresence,
} from '../../storage/presence-reading.ts';
import type { Clock, Directories } from '../ports.ts';
import { mergeChanges, type PresenceExchange } from './presence.ts';
import type { PresenceBus } from './presence-bus.ts';
import type { PresenceChanges } from './presence-memory.ts';

export type PresenceWriterPorts = {
  readonly clock: Clock;
  readonly database: Database;
  readonly directories: Pick<Directories, 'get'>;
  readonly presence: PresenceExchange;
  /** null: there is no Redis. */
  readonly bus: PresenceBus | null;
  readonly onError: (error: unknown, what: string) => void;
};

const flushMs = 100;
const pollMs = 1_000;
const renewMs = 20_000;
const dueMs = 2_000;
const reportMs = 60_000;

/**
 * Carries presence between the processes: what is known here is written ten times a second where there is news, what
 * others wrote is read when they say so and once a second anyway. While Postgres does not answer, the last state of each
 * lease waits in memory, and this process goes on with what it knows.
 */
export class PresenceWriter {
  readonly #ports: PresenceWriterPorts;
  /** Up to where each organization was read. */
  readonly #positions = new Map<string, number>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Map<string, Promise<void>>();
  /** What Postgres has not taken yet, in the order of the news. */
  readonly #backlog = new Map<string, readonly PresenceChanges[]>();
  #failedAt = Number.NEGATIVE_INFINITY;
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(ports: PresenceWriterPorts) {
    this.#ports = ports;
  }

  start(): void {
    if (this.#timers.length > 0) return;
    const { bus, presence } = this.#ports;
    bus?.start((organizationId, changes) => presence.learnChanges(organizationId, changes));
    const every = (ms: number, run: () => void): void => void this.#timers.push(setInterval(run, ms).unref());
    every(flushMs, () => this.#once('write', () => this.#flush()));
    every(pollMs, () => {
      presence.sweep();
      this.wake();
    });
    every(renewMs, () => presence.renew());
    every(dueMs, () => this.#once('end', () => this.#endDue()));
    this.wake();
  }

  /** Somebody else has written something. Returns at once. */
  wake(): void {
    this.#once('read', () => this.#read());
  }

  /** Writes what is left; its own sockets are over. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running.values());
    this.#ports.presence.leave();
    this.#failedAt = Number.NEGATIVE_INFINITY;
    await this.#flush().catch((error: unknown) => this.#ports.onError(error, 'presence was not written'));
  }

  /** One of a kind at a time; what fails is tried again by the timer. */
  #once(kind: string, run: () => Promise<void>): void {
    if (this.#running.has(kind)) return;
    const running = run()
      .catch((error: unknown) => this.#report(error, `presence: could not ${kind}`))
      .finally(() => this.#running.delete(kind));
    this.#running.set(kind, running);
  }

  /** The others hear of it by Redis at once; what Postgres does not take is tried again once a second. */
  async #flush(): Promise<void> {
    const { bus, clock, database, presence } = this.#ports;
    for (const [organizationId, changes] of presence.takeChanges()) {
      bus?.publish(organizationId, changes);
      this.#backlog.set(organizationId, [...(this.#backlog.get(organizationId) ?? []), changes]);
    }
    if (performance.now() - this.#failedAt < pollMs) return;
    for (const [organizationId, batches] of [...this.#backlog]) {
      const changes = mergeChanges(batches);
      this.#backlog.set(organizationId, [changes]);
      try {
        await inOrganization(database, organizationId, (trx) =>
          writePresence(trx, organizationId, changes, clock.now()),
        );
        this.#backlog.delete(organizationId);
      } catch (error) {
        this.#failedAt = performance.now();
        this.#report(error, 'presence was not written');
      }
    }
  }

  /** Once a minute: while Postgres is away everything fails, again and again. */
  #report(error: unknown, what: string): void {
    if (performance.now() - this.#reportedAt < reportMs) return;
    this.#reportedAt = performance.now();
    this.#ports.onError(error, what);
  }

  async #read(): Promise<void> {
    const { database } = this.#ports;
    for (const { organizationId, seq } of await listPresenceStreams(database)) {
      const position = this.#positions.get(organizationId);
      if (position !== seq) await this.#readOne(organizationId, position);
    }
  }

  async #readOne(organizationId: string, position: number | undefined): Promise<void> {
    const { clock, database, directories, presence } = this.#ports;
    const now = clock.now();
    const memory = presence.memoryOf(organizationId);
    const directory = directories.get(organizationId)?.directory;
    if (directory !== undefined) presence.beginDay(directory, now);
    const news = await inOrganization(
      database,
      organizationId,
      async (trx) => ({
        ...(await readPresence(trx, organizationId, position ?? 0)),
        history: position === undefined ? await readAnswerHistory(trx, organizationId, now) : [],
      }),
      { readOnly: true, snapshot: true },
    );
    // What is read at first was counted before, so the history comes last.
    presence.learn(organizationId, news.leases);
    for (const { queueId, userId } of news.rung) memory.noteRung(queueId, userId);
    for (const { userId, lastAnswered, answeredToday } of news.history) {
      memory.recall(userId, lastAnswered, answeredToday);
    }
    this.#positions.set(organizationId, news.seq);
  }

  async #endDue(): Promise<void> {
    const { clock, database } = this.#ports;
    for (const organizationId of await listDuePresence(database, clock.now())) {
      await inOrganization(database, organizationId, (trx) =>
        endDuePresence(trx, organizationId, clock.now()),
      );
    }
  }
}
