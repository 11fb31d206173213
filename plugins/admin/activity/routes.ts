import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { IdParams, responses } from '../schemas.ts';
import { ActivityPage, ActivityQuery, UserActivityQuery } from './schema.ts';
import { listActivityPage } from './service.ts';

export const activityRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['activity'];

  app.get(
    '/activity',
    {
      config: { permission: 'activity.read' },
      schema: {
        tags,
        operationId: 'listActivity',
        summary: 'What was done, by whom and to what; the newest first',
        description: 'Changes, logins and refusals. Nothing in it is ever changed or deleted.',
        querystring: ActivityQuery,
        response: responses({ 200: ActivityPage }, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listActivityPage(context, adminRequest(request), request.query) }),
  );

  app.get(
    '/users/:id/activity',
    {
      config: { permission: 'activity.read', about: 'user' },
      schema: {
        tags,
        operationId: 'listUserActivity',
        summary: 'What a user did, and what was done to the user; the newest first',
        params: IdParams,
        querystring: UserActivityQuery,
        response: responses({ 200: ActivityPage }, 404, 422),
      },
    },
    async (request, reply) => {
      const page = await listActivityPage(context, adminRequest(request), request.query, request.params.id);
      return send(reply, 200, { body: page });
    },
  );
};
