import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { responses } from '../schemas.ts';
import { ExtensionPage, ExtensionQuery } from './schema.ts';
import { listExtensionPage } from './service.ts';

export const extensionRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  app.get(
    '/extensions',
    {
      config: { permission: 'extensions.read' },
      schema: {
        tags: ['extensions'],
        operationId: 'listExtensions',
        summary: 'List the extensions that are taken, with the next free one',
        querystring: ExtensionQuery,
        response: responses({ 200: ExtensionPage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listExtensionPage(context, adminRequest(request), request.query) }),
  );
};
