import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, EmptyBody, IdParams, NoQuery, responses } from '../schemas.ts';
import {
  Checklist,
  ChecklistItem,
  ChecklistItemCreate,
  ChecklistItemPage,
  ChecklistItemQuery,
  TickParams,
} from './schema.ts';
import { createItem, listItemPage, readChecklist, removeItem, setTick } from './service.ts';

export const checklistRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['checklists'];

  app.get(
    '/users/:id/checklist',
    {
      config: { permission: 'users.read', about: 'user' },
      schema: {
        tags,
        operationId: 'getChecklist',
        summary: 'How far the onboarding of a user is',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 200: Checklist }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readChecklist(context, adminRequest(request), request.params.id)),
  );

  app.put(
    '/users/:id/checklist/:itemId',
    {
      config: { permission: 'checklists.write' },
      schema: {
        tags,
        operationId: 'tickChecklistItem',
        summary: 'Tick an item for a user',
        params: TickParams,
        querystring: NoQuery,
        body: EmptyBody,
        response: responses({ 200: Checklist }, 404, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await setTick(context, adminRequest(request), request.params, true)),
  );

  app.delete(
    '/users/:id/checklist/:itemId',
    {
      config: { permission: 'checklists.write' },
      schema: {
        tags,
        operationId: 'untickChecklistItem',
        summary: 'Take a tick back',
        params: TickParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404),
      },
    },
    async (request, reply) => {
      await setTick(context, adminRequest(request), request.params, false);
      return reply.code(204).send();
    },
  );

  app.get(
    '/checklist-items',
    {
      config: { permission: 'users.read' },
      schema: {
        tags,
        operationId: 'listChecklistItems',
        summary: 'List what the organization added to the checklist',
        querystring: ChecklistItemQuery,
        response: responses({ 200: ChecklistItemPage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listItemPage(context, adminRequest(request), request.query) }),
  );

  app.post(
    '/checklist-items',
    {
      config: { permission: 'checklists.write' },
      schema: {
        tags,
        operationId: 'createChecklistItem',
        summary: 'Add an item to the checklist of every user',
        querystring: NoQuery,
        body: ChecklistItemCreate,
        response: responses({ 201: ChecklistItem }, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 201, await createItem(context, adminRequest(request), request.body)),
  );

  app.delete(
    '/checklist-items/:id',
    {
      config: { permission: 'checklists.write' },
      schema: {
        tags,
        operationId: 'deleteChecklistItem',
        summary: 'Delete an item of the checklist, and its ticks',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404),
      },
    },
    async (request, reply) => {
      await removeItem(context, adminRequest(request), request.params.id);
      return reply.code(204).send();
    },
  );
};
