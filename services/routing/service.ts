import { join } from 'node:path';
import type { Logger } from 'pino';
import { openDatabase } from '../storage/database.ts';
import { startEmbedded } from '../storage/embedded.ts';
import type { Config } from './config.ts';
import { keepSecretKey, prepareDataFolder } from './data-folder.ts';
import { openDirectoryDisk } from './directory/disk.ts';
import { buildRedisDirectories } from './directory/redis-directories.ts';
import type { Made } from './first-start.ts';
import { bringSchemaUpToDate, type Reached, reachDatabase, reachRedis } from './reach-stores.ts';
import type { Closer, ServiceOptions } from './serving.ts';
import { StartProblem } from './start-problem.ts';
import { hasLastKnownGood, openWatchedRedis } from './stores.ts';

export type Service = {
  /** http://host:port */
  readonly address: string;
  /** What the first start made, and is shown once. */
  readonly made: Made;
  /** Sentences about what is missing while calls are answered all the same. */
  readonly missing: readonly string[];
  /** Ready off, running requests to their end, then everything closed; the embedded database last. */
  close(): Promise<void>;
};

/** Opens everything in order; where that fails, closes what was opened and throws. */
export async function openService(options: ServiceOptions): Promise<Service> {
  const closers: Closer[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) {
      await Promise.resolve(closer()).catch((error: unknown) => {
        options.log.warn({ err: error }, 'could not be closed in order');
      });
    }
  };
  try {
    return { ...(await open(options, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(options: ServiceOptions, closers: Closer[]): Promise<Omit<Service, 'close'>> {
  const { config, log } = options;
  await prepareDataFolder(config.dataDir);
  const secretKeys = config.secretKeys.length > 0 ? config.secretKeys : [await keepSecretKey(config.dataDir)];
  const watched = config.redisUrl === null ? null : await openWatchedRedis(config.redisUrl, log);
  if (watched !== null) closers.push(() => watched.redis.close());
  const directoryFolder = join(config.dataDir, 'directory');
  const disk = openDirectoryDisk(directoryFolder, { keys: secretKeys }, () => undefined);
  const missing: string[] = [];
  if (watched !== null) {
    const reached = await reachRedis(watched.redis, watched.lastError);
    if (reached !== 'reached') {
      if ((await disk.list()).length === 0) throw new StartProblem(reached.unreachable);
      missing.push(reached.unreachable);
    }
  }
  const databaseUrl = config.databaseUrl ?? (await openEmbedded(config, log, closers));
  const redisDirectories =
    watched === null ? null : buildRedisDirectories(watched.redis, { keys: secretKeys });
  const { reach, bringUpToDate, close } = openFirstConnection(databaseUrl, options);
  closers.push(close);
  const reached = await reachOrGoOn(reach, () => hasLastKnownGood(disk, redisDirectories));
  if (reached !== 'reached') missing.push(reached.unreachable);
  else await bringUpToDate().finally(close);

  // Reading the rest takes most of a start: a store that cannot be used shows before.
  const { openServing } = await import('./serving.ts');
  const redis = watched?.redis ?? null;
  const stored = { databaseUrl, secretKeys, directoryFolder, redis };
  const isReached = reached === 'reached';
  const serving = await openServing({ ...options, stored, isReached, reach, bringUpToDate }, closers);
  return { ...serving, missing };
}

/** For the start alone: what serves afterwards has pools of its own. */
function openFirstConnection(url: string, { config, log }: ServiceOptions) {
  const database = openDatabase({ url, poolSize: 1, statementTimeoutMs: 1_500 });
  let isClosed = false;
  return {
    reach: () => reachDatabase(database, url),
    bringUpToDate: async (): Promise<void> => {
      const applied = await bringSchemaUpToDate(database, url, config.migrate);
      if (applied.length > 0) log.info({ applied }, 'the schema was brought up to date');
    },
    // Not awaited: a server that is frozen keeps its connections for seconds, and calls are waiting.
    close: (): void => {
      if (isClosed) return;
      isClosed = true;
      void database.close().catch(() => undefined);
    },
  };
}

async function openEmbedded(config: Config, log: Logger, closers: Closer[]): Promise<string> {
  try {
    const embedded = await startEmbedded({
      dataDir: config.dataDir,
      log: (message) => log.error(message),
    });
    closers.push(() => embedded.close());
    return embedded.url;
  } catch (error) {
    // Its errors are sentences for the administrator.
    throw new StartProblem(reasonOfEmbedded(error), { cause: error });
  }
}

function reasonOfEmbedded(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A Postgres that starts at the same time as we do is given some seconds, unless calls can be answered meanwhile. */
async function reachOrGoOn(reach: () => Promise<Reached>, canGoOn: () => Promise<boolean>): Promise<Reached> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const reached = await reach();
    if (reached === 'reached' || (await canGoOn())) return reached;
    if (performance.now() > deadline) throw new StartProblem(reached.unreachable);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
