import { setTimeout as delay } from 'node:timers/promises';

/** Where versions are announced: Redis pub/sub, or LISTEN on a connection of its own. */
export type VersionFeed = {
  /**
   * Begins to listen, and goes on trying by itself for as long as the feed is open. `onConnected` is called each time
   * that listening begins: what was said before that went past us.
   */
  start(listener: { onVersion(organizationId: string, version: number): void; onConnected(): void }): void;
  close(): Promise<void>;
};

/** The side of the cache that hears of versions. */
export type VersionListener = {
  heard(organizationId: string, version: number): void;
  compareVersions(): Promise<boolean>;
};

/** `<organization id>:<version>`, on the Redis channel and in NOTIFY alike. Undefined: not one of ours. */
export function parseVersionMessage(
  text: string,
): { readonly organizationId: string; readonly version: number } | undefined {
  const match = /^([0-9a-f-]{36}):(\d{1,15})$/.exec(text);
  return match?.[1] === undefined ? undefined : { organizationId: match[1], version: Number(match[2]) };
}

const pollMs = 1_000;

/**
 * Keeps a cache fresh in three ways that fail apart: messages by Redis, messages by Postgres, and a comparison of all
 * versions every second and after each lost subscription.
 */
export class Invalidation {
  readonly #cache: VersionListener;
  readonly #feeds: readonly VersionFeed[];
  readonly #stop = new AbortController();
  #polling: Promise<void> | undefined;
  #comparing: Promise<boolean> | undefined;
  #again = false;

  constructor(cache: VersionListener, feeds: readonly VersionFeed[]) {
    this.#cache = cache;
    this.#feeds = feeds;
  }

  start(): void {
    for (const feed of this.#feeds) {
      feed.start({
        onVersion: (organizationId, version) => this.#cache.heard(organizationId, version),
        onConnected: () => void this.#compare(),
      });
    }
    this.#polling ??= this.#poll();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#feeds.map((feed) => feed.close()));
    await this.#polling;
    await this.#comparing;
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await delay(pollMs, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.#compare();
    }
  }

  /** One at a time. Whoever asks while one is under way gets another after it: that one may have begun too early. */
  #compare(): Promise<boolean> {
    if (this.#comparing !== undefined) {
      this.#again = true;
      return this.#comparing;
    }
    this.#comparing = this.#compareUntilQuiet().finally(() => {
      this.#comparing = undefined;
    });
    return this.#comparing;
  }

  async #compareUntilQuiet(): Promise<boolean> {
    let answered = false;
    do {
      this.#again = false;
      answered = await this.#cache.compareVersions().catch(() => false);
    } while (this.#again && !this.#stop.signal.aborted);
    return answered;
  }
}
