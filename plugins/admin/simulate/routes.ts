import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { problem } from '../../../services/routing/errors.ts';
import { adminRequest } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { responses } from '../schemas.ts';
import { SimulateBody, Simulation } from './schema.ts';
import { simulate } from './service.ts';

export function simulateRoutes(context: AdminContext): FastifyPluginAsyncTypebox {
  return async (scope) => {
    scope.post(
      '/simulate',
      {
        config: { permission: 'simulate' },
        schema: {
          tags: ['Routing'],
          operationId: 'simulate',
          summary: 'Where a call would go, at any instant and under any assumption; nothing is changed',
          body: SimulateBody,
          response: responses({ 200: Simulation }, 422),
        },
      },
      async (request) => {
        const { actor, instant } = adminRequest(request);
        const entry = await context.directories.load(actor.organizationId);
        if (entry === undefined) throw problem('store.unavailable');
        return simulate(entry.directory, request.body, instant);
      },
    );
  };
}
