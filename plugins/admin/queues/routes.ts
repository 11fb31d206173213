import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, patchTypes, responses } from '../schemas.ts';
import { putMembers, readMembers } from './members.ts';
import { Members, MembersPut, Queue, QueueCreate, QueuePage, QueuePatch, QueueQuery } from './schema.ts';
import { createQueue, listQueuePage, patchQueue, readQueue, removeQueue } from './service.ts';

export const queueRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['queues'];
  const reads = { permission: 'queues.read' } as const;
  const writes = { permission: 'queues.write' } as const;

  app.get(
    '/queues',
    {
      config: reads,
      schema: {
        tags,
        operationId: 'listQueues',
        summary: 'List queues and departments, by name',
        querystring: QueueQuery,
        response: responses({ 200: QueuePage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listQueuePage(context, adminRequest(request), request.query) }),
  );

  app.post(
    '/queues',
    {
      config: writes,
      schema: {
        tags,
        operationId: 'createQueue',
        summary: 'Create a queue or a department',
        querystring: NoQuery,
        body: QueueCreate,
        response: responses({ 201: Queue }, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 201, await createQueue(context, adminRequest(request), request.body)),
  );

  app.get(
    '/queues/:id',
    {
      config: reads,
      schema: {
        tags,
        operationId: 'getQueue',
        summary: 'Read a queue',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 200: Queue }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readQueue(context, adminRequest(request), request.params.id)),
  );

  app.patch(
    '/queues/:id',
    {
      config: writes,
      schema: {
        tags,
        consumes: patchTypes,
        operationId: 'changeQueue',
        summary: 'Change a queue',
        params: IdParams,
        querystring: NoQuery,
        body: QueuePatch,
        response: responses({ 200: Queue }, 404, 409, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await patchQueue(context, adminRequest(request), request.params.id, request.body)),
  );

  app.delete(
    '/queues/:id',
    {
      config: writes,
      schema: {
        tags,
        operationId: 'deleteQueue',
        summary: 'Delete a queue',
        description: 'Refused while something leads to it.',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404, 409, 412),
      },
    },
    async (request, reply) => {
      await removeQueue(context, adminRequest(request), request.params.id);
      return reply.code(204).send();
    },
  );

  app.get(
    '/queues/:id/members',
    {
      config: reads,
      schema: {
        tags,
        operationId: 'getMembers',
        summary: 'Read the members of a queue, in the order in which they are rung',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 200: Members }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readMembers(context, adminRequest(request), request.params.id)),
  );

  app.put(
    '/queues/:id/members',
    {
      config: writes,
      schema: {
        tags,
        operationId: 'setMembers',
        summary: 'Set the members of a queue',
        params: IdParams,
        querystring: NoQuery,
        body: MembersPut,
        response: responses({ 200: Members }, 404, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await putMembers(context, adminRequest(request), request.params.id, request.body)),
  );
};
