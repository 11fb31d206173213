import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, patchTypes, responses, Target } from '../schemas.ts';
import { DirectNumber, NumberCreate, NumberPage, NumberPatch, NumberQuery } from './schema.ts';
import { createNumber, listNumberPage, patchNumber, putTarget, readNumber, removeNumber } from './service.ts';

export const numberRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['numbers'];
  const reads = { permission: 'numbers.read' } as const;
  const writes = { permission: 'numbers.write' } as const;

  app.get(
    '/numbers',
    {
      config: reads,
      schema: {
        tags,
        operationId: 'listNumbers',
        summary: 'List numbers',
        querystring: NumberQuery,
        response: responses({ 200: NumberPage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listNumberPage(context, adminRequest(request), request.query) }),
  );

  app.post(
    '/numbers',
    {
      config: writes,
      schema: {
        tags,
        operationId: 'createNumber',
        summary: 'Add a number',
        description:
          'Any spelling that the default country of the organization can complete; a number exists once in the installation.',
        querystring: NoQuery,
        body: NumberCreate,
        response: responses({ 201: DirectNumber }, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 201, await createNumber(context, adminRequest(request), request.body)),
  );

  app.get(
    '/numbers/:id',
    {
      config: reads,
      schema: {
        tags,
        operationId: 'getNumber',
        summary: 'Read a number',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 200: DirectNumber }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readNumber(context, adminRequest(request), request.params.id)),
  );

  app.patch(
    '/numbers/:id',
    {
      config: writes,
      schema: {
        tags,
        consumes: patchTypes,
        operationId: 'changeNumber',
        summary: 'Change a number',
        description: 'A merge patch. The number itself cannot be changed.',
        params: IdParams,
        querystring: NoQuery,
        body: NumberPatch,
        response: responses({ 200: DirectNumber }, 404, 409, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await patchNumber(context, adminRequest(request), request.params.id, request.body)),
  );

  app.delete(
    '/numbers/:id',
    {
      config: writes,
      schema: {
        tags,
        operationId: 'deleteNumber',
        summary: 'Delete a number',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404, 412),
      },
    },
    async (request, reply) => {
      await removeNumber(context, adminRequest(request), request.params.id);
      return reply.code(204).send();
    },
  );

  app.put(
    '/numbers/:id/target',
    {
      config: writes,
      schema: {
        tags,
        operationId: 'setNumberTarget',
        summary: 'Assign a number',
        params: IdParams,
        querystring: NoQuery,
        body: Target,
        response: responses({ 200: DirectNumber }, 404, 409, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await putTarget(context, adminRequest(request), request.params.id, request.body)),
  );

  app.delete(
    '/numbers/:id/target',
    {
      config: writes,
      schema: {
        tags,
        operationId: 'removeNumberTarget',
        summary: 'Unassign a number',
        description: 'Its calls go to the last resort of the organization.',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404, 412),
      },
    },
    async (request, reply) => {
      await putTarget(context, adminRequest(request), request.params.id, null);
      return reply.code(204).send();
    },
  );
};
