import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, readMissingBody, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { NoQuery, responses } from '../schemas.ts';
import { type SyncPorts, syncNumbers } from './sync.ts';
import { SyncBody, SyncReport } from './sync-schema.ts';

export const numberSyncRoutes: FastifyPluginAsyncTypebox<
  { readonly context: AdminContext } & SyncPorts
> = async (app, { context, ...ports }) => {
  app.post(
    '/numbers/sync',
    {
      config: { permission: 'numbers.write' },
      preValidation: readMissingBody,
      schema: {
        tags: ['numbers'],
        operationId: 'syncNumbers',
        summary: 'Take over the numbers that the carrier has',
        description:
          'New numbers are added without a target. With setWebhooks the numbers at the carrier are pointed to this service: at once, or as a job where there are more than 50.',
        querystring: NoQuery,
        body: SyncBody,
        response: responses({ 200: SyncReport }, 409, 422, 502),
      },
    },
    async (request, reply) => {
      const setWebhooks = request.body?.setWebhooks ?? false;
      return send(reply, 200, await syncNumbers(context, adminRequest(request), setWebhooks, ports));
    },
  );
};
