import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../services/routing/app.ts';
import { type Config, type Environment, readConfig } from '../../services/routing/config.ts';
import type { DirectoryCache } from '../../services/routing/directory/cache.ts';
import { buildParts } from '../../services/routing/parts.ts';
import type { Clock } from '../../services/routing/ports.ts';
import type { Database } from '../../services/storage/database.ts';
import { openRedis } from '../../services/storage/redis.ts';
import { sharedCompilers } from './compilers.ts';
import { patience, type Teardown, testDatabase } from './database.ts';
import { demoDatabase, demoKey, secretKeys, startFirst } from './demo-database.ts';
import { temporaryFolder } from './postgres.ts';
import { hashQuickly } from './quick-passwords.ts';

export type TestApp = {
  readonly app: FastifyInstance;
  readonly config: Config;
  readonly database: Database;
  readonly directories: DirectoryCache;
  /** Of the demo organization, with every permission. */
  readonly apiKey: string;
  readonly headers: { readonly authorization: string };
  readonly organizationId: string;
  /** Lines that the service logged. */
  readonly lines: readonly string[];
};

export type TestAppOptions = {
  /** Left out: the real one. */
  readonly clock?: Clock;
  readonly environment?: Environment;
  /** Level of the log that is kept in `lines`. */
  readonly redisUrl?: string;
  readonly compileSchemas?: 'at-start' | 'when-used';
};

/** The real app over a database of its own with the demo organization. Closes itself when `t` ends. */
export async function buildTestApp(t: Teardown, options: TestAppOptions = {}): Promise<TestApp> {
  const { clock = { now: Date.now }, environment, redisUrl, compileSchemas = 'when-used' } = options;
  // A demo of another day would have its appointments then.
  const { url } = await (options.clock === undefined ? demoDatabase(t) : testDatabase(t));
  const apiKey = demoKey;
  const read = readConfig({
    PUBLIC_URL: 'https://linefinder.example',
    LINEFINDER_BOOTSTRAP_API_KEY: apiKey,
    DATA_DIR: await temporaryFolder(t),
    ...environment,
  });
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const { config } = read;
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  const parts = buildParts({
    config,
    clock,
    log,
    writeCalls: (written) => lines.push(...written.map((line) => `{${line}}`)),
    databaseUrl: url,
    databaseLimits: { ...patience, onePool: true },
    redis: redisUrl === undefined ? null : openRedis({ url: redisUrl }),
    secretKeys,
    directoryFolder: `${config.dataDir}/directory`,
    recordsHere: true,
  });
  const { stores } = parts;
  const { database, directories } = stores;
  if (options.clock !== undefined || config.bootstrap.administrator !== null)
    await startFirst(url, clock, config);
  await stores.start();
  parts.callLog.start();
  parts.live.start();
  parts.mail.start();
  const late = compileSchemas === 'when-used' ? { compilers: await sharedCompilers() } : {};
  const app = await buildApp({ ...parts.app, hashPassword: hashQuickly, compileSchemas, ...late }, config);
  t.after(async () => {
    parts.drain();
    await app.close();
    await parts.callLog.close();
    await parts.live.close();
    await parts.mail.close();
    await stores.close();
  });
  await app.ready();
  const organizationId = directories.firstOrganizationId() ?? '';
  const headers = { authorization: `Bearer ${apiKey}` };
  return { app, config, database, directories, apiKey, headers, organizationId, lines };
}

/** The same random bytes for nobody: for ids in tests. */
export function randomId(): string {
  return randomBytes(8).toString('hex');
}
