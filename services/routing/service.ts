import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { everyPermission } from '../../plugins/admin/access.ts';
import { findNextExtension } from '../../plugins/admin/extension-pool.ts';
import { newToken } from '../../plugins/admin/index.ts';
import { hashPassword } from '../../plugins/admin/sessions/password.ts';
import { writeWords } from '../../plugins/admin/user-words.ts';
import { startEmbedded } from '../storage/embedded.ts';
import { buildApp } from './app.ts';
import type { Config } from './config.ts';
import { keepSecretKey, prepareDataFolder } from './data-folder.ts';
import { insertDemoCalls } from './demo-calls.ts';
import { openDirectoryDisk } from './directory/disk.ts';
import { buildRedisDirectories } from './directory/redis-directories.ts';
import { type Made, prepareFirstStart } from './first-start.ts';
import type { LineWriter } from './log.ts';
import { buildParts, type Parts } from './parts.ts';
import type { Clock } from './ports.ts';
import { bringSchemaUpToDate, type Reached, reachDatabase, reachRedis } from './reach-stores.ts';
import { reasonOf, StartProblem, toListenProblem } from './start-problem.ts';
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

export type ServiceOptions = {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly writeCalls: LineWriter;
  /** Something came to light, after the start, with which the service may not go on. */
  readonly onFatal: (error: unknown) => void;
};

type Closer = () => Promise<void> | void;

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
  const redis = watched?.redis ?? null;
  const { clock, writeCalls } = options;
  const stored = { databaseUrl, secretKeys, directoryFolder, redis };
  const parts = buildParts({ config, clock, log, writeCalls, ...stored });
  const { database } = parts.stores;
  closers.push(() => parts.stores.close());
  const reach = () => reachDatabase(database, databaseUrl);
  const reached = await reachOrGoOn(reach, () => hasLastKnownGood(disk, redisDirectories));
  if (reached !== 'reached') missing.push(reached.unreachable);
  const prepare = async (): Promise<Made> => {
    const applied = await bringSchemaUpToDate(database, databaseUrl, config.migrate);
    if (applied.length > 0) log.info({ applied }, 'the schema was brought up to date');
    return prepareFirstStart(firstStartPorts(parts), config);
  };
  const made = reached === 'reached' ? await prepare() : { administrator: null, demoKey: null };
  await parts.stores.start();
  if (made.demoKey !== null) await addDemoCalls(parts);
  parts.callLog.start();
  closers.push(() => parts.callLog.close());
  parts.live.start();
  closers.push(() => parts.live.close());
  parts.mail.start();
  closers.push(() => parts.mail.close());
  if (reached !== 'reached') closers.push(keepTrying(options, reach, prepare));

  const app = await buildApp(parts.app, config);
  closers.push(() => app.close());
  closers.push(() => parts.drain());
  const address = await listen(app, config);
  return { address, made, missing };
}

/** Decided by the directory that the first start has just made. */
async function addDemoCalls({ stores: { database, directories }, clock, newId }: Parts): Promise<void> {
  const organizationId = directories.firstOrganizationId();
  const entry = organizationId === undefined ? undefined : directories.get(organizationId);
  if (entry !== undefined) await insertDemoCalls(database, entry.directory, clock.now(), newId);
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

const retryMs = 1_000;

/** The start that Postgres missed, made up for when it answers. */
function keepTrying(
  { log, onFatal }: ServiceOptions,
  reach: () => Promise<Reached>,
  prepare: () => Promise<unknown>,
): Closer {
  let stopped = false;
  const run = async (): Promise<void> => {
    while (!stopped) {
      await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
      if (stopped) return;
      try {
        if ((await reach()) !== 'reached') continue;
        await prepare();
        log.info('the database answers: changes are possible again');
        return;
      } catch (error) {
        if (error instanceof StartProblem) return onFatal(error);
        log.warn({ err: error }, 'the database could not be prepared');
      }
    }
  };
  void run();
  return () => {
    stopped = true;
  };
}

function firstStartPorts({ stores, clock, newId }: Parts) {
  const { database, box } = stores;
  const admin = { newToken, hashPassword, writeWords, everyPermission, findNextExtension };
  return { database, clock, newId, box, ...admin };
}

async function listen(app: FastifyInstance, { host, port }: Config): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw toListenProblem(error, host, port) ?? new Error(reasonOf(error), { cause: error });
  }
}
