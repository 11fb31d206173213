import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { addLiveMetrics } from '../../plugins/health/live-metrics.ts';
import { buildMetrics, type Metrics } from '../../plugins/health/metrics.ts';
import { addRecordMetrics } from '../../plugins/health/record-metrics.ts';
import { reportHealth } from '../../plugins/health/report.ts';
import { buildTwilioRecordings } from '../../plugins/twilio/recordings.ts';
import { buildTwilioApi } from '../../plugins/twilio/rest.ts';
import { buildTwilioCalls } from '../../plugins/twilio/rest-calls.ts';
import { buildInnerRule } from '../mail/server-address.ts';
import { buildMailTransport } from '../mail/transport.ts';
import { MailWorker } from '../mail/worker.ts';
import type { RedisConnection } from '../storage/redis.ts';
import { fetchAttachment } from '../voicemail/attachment.ts';
import { buildGreetingSounds } from '../voicemail/greeting-sounds.ts';
import { keepRecordingsOf } from '../voicemail/recordings.ts';
import { buildVoicemailSounds, type VoicemailSounds } from '../voicemail/sounds.ts';
import { buildVoicemailWorker } from '../voicemail/worker.ts';
import type { AppPorts, ServingPorts } from './app.ts';
import { buildAnswers } from './calls/answers.ts';
import { buildCallFanOut } from './calls/call-fan-out.ts';
import { BufferedCallLog, type CallLog } from './calls/call-log.ts';
import { buildCallStore } from './calls/call-store.ts';
import { buildCallTokens } from './calls/call-token.ts';
import { buildCarrierAccounts } from './calls/carrier-accounts.ts';
import type { Config } from './config.ts';
import { buildNewId } from './ids.ts';
import { CallSweeper } from './live/call-sweeper.ts';
import { buildChanges, type Changes, mayTakeRights } from './live/changes.ts';
import { LiveHub } from './live/hub.ts';
import { buildJoining } from './live/joining.ts';
import { afterTheStart, type LifeCycle, together } from './live/life-cycle.ts';
import { buildPresence } from './live/presence.ts';
import { buildPresenceBus } from './live/presence-bus.ts';
import { PresenceWriter } from './live/presence-writer.ts';
import { buildRecordStore, type RecordStore } from './live/record-store.ts';
import { RecordThread } from './live/record-thread.ts';
import { writeCallRecords } from './live/record-transaction.ts';
import { RecordWriter, type RecordWriterPorts } from './live/record-writer.ts';
import { snapshotProviders } from './live/snapshots.ts';
import { openSpill } from './live/spill.ts';
import { WaitingRoom } from './live/waiting-room.ts';
import type { LineWriter } from './log.ts';
import type { Clock, Directories, NewId } from './ports.ts';
import { type DatabaseLimits, openStores, type Stores } from './stores.ts';

export type PartsOptions = {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where the lines of the call log go. */
  readonly writeCalls: LineWriter;
  readonly databaseUrl: string;
  readonly databaseLimits?: DatabaseLimits;
  readonly secretKeys: readonly string[];
  readonly directoryFolder: string;
  readonly redis: RedisConnection | null;
  /** Records are written by the thread that answers calls. Left out: by one beside it. */
  readonly recordsHere?: boolean;
};

export type Parts = {
  readonly stores: Stores;
  readonly callLog: BufferedCallLog;
  /** Sends nothing before `start`. */
  readonly mail: MailWorker;
  /** What works beside the calls: records, presence, what is told to whoever watches. */
  readonly live: LifeCycle;
  readonly app: AppPorts;
  readonly newId: NewId;
  readonly clock: Clock;
  drain(): void;
};

