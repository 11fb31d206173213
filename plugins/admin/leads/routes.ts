import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { dryRun } from '../dry-run.ts';
import { Empty, IdParams, NoQuery, patchTypes, responses } from '../schemas.ts';
import { importLeads } from './import.ts';
import { reassignLeads } from './reassign.ts';
import {
  ImportQuery,
  Lead,
  LeadCreate,
  LeadImport,
  LeadPage,
  LeadPatch,
  LeadQuery,
  LeadsReassigned,
  ReassignLeads,
} from './schema.ts';
import { createLead, deleteLead, listLeadPage, patchLead, readLead } from './service.ts';

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

  app.get(
    '/leads/:id',
    {
      config: { permission: 'leads.read' },
      schema: {
        tags,
        operationId: 'getLead',
        summary: 'Read a lead',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 200: Lead }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readLead(context, adminRequest(request), request.params.id)),
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

  if (!app.hasContentTypeParser('text/csv')) {
    app.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, text, done) => done(null, text));
  }
  app.post(
    '/leads/import',
    {
      config: { permission: 'leads.write' },
      bodyLimit: importLimit,
      schema: {
        tags,
        consumes: ['text/csv'],
        operationId: 'importLeads',
        summary: 'Import leads',
        description:
          'CSV with the columns `name`, `owner` (login, address, extension or id of an active user, or nothing) and `numbers` (with a semicolon between several), at most 5,000 lines and 1 MB. Errors name line and column; with the mode `all` they come as a problem, and nothing is imported.',
        querystring: ImportQuery,
        body: Type.String({ examples: ['name,owner,numbers\nCarla,ana.ruiz,+14155550123'] }),
        response: responses({ 200: LeadImport }, 409, 422),
      },
    },
    async (request, reply) => {
      const by = adminRequest(request);
      const { mode = 'all', dryRun: dry = false } = request.query;
      const run = () => importLeads(context, by, request.body, { mode, dry });
      if (dry) return send(reply, 200, await dryRun(context, by, run));
      return send(reply, 200, await run());
    },
  );
};

const importLimit = 1_048_576;
