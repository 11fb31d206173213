import { join } from 'node:path';
import type { Logger } from 'pino';
import { startEmbedded } from '../storage/embedded.ts';
import type { Config } from './config.ts';
import { keepSecretKey, prepareDataFolder } from './data-folder.ts';
import { openDirectoryDisk } from './directory/disk.ts';
import { buildRedisDirectories } from './directory/redis-directories.ts';
import type { Made } from './first-start.ts';
import { bringSchemaUpToDate, reachDatabase, reachRedis } from './reach-stores.ts';
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
  const watched = config.redisUrl === null ? null : openWatchedRedis(config.redisUrl, log);
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
  const database = await reachOrGoOn(databaseUrl, () => hasLastKnownGood(disk, redisDirectories));
  if (database !== 'reached') missing.push(database.unreachable);
  const bringUpToDate = async (): Promise<void> => {
    const applied = await bringSchemaUpToDate(databaseUrl, config.migrate);
    if (applied.length > 0) log.info({ applied }, 'the schema was brought up to date');
  };
  if (database === 'reached') await bringUpToDate();

  // Reading the rest takes most of a start: a store that cannot be used shows before.
  const { openServing } = await import('./serving.ts');
  const redis = watched?.redis ?? null;
  const stored = { databaseUrl, secretKeys, directoryFolder, redis };
  const isReached = database === 'reached';
  return { ...(await openServing({ ...options, stored, isReached, bringUpToDate }, closers)), missing };
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
async function reachOrGoOn(url: string, canGoOn: () => Promise<boolean>) {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const reached = await reachDatabase(url);
    if (reached === 'reached' || (await canGoOn())) return reached;
    if (performance.now() > deadline) throw new StartProblem(reached.unreachable);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
