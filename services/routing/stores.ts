import type { Logger } from 'pino';
import { type Database, type DatabaseOptions, openDatabase } from '../storage/database.ts';
import type { KickedWorker } from '../storage/kicked-worker.ts';
import { liveNotifications } from '../storage/live-events.ts';
import { type Channel, directoryNotifications, Notifications } from '../storage/notifications.ts';
import type { RedisConnection } from '../storage/redis.ts';
import { buildRelay, directoryChannel } from '../storage/relay.ts';
import { Sweeper } from '../storage/sweeper.ts';
import { buildSecretBox, type SecretBox } from './calls/secret-box.ts';
import { buildSharedStore, type SharedStore } from './calls/shared-store.ts';
import { type CacheOptions, DirectoryCache } from './directory/cache.ts';
import { buildDatabaseDirectories, buildNotifyFeed } from './directory/database-directories.ts';
import { type DirectoryDisk, openDirectoryDisk } from './directory/disk.ts';
import { Invalidation } from './directory/invalidation.ts';
import { createLoader, type DirectoryRedis } from './directory/loader.ts';
import { buildRedisDirectories, buildRedisFeed } from './directory/redis-directories.ts';
import { afterTheStart } from './live/life-cycle.ts';
import { LiveReader } from './live/reader.ts';
import { buildNotifyWakeUps } from './live/wake-ups.ts';
import type { Clock } from './ports.ts';

export type StoresOptions = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly databaseUrl: string;
  /** Left out: the service's own, which are for a database that is near. */
  readonly databaseLimits?: DatabaseLimits;
  readonly listenUrl: string;
  readonly redis: RedisConnection | null;
  readonly secretKeys: readonly string[];
  /** For the last-known-good directories. */
  readonly directoryFolder: string;
  readonly randomBytes: (size: number) => Buffer;
  readonly onLoad: NonNullable<CacheOptions['onLoad']>;
};

export type DatabaseLimits = Pick<DatabaseOptions, 'connectTimeoutMs' | 'statementTimeoutMs'> & {
  /** Everything works with the connections of one pool: where many services are made that have little to do. */
  readonly onePool?: boolean;
};

/** Everything that reads or writes a store, wired together. Opened in this order, closed in the other. */
export type Stores = {
  readonly database: Database;
  /** For what is written behind the calls: neither the administration nor the directory waits for it. */
  readonly recording: Database;
  readonly directories: DirectoryCache;
  readonly box: SecretBox;
  readonly shared: SharedStore | null;
  readonly relay: KickedWorker;
  /** What happens, as rows say it. */
  readonly live: LiveReader;
  /** Loads every directory that can be had, and keeps them fresh from then on. Resolves also with every store down. */
  start(): Promise<void>;
  close(): Promise<void>;
};

/** Opens no connection before `start`, but Redis' own. */
export function openStores(options: StoresOptions): Stores {
  const { clock, log, redis } = options;
  const seal = { keys: options.secretKeys };
  const quietly = (what: string) => (error: unknown) => log.warn({ err: error }, what);
  const { database, reading, recording, watching } = openPools(
    options,
    quietly('a database connection ended'),
  );
  const disk = openDirectoryDisk(
    options.directoryFolder,
    seal,
    quietly('a directory could not be kept on disk'),
  );
  const directories = new DirectoryCache({
    clock,
    onLoad: options.onLoad,
    loader: createLoader({
      clock,
      disk,
      database: buildDatabaseDirectories(reading),
      redis: redis === null ? null : buildRedisDirectories(redis, seal),
    }),
  });
  const notifications = new Notifications({ url: options.listenUrl });
  const versions = notifications.channel(directoryNotifications);
  const feeds = [buildNotifyFeed(versions), ...(redis === null ? [] : [buildRedisFeed(redis)])];
  const invalidation = new Invalidation(directories, feeds);
  const relay = buildRelay({
    database: database.background,
    publish: redis === null ? undefined : publisher(redis),
    isReady: () => redis?.isReady() ?? true,
    onError: (error) => log.debug({ err: error }, 'the outbox could not be relayed'),
  });
  const live = buildLiveReader(options, watching, notifications.channel(liveNotifications));
  const sweeper = afterTheStart(
    new Sweeper(database.background, (error) => log.debug({ err: error }, 'nothing could be swept')),
  );
  return {
    database,
    recording,
    directories,
    box: buildSecretBox(options.secretKeys, options.randomBytes),
    shared: redis === null ? null : buildSharedStore(redis, clock),
    relay,
    live,
    async start() {
      await directories.start();
      await live.start();
      invalidation.start();
      relay.start();
      sweeper.start();
    },
    async close() {
      // Each waits for what it has asked a database that may not answer: not one after the other.
      await Promise.all([invalidation.close(), live.close(), relay.close(), sweeper.close()]);
      await directories.close();
      await disk.close();
      redis?.close();
      const pools = [watching, reading, recording, database];
      await Promise.allSettled(pools.map((pool) => pool.close()));
    },
  };
}

/** A pool each: a busy administration must not keep the directory from being read, nor the other way round. */
function openPools({ databaseUrl: url, databaseLimits }: StoresOptions, onIdleError: (error: Error) => void) {
  const { onePool = false, ...limits } = databaseLimits ?? {};
  const each = { ...limits, url, onIdleError };
  const database = openDatabase(onePool ? { ...each, poolSize: 18 } : each);
  const open = (name: string, poolSize: number): Database =>
    onePool
      ? database.background
      : openDatabase({ ...each, poolSize, applicationName: `linefinder ${name}` });
  return {
    database,
    reading: open('directory', 3),
    recording: open('records', 2),
    watching: open('live', 3),
  };
}

function buildLiveReader({ clock, log }: StoresOptions, database: Database, told: Channel): LiveReader {
  return new LiveReader({
    clock,
    database,
    wakeUps: [buildNotifyWakeUps(told)],
    onError: (error) => log.debug({ err: error }, 'live events could not be read'),
  });
}

function publisher(redis: RedisConnection): (message: string) => Promise<void> {
  return async (message) => {
    await redis.commands.publish(directoryChannel, message);
  };
}

/** Is there anything to answer calls from while Postgres does not? */
export async function hasLastKnownGood(disk: DirectoryDisk, redis: DirectoryRedis | null): Promise<boolean> {
  if ((await disk.list()).length > 0) return true;
  const shared = await redis?.listVersions().catch(() => []);
  return shared !== undefined && shared.length > 0;
}

/** Opens Redis, and tells what it said last: why it is not there. */
export async function openWatchedRedis(
  url: string,
  log: Logger,
): Promise<{ readonly redis: RedisConnection; lastError(): Error | undefined }> {
  // A start without Redis does without its sixty files.
  const { openRedis } = await import('../storage/redis.ts');
  let last: Error | undefined;
  let told = 0;
  const redis = openRedis({
    url,
    onError: (error) => {
      last = error;
      // It tries several times a second; the log wants to know once a minute.
      if (performance.now() - told < 60_000 && told > 0) return;
      told = performance.now();
      log.warn({ err: error }, 'Redis cannot be used');
    },
  });
  return { redis, lastError: () => last };
}
