import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, responses } from '../schemas.ts';
import { SessionPage, SessionParams, SessionQuery, UserSessionParams } from './schema.ts';
import { endAllSessions, endSession, endUserSessions, type GetPerson, listSessionPage } from './service.ts';

export type UserSessionRouteOptions = { readonly context: AdminContext; readonly getPerson: GetPerson };

export const userSessionRoutes: FastifyPluginAsyncTypebox<UserSessionRouteOptions> = async (
  app,
  { context, getPerson },
) => {
  const tags = ['sessions'];

  app.get(
    '/sessions',
    {
      config: { permission: 'sessions.read' },
      schema: {
        tags,
        operationId: 'listSessions',
        summary: 'Who is logged in',
        description: 'The latest login first.',
        querystring: SessionQuery,
        response: responses({ 200: SessionPage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, {
        body: await listSessionPage(context, adminRequest(request), undefined, request.query),
      }),
  );

  app.delete(
    '/sessions',
    {
      config: { permission: 'sessions.write' },
      schema: {
        tags,
        operationId: 'endAllSessions',
        summary: 'Log everybody out',
        description: 'All sessions of the organization but the one of this request.',
        querystring: NoQuery,
        response: responses({ 204: Empty }),
      },
    },
    async (request, reply) => {
      await endAllSessions(context, adminRequest(request));
      return reply.code(204).send();
    },
  );

  app.delete(
    '/sessions/:sessionId',
    {
      config: { permission: 'sessions.write' },
      schema: {
        tags,
        operationId: 'endSession',
        summary: 'End a session',
        params: SessionParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404),
      },
    },
    async (request, reply) => {
      await endSession(context, adminRequest(request), request.params.sessionId);
      return reply.code(204).send();
    },
  );

  app.get(
    '/users/:id/sessions',
    {
      config: { permission: 'sessions.read', about: 'user' },
      schema: {
        tags,
        operationId: 'listUserSessions',
        summary: "A user's sessions",
        params: IdParams,
        querystring: SessionQuery,
        response: responses({ 200: SessionPage }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, {
        body: await listSessionPage(context, adminRequest(request), request.params.id, request.query),
      }),
  );

  app.delete(
    '/users/:id/sessions',
    {
      config: { permission: 'sessions.write', about: 'user' },
      schema: {
        tags,
        operationId: 'endUserSessions',
        summary: "End a user's sessions",
        description: 'They are refused from the next request on.',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404),
      },
    },
    async (request, reply) => {
      await endUserSessions(context, adminRequest(request), request.params.id);
      return reply.code(204).send();
    },
  );

  app.delete(
    '/users/:id/sessions/:sessionId',
    {
      config: { permission: 'sessions.write', about: 'user' },
      schema: {
        tags,
        operationId: 'endUserSession',
        summary: "End one of a user's sessions",
        params: UserSessionParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404),
      },
    },
    async (request, reply) => {
      const { id, sessionId } = request.params;
      await endSession(context, adminRequest(request), sessionId, id);
      return reply.code(204).send();
    },
  );

  app.get(
    '/me/sessions',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'listOwnSessions',
        summary: "One's own sessions",
        querystring: SessionQuery,
        response: responses({ 200: SessionPage }),
      },
    },
    async (request, reply) => {
      const asked = adminRequest(request);
      const body = await listSessionPage(context, asked, getPerson(asked).id, request.query);
      return send(reply, 200, { body });
    },
  );

  app.delete(
    '/me/sessions',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'endOwnSessions',
        summary: "End one's other sessions",
        description: 'All but the one of this request.',
        querystring: NoQuery,
        response: responses({ 204: Empty }),
      },
    },
    async (request, reply) => {
      const asked = adminRequest(request);
      const { id, sessionId } = getPerson(asked);
      await endUserSessions(context, asked, id, sessionId);
      return reply.code(204).send();
    },
  );

  app.delete(
    '/me/sessions/:sessionId',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'endOwnSession',
        summary: "End one of one's own sessions",
        params: SessionParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404),
      },
    },
    async (request, reply) => {
      const asked = adminRequest(request);
      await endSession(context, asked, request.params.sessionId, getPerson(asked).id);
      return reply.code(204).send();
    },
  );
};
