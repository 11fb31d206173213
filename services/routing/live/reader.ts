import { setTimeout as delay } from 'node:timers/promises';
import { within } from '../../storage/breaker.ts';
import { type Database, inOrganization } from '../../storage/database.ts';
import {
  type LiveStream,
  listLiveEvents,
  listLiveStreams,
  sweepLiveEvents,
} from '../../storage/live-streams.ts';
import type { Clock } from '../ports.ts';
import type { LiveEvent } from './event.ts';

/** Every event of every organization, as this process hears of it: in the order of the numbers, each once. */
export type LiveFeed = {
  /** Gets some events of one organization at a time. Must not throw nor take long. Gives what ends it. */
  onEvents(listener: (events: readonly LiveEvent[]) => void): () => void;
};

/** `lagging`: Postgres does not answer, and nothing that happened after `asOf` (epoch ms) can be known. */
export type LiveState = { readonly state: 'live' | 'lagging'; readonly asOf: number };

/** What else the hub wants to know. */
export type LiveSource = LiveFeed & {
  /** Events were missed: the stream began anew, or rows were swept before they were read. */
  onBreak(listener: (organizationId: string) => void): () => void;
  onState(listener: (state: LiveState) => void): () => void;
  state(): LiveState;
  /** Up to where the events of this organization were given out. */
  position(organizationId: string): { readonly epoch: string; readonly seq: number } | undefined;
};

/** Tells that there is something to read; a message that is lost costs a second. Redis has no part in it, and may be away. */
export type WakeUps = {
  start(listener: { onWake(organizationId: string, seq: number): void; onConnected(): void }): void;
  close(): Promise<void>;
};

export type LiveReaderPorts = {
  readonly clock: Clock;
  /** A pool of its own: a busy administration must not delay what happens on the telephones. */
  readonly database: Database;
  readonly wakeUps: readonly WakeUps[];
  readonly onError: (error: unknown) => void;
};

type Stream = { epoch: string; position: number; heard: number; reading: boolean };

const pollMs = 1_000;
/** A Postgres that is frozen is told about after this long. */
const pollLimitMs = 1_500;
const eventsAtOnce = 1_000;
const sweepEveryMs = 60_000;

/**
 * Reads the rows of every organization's stream once for the whole process. Messages only wake it; once a second it
 * looks by itself. What was there before it began is nobody's news.
 */
export class LiveReader implements LiveSource {
  readonly #ports: LiveReaderPorts;
  readonly #streams = new Map<string, Stream>();
  readonly #stop = new AbortController();
  readonly #events = new Set<(events: readonly LiveEvent[]) => void>();
  readonly #breaks = new Set<(organizationId: string) => void>();
  readonly #states = new Set<(state: LiveState) => void>();
  readonly #reads = new Set<Promise<void>>();
  #state: LiveState;
  /** False: where the streams stood when we began is not known yet. */
  #hasBegun = false;
  #running: Promise<void> | undefined;
  #comparing: Promise<void> | undefined;
  #again = false;
  #sweptAt = 0;

  constructor(ports: LiveReaderPorts) {
    this.#ports = ports;
    this.#state = { state: 'lagging', asOf: 0 };
  }

  /** Resolves when it is known where the streams stand, or Postgres did not answer. */
  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    for (const wakeUps of this.#ports.wakeUps) {
      wakeUps.start({
        onWake: (organizationId, seq) => this.wake(organizationId, seq),
        onConnected: () => void this.#compare(),
      });
    }
    const first = this.#compare();
    this.#running = first.then(() => this.#poll());
    await first;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#ports.wakeUps.map((wakeUps) => wakeUps.close()));
    await this.#running;
    await this.#comparing;
    await Promise.allSettled(this.#reads);
  }

