import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { permissions, permissionTable, rolePermissions, roles } from '../access.ts';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, patchTypes, responses } from '../schemas.ts';
import { Group, GroupCreate, GroupPage, GroupPatch, GroupQuery, PermissionList, RoleList } from './schema.ts';
import { createGroup, listGroupPage, patchGroup, readGroup, removeGroup } from './service.ts';

export const groupRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['groups'];
  const reads = { permission: 'groups.read' } as const;
  const writes = { permission: 'groups.write' } as const;

  app.get(
    '/groups',
    {
      config: reads,
      schema: {
        tags,
        operationId: 'listGroups',
        summary: 'List groups, by name',
        querystring: GroupQuery,
        response: responses({ 200: GroupPage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listGroupPage(context, adminRequest(request), request.query) }),
  );

  app.post(
    '/groups',
    {
      config: writes,
      schema: {
        tags,
        operationId: 'createGroup',
        summary: 'Create a group',
        description: 'A group can have no permission that its maker lacks.',
        querystring: NoQuery,
        body: GroupCreate,
        response: responses({ 201: Group }, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 201, await createGroup(context, adminRequest(request), request.body)),
  );

  app.get(
    '/groups/:id',
    {
      config: reads,
      schema: {
        tags,
        operationId: 'getGroup',
        summary: 'Read a group',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 200: Group }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readGroup(context, adminRequest(request), request.params.id)),
  );

  app.patch(
    '/groups/:id',
    {
      config: writes,
      schema: {
        tags,
        consumes: patchTypes,
        operationId: 'changeGroup',
        summary: 'Change a group, or move it',
        description: 'Sessions of its members have the new permissions from their next request on.',
        params: IdParams,
        querystring: NoQuery,
        body: GroupPatch,
        response: responses({ 200: Group }, 404, 409, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await patchGroup(context, adminRequest(request), request.params.id, request.body)),
  );

  app.delete(
    '/groups/:id',
    {
      config: writes,
      schema: {
        tags,
        operationId: 'deleteGroup',
        summary: 'Delete an empty group',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404, 409, 412),
      },
    },
    async (request, reply) => {
      await removeGroup(context, adminRequest(request), request.params.id);
      return reply.code(204).send();
    },
  );

  app.get(
    '/roles',
    {
      config: { permission: 'organization.read' },
      schema: {
        tags,
        operationId: 'listRoles',
        summary: 'The built-in roles and what each allows',
        querystring: NoQuery,
        response: responses({ 200: RoleList }),
      },
    },
    async (_request, reply) => send(reply, 200, { body: roleList }),
  );

  app.get(
    '/permissions',
    {
      config: { permission: 'organization.read' },
      schema: {
        tags,
        operationId: 'listPermissions',
        summary: 'Every permission by name, and what it allows',
        querystring: NoQuery,
        response: responses({ 200: PermissionList }),
      },
    },
    async (_request, reply) => send(reply, 200, { body: permissionList }),
  );
};

const roleList = {
  data: roles.map((name) => ({ name, permissions: [...rolePermissions[name]] })),
  nextCursor: null,
};

const permissionList = {
  data: permissions.map((name) => ({ name, description: permissionTable[name] })),
  nextCursor: null,
};
