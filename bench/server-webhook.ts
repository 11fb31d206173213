import { randomBytes } from 'node:crypto';
import { openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { buildApp } from '../services/routing/app.ts';
import { buildCallFanOut } from '../services/routing/calls/call-fan-out.ts';
import { buildCarrierAccounts } from '../services/routing/calls/carrier-accounts.ts';
import { buildSecretBox } from '../services/routing/calls/secret-box.ts';
import { readConfig } from '../services/routing/config.ts';
import { compileDirectory } from '../services/routing/domain/directory.ts';
import { buildPresence } from '../services/routing/live/presence.ts';
import { RecordWriter } from '../services/routing/live/record-writer.ts';
import { buildLineWriter, buildLog } from '../services/routing/log.ts';
import { buildParts } from '../services/routing/parts.ts';
import type { Directories, DirectoryEntry } from '../services/routing/ports.ts';
import { benchDirectory } from './directory.ts';
import { buildHangUps } from './hang-ups.ts';
import { ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL } from './webhook-requests.ts';

/**
 * What answers a call, as the service has it, around a directory of 100,000 users that is in hand, with stores that
 * nobody reaches: no call may ask them. Lines go to /dev/null. Arguments: `silent` writes none; `absent` takes no
 * note of who rings and talks; `records` also makes the record of each call, as far as the thread that answers does it,
 * for a store that takes all.
 */
const secretKey = 'bench-key-of-at-least-32-characters';
const read = readConfig({
  PUBLIC_URL,
  DATABASE_URL: 'postgres://bench@127.0.0.1:1/bench',
  LINEFINDER_SECRET_KEY: secretKey,
  TWILIO_ACCOUNT_SID: ACCOUNT_SID,
  TWILIO_AUTH_TOKEN: AUTH_TOKEN,
});
if (!read.ok) throw new Error(JSON.stringify(read));
const { config } = read;
/** A Tuesday on which most of the five zones work: on a Sunday there is less to do for each call. */
const begin = Date.parse('2026-11-24T15:00:00Z') - performance.now();
const clock = { now: () => Math.floor(begin + performance.now()) };
const directory = compileDirectory(benchDirectory(process.argv.includes('small') ? 1_000 : 100_000));
const entry: DirectoryEntry = { directory, source: 'postgres', confirmedAt: Number.MAX_SAFE_INTEGER };
const directories: Directories = {
  get: (id) => (id === directory.organizationId ? entry : undefined),
  load: async (id) => (id === directory.organizationId ? entry : undefined),
  advance: async () => false,
  list: () => [entry],
  findApiKey: () => undefined,
  findCarrierAccount: () => undefined,
};
const destination = pino.destination({ dest: openSync('/dev/null', 'w'), sync: false });
const log = buildLog(destination, { readable: false });
const writeCalls = process.argv.includes('silent')
  ? () => undefined
  : buildLineWriter(destination, { readable: false, now: clock.now });
const parts = buildParts({
  config,
  clock,
  log,
  writeCalls,
  databaseUrl: 'postgres://bench@127.0.0.1:1/bench',
  secretKeys: [secretKey],
  directoryFolder: join(tmpdir(), 'linefinder-bench'),
  redis: null,
});
const { serving } = parts.app;
if (serving === undefined) throw new Error('the parts serve nothing');
const accounts = buildCarrierAccounts({
  directories,
  box: buildSecretBox([secretKey], randomBytes),
  configured: config.twilio,
  firstOrganizationId: () => directory.organizationId,
});
// Taken as by whoever shares it with the other processes. Callers hang up after two seconds, or more and more would ring.
const presence = buildPresence({ clock, processId: 'bench' });
const over = { carrier: 'twilio', type: 'status', status: 'completed', durationSeconds: 2 } as const;
const { organizationId } = directory;
const hangUps = buildHangUps(2_000, (callId, at) => presence.append({ ...over, organizationId, callId, at }));
setInterval(() => {
  hangUps.endUntil(clock.now());
  presence.takeChanges();
}, 100);
setInterval(() => presence.sweep(), 1_000);
const records = new RecordWriter({
  store: { write: async () => undefined, close: async () => undefined },
  spill: { add: async () => false, drain: async () => undefined },
  onError: fail,
});
const listeners = [
  parts.callLog,
  ...(process.argv.includes('absent') ? [] : [presence, hangUps.calls]),
  ...(process.argv.includes('records') ? [records] : []),
];
const app = await buildApp(
  {
    ...parts.app,
    directories,
    serving: {
      ...serving,
      callLog: buildCallFanOut(listeners, fail),
      presence,
      twilio: { ...serving.twilio, accounts },
    },
  },
  config,
);
parts.callLog.start();
records.start();
await app.listen({ port: 0, host: '127.0.0.1' });
const address = app.server.address();
process.on('SIGINT', () => process.exit());
if (typeof address === 'object') process.send?.(address?.port);

function fail(error: unknown): never {
  throw error;
}
