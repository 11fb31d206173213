import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, responses } from '../schemas.ts';
import { ApiKeyCreate, ApiKeyPage, ApiKeyQuery, ApiKeyWithSecret } from './schema.ts';
import { createApiKey, listApiKeyPage, removeApiKey } from './service.ts';

export const apiKeyRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['api-keys'];

  app.get(
    '/api-keys',
    {
      config: { permission: 'api-keys.read' },
      schema: {
        tags,
        operationId: 'listApiKeys',
        summary: 'List API keys',
        querystring: ApiKeyQuery,
        response: responses({ 200: ApiKeyPage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listApiKeyPage(context, adminRequest(request), request.query) }),
  );

  app.post(
    '/api-keys',
    {
      config: { permission: 'api-keys.write' },
      schema: {
        tags,
        operationId: 'createApiKey',
        summary: 'Create an API key',
        description: 'The secret is shown this once. A key can have no permission that its maker lacks.',
        body: ApiKeyCreate,
        querystring: NoQuery,
        response: responses({ 201: ApiKeyWithSecret }, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 201, await createApiKey(context, adminRequest(request), request.body)),
  );

  app.delete(
    '/api-keys/:id',
    {
      config: { permission: 'api-keys.write' },
      schema: {
        tags,
        operationId: 'deleteApiKey',
        summary: 'Delete an API key',
        description: 'It is refused from the next request on, and everywhere within two seconds.',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404),
      },
    },
    async (request, reply) => {
      await removeApiKey(context, adminRequest(request), request.params.id);
      return reply.code(204).send();
    },
  );
};
