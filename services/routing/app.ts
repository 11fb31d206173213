import type { IncomingMessage } from 'node:http';
import helmet from '@fastify/helmet';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { absentConsole } from '../../plugins/admin/console/absent.ts';
import admin from '../../plugins/admin/index.ts';
import { ProblemDocument } from '../../plugins/admin/schemas.ts';
import docs from '../../plugins/docs/index.ts';
import health, { type HealthPorts } from '../../plugins/health/index.ts';
import type { LivePorts } from '../../plugins/live/index.ts';
import pbx from '../../plugins/pbx/routes.ts';
import twilio from '../../plugins/twilio/index.ts';
import type { TwilioPorts } from '../../plugins/twilio/ports.ts';
import type { MailBox } from '../mail/queue.ts';
import type { Database } from '../storage/database.ts';
import type { GreetingSounds } from '../voicemail/greeting-sounds.ts';
import type { VoicemailSounds } from '../voicemail/sounds.ts';
import type { CallLog } from './calls/call-log.ts';
import type { CallStore } from './calls/call-store.ts';
import type { Config } from './config.ts';
import { answerBrokenConnection, registerErrorAnswers, sendProblem, toProblem } from './error-answers.ts';
import { whenUsed } from './late-schemas.ts';
import type { Presence } from './live/presence.ts';
import type { WaitingRoom } from './live/waiting-room.ts';
import type { CarrierPorts, Clock, Directories, NewId } from './ports.ts';
import { buildQueryReader } from './query-types.ts';
import { buildCompilers, type SchemaCompilers } from './schema-compilers.ts';

/** What the app is built from. server.ts opens and closes these; a test hands over its own. */
export type AppPorts = {
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: FastifyBaseLogger;
  readonly database: Database;
  readonly directories: Directories;
  /** Left out: a shell without calls and administration, for a test that registers the one scope it is about. */
  readonly serving?: ServingPorts;
  /** Of the administration. Left out: when used. Those of calls are compiled at the start. `at-start` checks them too. */
  readonly compileSchemas?: 'at-start' | 'when-used';
  /** Several apps in one process may share theirs. Left out: of this app alone. */
  readonly compilers?: SchemaCompilers;
};

type Built = AppPorts & { readonly compilers: SchemaCompilers };

export type ServingPorts = {
  readonly calls: CallStore;
  readonly callLog: CallLog;
  /** Left out: calls are decided without a word about now. */
  readonly presence?: Presence;
  readonly twilio: Pick<TwilioPorts, 'accounts' | 'tokens' | 'answers' | 'waiting'> & {
    /** Left out: greetings are spoken. */
    readonly greetings?: GreetingSounds;
  };
  /** Left out: nobody waits in a queue. */
  readonly places?: Pick<WaitingRoom, 'placeOf'>;
  readonly health: HealthPorts;
  readonly mail: { readonly box: MailBox; readonly kickMail: () => void };
  /** Left out: recordings cannot be played. */
  readonly voicemail?: { readonly sounds: VoicemailSounds; readonly kickVoicemail: () => void };
  /** Left out: no carrier is asked for anything. */
  readonly carrier?: CarrierPorts;
  /** Left out: nobody can watch. */
  readonly watching?: LivePorts;
};

const bodyLimit = 256 * 1024;

/** By the names by which others refer to them. */
export const sharedSchemas = { Problem: ProblemDocument };

/**
 * The whole HTTP surface: sibling scopes, each with its own authentication. No environment, no listening. The
 * instance is not ready yet, so a test may add to it.
 */
export async function buildApp(ports: AppPorts, config: Config): Promise<FastifyInstance> {
  const checksSchemas = ports.compileSchemas === 'at-start';
  const own = buildCompilers({ shared: sharedSchemas, checksSchemas });
  const app = buildInstance(ports, config, own);
  const compilers = ports.compilers ?? own;
  app.setValidatorCompiler(compilers.validator);
  app.setSerializerCompiler(compilers.serializer);
  registerErrorAnswers(app);
  readQueriesByTheirSchema(app);
  const routes = docs.collect(app);
  const { serving } = ports;
  if (serving !== undefined) await registerCarriers(app, ports, serving, config);
  // Headers for browsers are no use to carriers, and writing them takes time.
  await app.register(async (scope) => {
    await scope.register(helmet, helmetOptions);
    if (serving !== undefined) {
      const { clock, directories } = ports;
      const { calls, callLog } = serving;
      await scope.register(health, serving.health);
      const { greetings: sounds } = serving.twilio;
      const played = sounds === undefined ? {} : { sounds };
      const told = { ...knownNow(serving), ...reportable(serving), ...placed(serving), ...played };
      const { publicUrl } = config;
      await scope.register(pbx, { clock, directories, calls, callLog, publicUrl, ...told });
      await registerAdministration(scope, { ...ports, compilers }, serving, config);
      await scope.register(absentConsole);
    }
    await scope.register(docs.serve, { publicUrl: config.publicUrl, routes, shared: sharedSchemas });
  });
  return app;
}

