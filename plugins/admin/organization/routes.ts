import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { NoQuery, patchTypes, responses } from '../schemas.ts';
import { Organization, OrganizationPatch } from './schema.ts';
import { patchOrganization, readOrganization } from './service.ts';

export const organizationRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['organization'];

  app.get(
    '/organization',
    {
      config: { permission: 'organization.read' },
      schema: {
        tags,
        operationId: 'getOrganization',
        summary: 'Read the organization',
        querystring: NoQuery,
        response: responses({ 200: Organization }),
      },
    },
    async (request, reply) => send(reply, 200, await readOrganization(context, adminRequest(request))),
  );

  app.patch(
    '/organization',
    {
      config: { permission: 'organization.write' },
      schema: {
        tags,
        consumes: patchTypes,
        operationId: 'changeOrganization',
        summary: 'Change the organization',
        description: 'A merge patch. `lastResort: null` is an announcement and the end of the call.',
        querystring: NoQuery,
        body: OrganizationPatch,
        response: responses({ 200: Organization }, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await patchOrganization(context, adminRequest(request), request.body)),
  );
};