/** Wires everything that a service is made of, around its stores. Opens nothing; `stores.start()` does. */
export function buildParts(options: PartsOptions): Parts {
  const { config, clock, log, databaseUrl, databaseLimits = {}, redis } = options;
  const newId = buildNewId(clock, randomBytes);
  let draining = false;
  const changes = buildChanges();
  const stores: Stores = openStores({
    clock,
    log,
    databaseUrl,
    databaseLimits,
    listenUrl: config.databaseListenUrl ?? databaseUrl,
    redis,
    secretKeys: options.secretKeys,
    directoryFolder: options.directoryFolder,
    randomBytes,
    onLoad: (load) => {
      metrics.countLoad(load);
      // API keys are found in the directory.
      if (load.outcome === 'taken') changes.tell(load.organizationId);
      if (load.error !== undefined)
        log.error({ err: load.error, organizationId: load.organizationId }, 'directory');
    },
  });
  const metrics: Metrics = buildMetrics(() => stores.directories.status(), clock.now);
  const callLog = new BufferedCallLog({
    write: options.writeCalls,
    count: metrics.countCall,
    countDropped: metrics.countDroppedLines,
  });
  const quietly = (error: unknown, what: string) => log.warn({ err: error }, what);
  const written =
    options.recordsHere === true ? buildRecordStore(stores.recording) : new RecordThread({ databaseUrl });
  const records = buildRecords(written, stores, config, quietly, async (organizationId, told) => {
    const ports = { newId, box: stores.box, publicUrl: config.publicUrl };
    if (await keepRecordingsOf(stores.recording, ports, organizationId, told)) mail.kick();
  });
  const sweeper = new CallSweeper({
    database: stores.recording,
    write: (organizationId, swept) => writeCallRecords(stores.recording, organizationId, swept),
    onError: quietly,
  });
  addRecordMetrics(metrics.registry, () => records.counts());
  const presence = buildPresence({ clock, processId: newId() });
  const shared = new PresenceWriter({
    clock,
    database: stores.recording,
    directories: stores.directories,
    presence,
    bus: redis === null ? null : buildPresenceBus(redis, stores.box, clock),
    onError: quietly,
  });
  stores.live.onEvents((events) => {
    if (events.some(({ topic }) => topic === 'presence')) shared.wake();
    if (events.some(({ name }) => name === 'queue.changed')) waiting.kick();
    // Of one organization at a time.
    const taking = events.find(mayTakeRights);
    if (taking !== undefined) changes.tell(taking.organizationId);
  });
  const waiting = new WaitingRoom({
    database: stores.recording,
    directories: stores.directories,
    clock,
    newId,
    calls: buildTwilioCalls(config.twilioApiUrl),
    credentialsOf(accountSid) {
      const [authToken] = served.twilio.accounts.find(accountSid)?.authTokens ?? [];
      return authToken === undefined ? undefined : { accountSid, authToken };
    },
    publicUrl: config.publicUrl,
    factsOf: presence.factsOf,
    onCount: presence.setWaiting,
    tell: (entry) => calls.append(entry),
    onError: quietly,
  });
  // Everybody who wants to know what happens to calls, and then everything with a beginning and an end.
  const calls = buildCallFanOut([callLog, records, presence, waiting], (error) =>
    quietly(error, 'an entry was not taken'),
  );
  const report = () =>
    reportHealth({
      directories: stores.directories.status(),
      usesRedis: redis !== null,
      draining,
      timeZoneData: process.versions.tz ?? 'unknown',
      now: clock.now(),
    });
  const watching = buildWatching(stores, clock, log, changes);
  addLiveMetrics(metrics.registry, () => watching.hub.counter.read());
  const served = buildServing(stores, config, clock, calls, { report, registry: metrics.registry });
  const sounds = buildVoicemailSounds(served.twilio.accounts, buildTwilioRecordings(config.twilioApiUrl));
  const voicemail = buildVoicemailWorker({
    database: stores.database.background,
    clock,
    sounds,
    onError: quietly,
  });
  const live = together([records, sweeper, shared, waiting, afterTheStart(voicemail)], quietly);
  const mail = buildMail(stores, config, clock, log, sounds);
  const serving: ServingPorts = {
    ...served,
    twilio: { ...served.twilio, waiting },
    places: waiting,
    presence,
    voicemail: { sounds, kickVoicemail: () => voicemail.kick() },
    watching: { ...watching, presence },
    mail: { box: stores.box, kickMail: () => mail.kick() },
    carrier: {
      api: buildTwilioApi(config.twilioApiUrl),
      configured: config.twilio,
      firstOrganizationId: () => stores.directories.firstOrganizationId(),
    },
  };
  const app = {
    clock,
    newId,
    log,
    database: stores.database,
    directories: promptly(stores, changes),
    serving,
  };
  return {
    stores,
    callLog,
    mail,
    live,
    app,
    newId,
    clock,
    drain: () => {
      draining = true;
    },
  };
}

