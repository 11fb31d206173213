import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, patchTypes, responses } from '../schemas.ts';
import { reassignLeads } from './reassign.ts';
import {
  Lead,
  LeadCreate,
  LeadPage,
  LeadPatch,
  LeadQuery,
  LeadsReassigned,
  ReassignLeads,
} from './schema.ts';
import { createLead, deleteLead, listLeadPage, patchLead } from './service.ts';

export const leadRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['leads'];

  app.get(
    '/leads',
    {
      config: { permission: 'leads.read' },
      schema: {
        tags,
        operationId: 'listLeads',
        summary: 'List leads, in the order of creation',
        querystring: LeadQuery,
        response: responses({ 200: LeadPage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listLeadPage(context, adminRequest(request), request.query) }),
  );

  app.post(
    '/leads',
    {
      config: { permission: 'leads.write' },
      schema: {
        tags,
        operationId: 'createLead',
        summary: 'Create a lead',
        description:
          'A caller with one of the numbers is put through to the owner, at numbers with sticky routing. A number belongs to one lead.',
        querystring: NoQuery,
        body: LeadCreate,
        response: responses({ 201: Lead }, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 201, await createLead(context, adminRequest(request), request.body)),
  );

  app.patch(
    '/leads/:id',
    {
      config: { permission: 'leads.write' },
      schema: {
        tags,
        consumes: patchTypes,
        operationId: 'changeLead',
        summary: 'Change a lead',
        params: IdParams,
        querystring: NoQuery,
        body: LeadPatch,
        response: responses({ 200: Lead }, 404, 409, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await patchLead(context, adminRequest(request), request.params.id, request.body)),
  );

  app.delete(
    '/leads/:id',
    {
      config: { permission: 'leads.write' },
      schema: {
        tags,
        operationId: 'deleteLead',
        summary: 'Delete a lead',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404, 409, 412),
      },
    },
    async (request, reply) => {
      await deleteLead(context, adminRequest(request), request.params.id);
      return reply.code(204).send();
    },
  );

  app.post(
    '/leads/reassign',
    {
      config: { permission: 'leads.write' },
      schema: {
        tags,
        operationId: 'reassignLeads',
        summary: 'Give leads to another owner',
        description:
          'All leads of `from`, or those of `ids`, all or none. The very next call of one of them rings the new owner, at numbers with sticky routing.',
        querystring: NoQuery,
        body: ReassignLeads,
        response: responses({ 200: LeadsReassigned }, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await reassignLeads(context, adminRequest(request), request.body)),
  );
};
