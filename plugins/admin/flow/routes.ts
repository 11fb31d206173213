import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { IdParams, responses } from '../schemas.ts';
import { Flow, FlowQuery } from './schema.ts';
import { drawNumber, drawUser } from './service.ts';

export const flowRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  app.get(
    '/users/:id/flow',
    {
      config: { permission: 'users.read', about: 'user' },
      schema: {
        tags: ['routing'],
        operationId: 'getUserFlow',
        summary: 'What happens to a call for a user, as a graph',
        description: 'Made from the same decision that a live call at that instant would get.',
        params: IdParams,
        querystring: FlowQuery,
        response: responses({ 200: Flow }, 404, 422),
      },
    },
    async (request, reply) => {
      const flow = await drawUser(context, adminRequest(request), request.params.id, request.query);
      return send(reply, 200, { body: flow });
    },
  );

  app.get(
    '/numbers/:id/flow',
    {
      config: { permission: 'numbers.read' },
      schema: {
        tags: ['routing'],
        operationId: 'getNumberFlow',
        summary: 'What happens to a call to a number, as a graph',
        description: 'The caller is somebody from outside whom nobody knows.',
        params: IdParams,
        querystring: FlowQuery,
        response: responses({ 200: Flow }, 404, 422),
      },
    },
    async (request, reply) => {
      const flow = await drawNumber(context, adminRequest(request), request.params.id, request.query);
      return send(reply, 200, { body: flow });
    },
  );
};
