import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { IdParams, NoQuery, patchTypes, responses } from '../schemas.ts';
import { createUser } from './creation.ts';
import { listUserPage } from './list.ts';
import { User, UserCreate, UserPage, UserPatch, UserQuery } from './schema.ts';
import { patchUser, readUser } from './service.ts';

export type UserRouteOptions = {
  readonly context: AdminContext;
  /** The hash of a new user's password, or null for one who will be invited; refuses what does not fit. */
  readonly hashFirstPassword: (body: {
    readonly kind: 'email' | 'username';
    readonly login?: string;
    readonly email?: string;
    readonly password?: string;
  }) => Promise<string | null>;
};

export const userRoutes: FastifyPluginAsyncTypebox<UserRouteOptions> = async (
  app,
  { context, hashFirstPassword },
) => {
  const tags = ['users'];

  app.get(
    '/users',
    {
      config: { permission: 'users.read' },
      schema: {
        tags,
        operationId: 'listUsers',
        summary: 'List users',
        querystring: UserQuery,
        response: responses({ 200: UserPage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listUserPage(context, adminRequest(request), request.query) }),
  );

  app.post(
    '/users',
    {
      config: { permission: 'users.write' },
      schema: {
        tags,
        operationId: 'createUser',
        summary: 'Create a user',
        description:
          'Defaults: role agent, the next free extension, the time zone of the organization, one device sip:EXTENSION@SIPDOMAIN. A user by e-mail is pending until the invitation is accepted.',
        body: UserCreate,
        querystring: NoQuery,
        response: responses({ 201: User }, 409, 422),
      },
    },
    async (request, reply) => {
      const passwordHash = await hashFirstPassword(request.body);
      const answer = await createUser(context, adminRequest(request), request.body, passwordHash);
      context.kickMail();
      return send(reply, 201, answer);
    },
  );

  app.get(
    '/users/:id',
    {
      config: { permission: 'users.read', about: 'user' },
      schema: {
        tags,
        operationId: 'getUser',
        summary: 'Read a user',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 200: User }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readUser(context, adminRequest(request), request.params.id)),
  );

  app.patch(
    '/users/:id',
    {
      config: { permission: 'users.write', about: 'user' },
      schema: {
        tags,
        consumes: patchTypes,
        operationId: 'changeUser',
        summary: 'Change a user',
        description:
          'A merge patch. `meta.editableFields` of the user says which settings may be changed. A change after which every call would go round in a circle is refused (routing.loop); other circles are saved with a warning.',
        params: IdParams,
        querystring: NoQuery,
        body: UserPatch,
        response: responses({ 200: User }, 404, 409, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await patchUser(context, adminRequest(request), request.params.id, request.body)),
  );
};
