import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { problem } from '../../../services/routing/errors.ts';
import { adminRequest } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { responses } from '../schemas.ts';
import { SimulateBody, Simulation } from './schema.ts';
import { type SendChange, simulate, supposeChanges } from './service.ts';

export const simulateRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  app.post(
    '/simulate',
    {
      config: { permission: 'simulate' },
      schema: {
        tags: ['routing'],
        operationId: 'simulate',
        summary: 'Where a call would go, at any instant and under any assumption; nothing is changed',
        body: SimulateBody,
        response: responses({ 200: Simulation }, 422),
      },
    },
    async (request) => {
      const { actor, instant } = adminRequest(request);
      const { changes = [] } = request.body.assume ?? {};
      if (changes.length > 0) {
        const supposed = await supposeChanges(context, actor.organizationId, changes, sendAs(request));
        return simulate(supposed, request.body, instant, context.factsOf);
      }
      const entry = await context.directories.load(actor.organizationId);
      if (entry === undefined) throw problem('store.unavailable');
      return simulate(entry.directory, request.body, instant, context.factsOf);
    },
  );
};

/** Sends a change to its own route, with the credential of the request that supposes it. */
function sendAs(request: FastifyRequest): SendChange {
  const { authorization, cookie, origin } = request.headers;
  const credential = Object.fromEntries(
    Object.entries({ authorization, cookie, origin }).filter(([, value]) => value !== undefined),
  );
  return async ({ method, path, body }) => {
    const reply = await request.server.inject({
      method,
      url: path.startsWith('/v1/') ? path : `/v1${path}`,
      headers: { ...credential, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    return reply.statusCode < 400 ? undefined : reply.json();
  };
}
