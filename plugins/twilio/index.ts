import type { FastifyInstance } from 'fastify';
import { readFormBody } from './form-body.ts';
import { registerGreetings } from './greeting.ts';
import type { TwilioPorts } from './ports.ts';
import { registerRoutes } from './routes.ts';
import { buildTurns } from './turns.ts';

/**
 * Twilio, a scope of its own: it reads forms and nothing else, and every request is signed or refused before any store
 * is asked. Errors get the problem documents of the app: what is refused was not sent by Twilio, so nobody hears it.
 */
export default async function twilio(scope: FastifyInstance, ports: TwilioPorts): Promise<void> {
  scope.removeAllContentTypeParsers();
  // A logger of its own for every request costs more than the decision; what is logged here names the call itself.
  scope.setChildLoggerFactory((logger) => logger);
  const turns = buildTurns();
  scope.addContentTypeParser('application/x-www-form-urlencoded', (_request, payload, done) =>
    readFormBody(payload, turns, done),
  );
  registerRoutes(scope, ports);
  registerGreetings(scope, ports);
}
