import helmet from '@fastify/helmet';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import docs from '../../plugins/docs/index.ts';
import type { Database } from '../storage/database.ts';
import type { Config } from './config.ts';
import { registerErrorAnswers, sendProblem, toProblem } from './error-answers.ts';
import type { Clock, Directories, NewId } from './ports.ts';
import { buildQueryReader } from './query-types.ts';

/** What the app is built from. server.ts opens and closes these; a test hands over its own. */
export type AppPorts = {
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: FastifyBaseLogger;
  readonly database: Database;
  readonly directories: Directories;
};

const bodyLimit = 256 * 1024;

/**
 * The whole HTTP surface: sibling scopes, each with its own authentication. No environment, no listening. The
 * instance is not ready yet, so a test may add to it.
 */
export async function buildApp(ports: AppPorts, config: Config): Promise<FastifyInstance> {
  const app = buildInstance(ports, config);
  registerErrorAnswers(app);
  readQueriesByTheirSchema(app);
  await docs.collect(app, config.publicUrl);
  await app.register(async (scope) => {
    await scope.register(helmet, helmetOptions);
    await scope.register(docs.serve);
  });
  return app;
}

function buildInstance(ports: AppPorts, config: Config): FastifyInstance {
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
    return503OnClosing: true,
    routerOptions: { maxParamLength: 256 },
    ajv: {
      customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true, useDefaults: true },
    },
    frameworkErrors: (error, request, reply) => {
      void sendProblem(reply, request, toProblem(error));
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  // Text is a body of nothing here: what is not JSON is refused by its media type.
  app.removeContentTypeParser('text/plain');
  return app;
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