  onEvents(listener: (events: readonly LiveEvent[]) => void): () => void {
    return join(this.#events, listener);
  }

  onBreak(listener: (organizationId: string) => void): () => void {
    return join(this.#breaks, listener);
  }

  onState(listener: (state: LiveState) => void): () => void {
    return join(this.#states, listener);
  }

  state(): LiveState {
    return this.#state;
  }

  position(organizationId: string): { readonly epoch: string; readonly seq: number } | undefined {
    const stream = this.#streams.get(organizationId);
    return stream === undefined ? undefined : { epoch: stream.epoch, seq: stream.position };
  }

  /** This number was given: there is something to read. Returns at once. */
  wake(organizationId: string, seq: number): void {
    const stream = this.#streams.get(organizationId);
    // One that was not there a moment ago: the comparison finds it with its epoch.
    if (stream === undefined) void this.#compare();
    else this.#hear(organizationId, stream, seq);
  }

  #hear(organizationId: string, stream: Stream, seq: number): void {
    if (seq > stream.heard) stream.heard = seq;
    if (stream.reading || stream.heard <= stream.position || this.#stop.signal.aborted) return;
    stream.reading = true;
    const reading = this.#readUpTo(organizationId, stream)
      // The next comparison tries again.
      .catch((error: unknown) => this.#ports.onError(error))
      .finally(() => {
        stream.reading = false;
        this.#reads.delete(reading);
      });
    this.#reads.add(reading);
  }

  async #readUpTo(organizationId: string, stream: Stream): Promise<void> {
    while (stream.position < stream.heard && !this.#stop.signal.aborted) {
      const { position } = stream;
      const events = await inOrganization(
        this.#ports.database,
        organizationId,
        (trx) => listLiveEvents(trx, organizationId, position, eventsAtOnce),
        { readOnly: true },
      );
      // Begun anew meanwhile.
      if (stream !== this.#streams.get(organizationId)) return;
      const last = events.at(-1)?.seq;
      if (events[0]?.seq !== position + 1) this.#tell(this.#breaks, organizationId);
      // What was announced and is not there was swept.
      stream.position = last ?? stream.heard;
      if (last !== undefined) this.#tell(this.#events, events);
    }
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await delay(pollMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.#compare();
      this.#sweep();
    }
  }

  /** One at a time. Whoever asks while one is under way gets another after it: that one may have begun too early. */
  #compare(): Promise<void> {
    this.#again = this.#comparing !== undefined;
    this.#comparing ??= this.#compareUntilQuiet().finally(() => {
      this.#comparing = undefined;
    });
    return this.#comparing;
  }

  async #compareUntilQuiet(): Promise<void> {
    do {
      this.#again = false;
      await this.#compareOnce();
    } while (this.#again && !this.#stop.signal.aborted && this.#state.state === 'live');
  }

  /** Where all streams stand, against where we do. */
  async #compareOnce(): Promise<void> {
    const asOf = this.#ports.clock.now();
    const before = new Map([...this.#streams].map(([id, { position }]) => [id, position]));
    try {
      const streams = await within(pollLimitMs, listLiveStreams(this.#ports.database));
      if (this.#stop.signal.aborted) return;
      for (const stream of streams) this.#place(stream, before.get(stream.organizationId));
      this.#hasBegun = true;
      this.#setState({ state: 'live', asOf });
    } catch (error) {
      this.#ports.onError(error);
      this.#setState({ state: 'lagging', asOf: this.#state.asOf });
    }
  }

  /** `before`: where we stood when the question was asked; a number below it was taken back (a restored backup). */
  #place({ organizationId, epoch, seq }: LiveStream, before: number | undefined): void {
    const stream = this.#streams.get(organizationId);
    if (stream !== undefined && stream.epoch === epoch && seq >= (before ?? 0)) {
      this.#hear(organizationId, stream, seq);
      return;
    }
    // A stream that comes while we read is read from its beginning.
    const position = stream === undefined && this.#hasBegun ? 0 : seq;
    const begun: Stream = { epoch, position, heard: seq, reading: false };
    this.#streams.set(organizationId, begun);
    if (stream !== undefined) this.#tell(this.#breaks, organizationId);
    this.#hear(organizationId, begun, seq);
  }

  #setState(state: LiveState): void {
    const hasChanged = state.state !== this.#state.state;
    this.#state = state;
    if (hasChanged) this.#tell(this.#states, state);
  }

  #tell<T>(listeners: ReadonlySet<(news: T) => void>, news: T): void {
    for (const listener of listeners) {
      try {
        listener(news);
      } catch (error) {
        this.#ports.onError(error);
      }
    }
  }

  #sweep(): void {
    const now = this.#ports.clock.now();
    if (now - this.#sweptAt < sweepEveryMs || this.#state.state !== 'live') return;
    this.#sweptAt = now;
    const sweeping = sweepLiveEvents(this.#ports.database)
      .catch((error: unknown) => this.#ports.onError(error))
      .finally(() => this.#reads.delete(sweeping));
    this.#reads.add(sweeping);
  }
}

function join<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
