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

export type NotificationsOptions = {
  /** A direct connection: a transaction pooler does not carry LISTEN. */
  readonly url: string;
  readonly channel: string;
  readonly onError?: (error: unknown) => void;
};

const connectTimeoutMs = 1_000;
/** How often the connection is asked whether anybody is still there, and how long it has to answer. */
const heartbeatMs = 2_000;
const queryTimeoutMs = 1_000;
const longestPauseMs = 1_000;

/**
 * LISTEN on a connection of its own, which comes back by itself. A Postgres that is frozen closes nothing, so the
 * connection is asked every two seconds, and replaced where no answer comes.
 */
export class Notifications {
  readonly #options: NotificationsOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  start(listener: Listener): void {
    this.#running ??= this.#run(listener);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(listener: Listener): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    const onConnected = (): void => {
      failures = 0;
      listener.onConnected();
    };
    while (!signal.aborted) {
      await this.#listen({ ...listener, onConnected }).catch((error: unknown) => {
        if (!signal.aborted) this.#options.onError?.(error);
      });
      const pauseMs = Math.min(50 * 2 ** Math.min(failures, 10), longestPauseMs);
      failures += 1;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves or rejects when the connection is lost, or could not be made. */
  async #listen(listener: Listener): Promise<void> {
    const { url, channel, onError } = this.#options;
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
    client.on('notification', (message) => {
      if (message.channel === channel && message.payload !== undefined) listener.onMessage(message.payload);
    });
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
      listener.onConnected();
      await this.#watch(client, AbortSignal.any([lost.signal, this.#stop.signal]));
    } finally {
      // A frozen server never says goodbye.
      await Promise.race([client.end().catch(() => undefined), sleep(100)]);
      socket.destroy();
    }
  }

  async #watch(client: Client, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(heartbeatMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await client.query('select 1');
    }
  }
}
