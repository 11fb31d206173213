import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { NoQuery, responses } from '../schemas.ts';
import { HealthReport } from './schema.ts';
import { reportHealth } from './service.ts';

export const healthReportRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  app.get(
    '/health-report',
    {
      config: { permission: 'health-report.read' },
      schema: {
        tags: ['organization'],
        operationId: 'getHealthReport',
        summary:
          'What to tidy up: people without a queue or a login, numbers without a target, hours without cover',
        querystring: NoQuery,
        response: responses({ 200: HealthReport }),
      },
    },
    async (request, reply) => send(reply, 200, { body: await reportHealth(context, adminRequest(request)) }),
  );
};