function buildRecords(
  store: RecordStore,
  { box }: Stores,
  { dataDir }: Config,
  onError: (error: unknown, what: string) => void,
  afterwards: NonNullable<RecordWriterPorts['afterwards']>,
): RecordWriter {
  const mark = randomBytes(8).toString('hex');
  return new RecordWriter({
    store,
    spill: openSpill({ folder: join(dataDir, 'calls'), box, mark, onError }),
    onError,
    afterwards,
  });
}

function buildServing(
  stores: Stores,
  config: Config,
  clock: Clock,
  callLog: CallLog,
  health: ServingPorts['health'],
): Omit<ServingPorts, 'mail' | 'presence'> {
  const { box, shared, directories } = stores;
  return {
    calls: buildCallStore(shared, box),
    callLog,
    health,
    twilio: {
      answers: buildAnswers(shared, box, clock),
      accounts: buildCarrierAccounts({
        directories,
        box,
        configured: config.twilio,
        firstOrganizationId: () => directories.firstOrganizationId(),
      }),
      tokens: buildCallTokens(box),
      greetings: buildGreetingSounds(stores.database, box),
    },
  };
}

function buildMail(
  { database, box }: Stores,
  config: Config,
  clock: Clock,
  log: Logger,
  sounds: VoicemailSounds,
): MailWorker {
  const { smtpUrl, publicUrl, dataDir } = config;
  const transport = buildMailTransport({
    smtpUrl,
    outboxFolder: join(dataDir, 'outbox'),
    hostName: new URL(publicUrl).hostname,
    allowsInner: buildInnerRule(smtpUrl, publicUrl),
  });
  const onError = (error: unknown, what: string) => log.warn({ err: error }, what);
  const attach = (organizationId: string, id: string) =>
    fetchAttachment(database, sounds, organizationId, id);
  return new MailWorker({ database: database.background, clock, box, transport, attach, onError });
}

/** Who watches: the hub, and what it has to know of changes that were made here. */
function buildWatching({ live: source, database }: Stores, clock: Clock, log: Logger, changes: Changes) {
  const onError = (error: unknown) => log.debug({ err: error }, 'what is watched could not be read');
  const hub = new LiveHub({ clock, source, joining: buildJoining(database, snapshotProviders), onError });
  return { hub, changes };
}

/** After a change of our own the others are told at once, not when the relay's timer comes round. */
function promptly({ directories, relay }: Stores, changes: Changes): Directories {
  return {
    get: (organizationId) => directories.get(organizationId),
    load: (organizationId) => directories.load(organizationId),
    advance: async (organizationId, version) => {
      relay.kick();
      // Sessions are rows, API keys are found in the directory.
      changes.tell(organizationId);
      const isThere = await directories.advance(organizationId, version);
      changes.tell(organizationId);
      return isThere;
    },
    list: () => directories.list(),
    findApiKey: (hash) => directories.findApiKey(hash),
    findCarrierAccount: (carrier, accountSid) => directories.findCarrierAccount(carrier, accountSid),
  };
}
