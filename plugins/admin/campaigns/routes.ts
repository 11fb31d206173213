import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, patchTypes, responses } from '../schemas.ts';
import { Campaign, CampaignPage, CampaignPatch, CampaignQuery, CampaignSettings } from './schema.ts';
import { createCampaign, listCampaignPage, patchCampaign, readCampaign, removeCampaign } from './service.ts';

export const campaignRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['mail'];

  app.get(
    '/campaigns',
    {
      config: { permission: 'mail.read' },
      schema: {
        tags,
        operationId: 'listCampaigns',
        summary: 'List campaigns',
        description: 'What mail is sent for. Beside these there always is `default`.',
        querystring: CampaignQuery,
        response: responses({ 200: CampaignPage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listCampaignPage(context, adminRequest(request), request.query) }),
  );

  app.post(
    '/campaigns',
    {
      config: { permission: 'mail.write' },
      schema: {
        tags,
        operationId: 'createCampaign',
        summary: 'Create a campaign',
        body: CampaignSettings,
        querystring: NoQuery,
        response: responses({ 201: Campaign }, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 201, await createCampaign(context, adminRequest(request), request.body)),
  );

  app.get(
    '/campaigns/:id',
    {
      config: { permission: 'mail.read' },
      schema: {
        tags,
        operationId: 'getCampaign',
        summary: 'Read a campaign',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 200: Campaign }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readCampaign(context, adminRequest(request), request.params.id)),
  );

  app.patch(
    '/campaigns/:id',
    {
      config: { permission: 'mail.write' },
      schema: {
        tags,
        consumes: patchTypes,
        operationId: 'changeCampaign',
        summary: 'Rename a campaign',
        params: IdParams,
        querystring: NoQuery,
        body: CampaignPatch,
        response: responses({ 200: Campaign }, 404, 409, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await patchCampaign(context, adminRequest(request), request.params.id, request.body)),
  );

  app.delete(
    '/campaigns/:id',
    {
      config: { permission: 'mail.write' },
      schema: {
        tags,
        operationId: 'deleteCampaign',
        summary: 'Delete a campaign',
        description: 'The mail accounts that users have for it go as well; their default ones take over.',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404, 412),
      },
    },
    async (request, reply) => {
      await removeCampaign(context, adminRequest(request), request.params.id);
      return reply.code(204).send();
    },
  );
};
