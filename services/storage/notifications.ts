import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** The channel of the trigger on the outbox (sql/0006_activity.sql). */
export const directoryNotifications = 'linefinder_directory';

export type Listener = {
  onMessage(message: string): void;
  /** Each time that listening begins: what was said before that went past us. */
  onConnected(): void;
};

/** What is said on one channel. */
export type Channel = {
  start(listener: Listener): void;
  close(): Promise<void>;
};

export type NotificationsOptions = {
  /** A direct connection: a transaction pooler does not carry LISTEN. */
  readonly url: string;
  readonly onError?: (error: unknown) => void;
};

const connectTimeoutMs = 1_000;
/** How often the connection is asked whether anybody is still there, and how long it has to answer. */
const heartbeatMs = 2_000;
const queryTimeoutMs = 1_000;
const longestPauseMs = 1_000;

/**
 * LISTEN on one connection for all channels, which comes back by itself. A Postgres that is frozen closes nothing, so
 * the connection is asked every two seconds, and replaced where no answer comes. It is there while a channel is.
 */
export class Notifications {
  readonly #options: NotificationsOptions;
  readonly #listeners = new Map<string, Listener>();
  readonly #stop = new AbortController();
  #added = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  /** One listener for each; the name goes into a statement. */
  channel(name: string): Channel {
    return {
      start: (listener) => {
        this.#listeners.set(name, listener);
        this.#added.abort();
        this.#running ??= this.#run();
      },
      close: async () => {
        this.#listeners.delete(name);
        if (this.#listeners.size > 0) return;
        this.#stop.abort();
        await this.#running;
      },
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      await this.#listen(() => {
        failures = 0;
      }).catch((error: unknown) => {
        if (!signal.aborted) this.#options.onError?.(error);
      });
      const pauseMs = Math.min(50 * 2 ** Math.min(failures, 10), longestPauseMs);
      failures += 1;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves or rejects when the connection is lost, or could not be made. */
  async #listen(onConnected: () => void): Promise<void> {
    const { url, onError } = this.#options;
    const socket = new Socket();
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
      application_name: 'linefinder notifications',
      stream: () => socket,
    });
    const lost = new AbortController();
    client.on('error', (error) => {
      onError?.(error);
      lost.abort();
    });
    client.on('end', () => lost.abort());
    client.on('notification', ({ channel, payload }) => {
      if (payload !== undefined) this.#listeners.get(channel)?.onMessage(payload);
    });
    try {
      await client.connect();
      await this.#watch(client, AbortSignal.any([lost.signal, this.#stop.signal]), onConnected);
    } finally {
      // A frozen server never says goodbye.
      await Promise.race([client.end().catch(() => undefined), sleep(100)]);
      socket.destroy();
    }
  }

  async #watch(client: Client, signal: AbortSignal, onConnected: () => void): Promise<void> {
    const heard = new Set<string>();
    while (!signal.aborted) {
      this.#added = new AbortController();
      for (const [name, listener] of this.#listeners) {
        if (heard.has(name)) continue;
        await client.query(`listen ${name}`);
        heard.add(name);
        onConnected();
        listener.onConnected();
      }
      const woken = AbortSignal.any([signal, this.#added.signal]);
      await sleep(heartbeatMs, undefined, { signal: woken }).catch(() => undefined);
      if (!woken.aborted) await client.query('select 1');
    }
  }
}