async function registerCarriers(
  app: FastifyInstance,
  { clock, directories }: AppPorts,
  serving: ServingPorts,
  { publicUrl }: Config,
): Promise<void> {
  const { callLog, twilio: own } = serving;
  await app.register(twilio, { clock, directories, callLog, publicUrl, ...knownNow(serving), ...own });
}

function reportable({ presence }: ServingPorts) {
  return presence === undefined ? {} : { presence };
}

function placed({ places }: ServingPorts) {
  return places === undefined ? {} : { waiting: places };
}

function knownNow({ presence }: { readonly presence?: Presence | undefined }) {
  return presence === undefined ? {} : { factsOf: presence.factsOf };
}

async function registerAdministration(
  scope: FastifyInstance,
  { database, directories, clock, newId, compileSchemas = 'when-used', compilers }: Built,
  { mail, carrier, voicemail, watching, presence }: ServingPorts,
  { operatorKey, publicUrl }: Config,
): Promise<void> {
  const asked = {
    ...(carrier === undefined ? {} : { carrier }),
    ...voicemail,
    ...watchable(watching),
    ...knownNow({ presence }),
  };
  const late = compileSchemas === 'when-used' ? { compilers: whenUsed(compilers) } : {};
  await scope.register(admin, {
    database,
    directories,
    clock,
    newId,
    operatorKey,
    publicUrl,
    ...mail,
    ...asked,
    ...late,
  });
}

function watchable(watching: LivePorts | undefined): { readonly watching?: LivePorts } {
  return watching === undefined ? {} : { watching };
}

function buildInstance(
  ports: AppPorts,
  config: Config,
  { validator, serializer }: ReturnType<typeof buildCompilers>,
): FastifyInstance {
  let requests = 0;
  const process = ports.newId().slice(-12);
  const app = Fastify({
    loggerInstance: ports.log,
    // One line of ours per call instead: these two lines cost a quarter of the throughput.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => `${process}-${(requests++).toString(36)}`,
    requestIdHeader: false,
    bodyLimit,
    // A carrier's whole answer takes 250 ms; nothing here has a reason to hold a connection for long.
    requestTimeout: 15_000,
    keepAliveTimeout: 72_000,
    // The rightmost address that is none of these is the client, for limits and allow lists alone.
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    forceCloseConnections: 'idle',
    // What comes on an open connection while we end is answered all the same: it may be a call.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 256 },
    // Some clients offer HTTP/2 with each request ("Upgrade: h2c"). Taken for an upgrade, its body would never be read.
    http: { shouldUpgradeCallback: asksForWebsocket },
    // Or Fastify loads what would make its own.
    schemaController: {
      compilersFactory: { buildValidator: () => validator, buildSerializer: () => serializer },
    },
    clientErrorHandler: answerBrokenConnection,
    frameworkErrors: (error, request, reply) => {
      void sendProblem(reply, request, toProblem(error));
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  // A connection that falls idle while we end would be kept for its whole time-out otherwise, and we with it.
  app.addHook('preClose', async () => {
    const timer = setInterval(() => app.server.closeIdleConnections(), 50);
    app.server.once('close', () => clearInterval(timer));
    timer.unref();
  });
  // Text is a body of nothing here: what is not JSON is refused by its media type.
  app.removeContentTypeParser('text/plain');
  return app;
}

/** Elsewhere such a request is answered like any other. */
function asksForWebsocket({ method, url = '', headers }: IncomingMessage): boolean {
  const isThere = url === '/v1/live' || url.startsWith('/v1/live?');
  return isThere && method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/** Before validation, so that `limit=25` is a number to it while bodies are never converted. */
function readQueriesByTheirSchema(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const read = buildQueryReader(route.schema?.querystring);
    if (read === undefined) return;
    const before = route.preValidation === undefined ? [] : [route.preValidation].flat();
    route.preValidation = [
      async (request) => {
        request.query = read(Object(request.query));
      },
      ...before,
    ];
  });
}

const helmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  referrerPolicy: { policy: 'no-referrer' as const },
};
