import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { TSchema } from 'typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { NoQuery, patchTypes, responses } from '../schemas.ts';
import { ColleaguePage, ColleagueQuery, Presence } from './schema.ts';
import { getOneself, type ListActive, listColleagues, type PatchUser, putPresence } from './service.ts';

export type ProfileRouteOptions = {
  readonly context: AdminContext;
  readonly readUser: (context: AdminContext, request: AdminRequest, id: string) => Promise<Answer<unknown>>;
  readonly patchUser: PatchUser;
  readonly listActive: ListActive;
  /** The shapes of a user and of a patch of one. */
  readonly User: TSchema;
  readonly UserPatch: TSchema;
};

export const profileRoutes: FastifyPluginAsyncTypebox<ProfileRouteOptions> = async (
  app,
  { context, readUser, patchUser, listActive, User, UserPatch },
) => {
  const tags = ['me'];

  app.get(
    '/me',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'getMe',
        summary: "Read one's own user",
        querystring: NoQuery,
        response: responses({ 200: User }),
      },
    },
    async (request, reply) => {
      const asked = adminRequest(request);
      return send(reply, 200, await readUser(context, asked, getOneself(asked).id));
    },
  );

  app.patch(
    '/me',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        consumes: patchTypes,
        operationId: 'changeMe',
        summary: "Change one's own user",
        description:
          'A merge patch. `meta.editableFields` says what may be changed: names, zone, do-not-disturb and mobile settings for everybody.',
        querystring: NoQuery,
        body: UserPatch,
        response: responses({ 200: User }, 409, 412, 422),
      },
    },
    async (request, reply) => {
      const asked = adminRequest(request);
      const patch = Object.fromEntries(Object.entries(Object(request.body)));
      return send(reply, 200, await patchUser(context, asked, getOneself(asked).id, patch));
    },
  );

  app.get(
    '/me/colleagues',
    {
      config: { permission: 'profile.availability' },
      schema: {
        tags,
        operationId: 'listMyColleagues',
        summary: 'List who could stand in for oneself',
        description: 'Everybody who is active, by name. A page may hold one less than `limit`: oneself.',
        querystring: ColleagueQuery,
        response: responses({ 200: ColleaguePage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, {
        body: await listColleagues(context, adminRequest(request), listActive, request.query),
      }),
  );

  app.put(
    '/me/presence',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'setMyPresence',
        summary: 'Be available, or not to be disturbed',
        querystring: NoQuery,
        body: Presence,
        response: responses({ 200: Presence }, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await putPresence(context, adminRequest(request), patchUser, request.body)),
  );
};
