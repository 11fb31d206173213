import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { everyPermission } from '../../plugins/admin/access.ts';
import { findNextExtension } from '../../plugins/admin/extension-pool.ts';
import { newToken } from '../../plugins/admin/index.ts';
import { hashPassword } from '../../plugins/admin/sessions/password.ts';
import { writeWords } from '../../plugins/admin/user-words.ts';
import { buildApp } from './app.ts';
import type { Config } from './config.ts';
import { insertDemoCalls } from './demo-calls.ts';
import { type Made, prepareFirstStart } from './first-start.ts';
import type { LineWriter } from './log.ts';
import { buildParts, type Parts, type PartsOptions } from './parts.ts';
import type { Clock } from './ports.ts';
import type { Reached } from './reach-stores.ts';
import { reasonOf, StartProblem, toListenProblem } from './start-problem.ts';

export type ServiceOptions = {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly writeCalls: LineWriter;
  /** Something came to light, after the start, with which the service may not go on. */
  readonly onFatal: (error: unknown) => void;
};

export type Closer = () => Promise<void> | void;

export type ServingOptions = ServiceOptions & {
  readonly stored: Pick<PartsOptions, 'databaseUrl' | 'secretKeys' | 'directoryFolder' | 'redis'>;
  /** Does Postgres answer already? Else it is asked again and again, and calls are answered meanwhile. */
  readonly isReached: boolean;
  readonly reach: () => Promise<Reached>;
  readonly bringUpToDate: () => Promise<void>;
};

/** What works over the stores: the first start's rows, the directories, what goes on behind, and HTTP. */
export async function openServing(
  options: ServingOptions,
  closers: Closer[],
): Promise<{ readonly address: string; readonly made: Made }> {
  const { config, clock, log, writeCalls, stored, isReached, bringUpToDate } = options;
  const parts = buildParts({ config, clock, log, writeCalls, ...stored });
  closers.push(() => parts.stores.close());
  const prepare = (): Promise<Made> => prepareFirstStart(firstStartPorts(parts), config);
  const made = isReached ? await prepare() : { administrator: null, demoKey: null };
  await parts.stores.start();
  if (made.demoKey !== null) await addDemoCalls(parts);
  parts.callLog.start();
  closers.push(() => parts.callLog.close());
  parts.live.start();
  parts.mail.start();
  // Each waits for what it has asked a database that may not answer: not one after the other.
  closers.push(async () => void (await Promise.all([parts.live.close(), parts.mail.close()])));
  if (!isReached) closers.push(keepTrying(options, () => bringUpToDate().then(prepare)));

  const app = await buildApp(parts.app, config);
  closers.push(() => app.close());
  closers.push(() => parts.drain());
  const address = await listen(app, config);
  return { address, made };
}

/** Decided by the directory that the first start has just made. */
async function addDemoCalls({ stores: { database, directories }, clock, newId }: Parts): Promise<void> {
  const organizationId = directories.firstOrganizationId();
  const entry = organizationId === undefined ? undefined : directories.get(organizationId);
  if (entry !== undefined) await insertDemoCalls(database, entry.directory, clock.now(), newId);
}

const retryMs = 1_000;

/** The start that Postgres missed, made up for when it answers. */
function keepTrying({ log, onFatal, reach }: ServingOptions, prepare: () => Promise<unknown>): Closer {
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
