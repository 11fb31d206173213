import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { isId } from '../reference-lookups.ts';
import { IdParams, responses } from '../schemas.ts';
import { OfficeQuery, OfficeStatistics, Statistics } from './schema.ts';
import { answerOfficeStatistics, answerStatistics } from './service.ts';
import { QueueService, ServiceQuery } from './waiting-schema.ts';
import { answerQueueService } from './waiting-service.ts';

export const statisticsRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['statistics'];
  const description = 'The policy `statistics` of the organization switches them off: 403 `statistics.off`.';

  app.get(
    '/statistics',
    {
      config: { permission: 'users.read' },
      schema: {
        tags,
        operationId: 'readStatistics',
        summary: 'How many calls the organization handled, and each user of a list',
        description,
        querystring: OfficeQuery,
        response: responses({ 200: OfficeStatistics }),
      },
    },
    async (request, reply) => {
      const users = [...new Set(request.query.users?.split(',') ?? [])].filter(isId);
      return send(reply, 200, { body: await answerOfficeStatistics(context, adminRequest(request), users) });
    },
  );

  app.get(
    '/users/:id/statistics',
    {
      config: { permission: 'users.read', about: 'user' },
      schema: {
        tags,
        operationId: 'readUserStatistics',
        summary: 'How many calls a user handled: today, in 7 and in 30 days',
        description,
        params: IdParams,
        response: responses({ 200: Statistics }, 404),
      },
    },
    async (request, reply) => {
      const subject = { type: 'user', id: request.params.id } as const;
      return send(reply, 200, { body: await answerStatistics(context, adminRequest(request), subject) });
    },
  );

  app.get(
    '/queues/:id/statistics',
    {
      config: { permission: 'queues.read' },
      schema: {
        tags,
        operationId: 'readQueueStatistics',
        summary: 'How many calls a queue handled, and how soon: today, in 7 and in 30 days',
        description,
        params: IdParams,
        response: responses({ 200: Statistics }, 404),
      },
    },
    async (request, reply) => {
      const subject = { type: 'queue', id: request.params.id } as const;
      return send(reply, 200, { body: await answerStatistics(context, adminRequest(request), subject) });
    },
  );

  app.get(
    '/queues/:id/live',
    {
      config: { permission: 'queues.read' },
      schema: {
        tags,
        operationId: 'readQueueService',
        summary: 'Who waits in a queue now, and how soon callers were answered today',
        params: IdParams,
        querystring: ServiceQuery,
        response: responses({ 200: QueueService }, 404),
      },
    },
    async (request, reply) => {
      const { within } = request.query;
      const { id } = request.params;
      return send(reply, 200, { body: await answerQueueService(context, adminRequest(request), id, within) });
    },
  );
};
