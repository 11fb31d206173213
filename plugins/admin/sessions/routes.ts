import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../../services/routing/errors.ts';
import { adminRequest, send, sessionCookie } from '../authentication.ts';
import type { AdminContext, Answer } from '../context.ts';
import { Empty, NoQuery, responses } from '../schemas.ts';
import { Confirm, Login, PasswordChange, Self, Session, SessionOpened } from './schema.ts';
import { type AnswerUser, changePassword, confirmPassword, logIn, logOut, readSession } from './service.ts';

export type SessionRouteOptions = { readonly context: AdminContext; readonly answerUser: AnswerUser };

export const sessionRoutes: FastifyPluginAsyncTypebox<SessionRouteOptions> = async (
  app,
  { context, answerUser },
) => {
  const tags = ['session'];
  const { origin, protocol } = new URL(context.publicUrl);
  const cookie = { httpOnly: true, sameSite: 'strict', path: '/', secure: protocol === 'https:' } as const;

  const sendOpened = (reply: FastifyReply, status: 200 | 201, answer: Answer<SessionOpened>) => {
    reply.setCookie(sessionCookie, answer.body.token, {
      ...cookie,
      expires: new Date(answer.body.expiresAt),
    });
    return send(reply, status, answer);
  };

  app.post(
    '/session',
    {
      config: { permission: 'open' },
      schema: {
        tags,
        operationId: 'logIn',
        summary: 'Log in',
        description:
          'Answers a token for Authorization: Bearer, and sets an HttpOnly cookie for the console. A session ends after eight hours without a request, and 24 hours after the login in any case.',
        security: [],
        body: Login,
        querystring: NoQuery,
        response: responses({ 201: SessionOpened }, 422),
      },
    },
    async (request, reply) => {
      // Another site could log its visitor in as somebody else.
      if (request.headers.origin !== undefined && request.headers.origin !== origin) {
        throw problem('origin.refused');
      }
      return sendOpened(reply, 201, await logIn(context, answerUser, request.body, visitorOf(request)));
    },
  );

  app.get(
    '/session',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'getSession',
        summary: 'Who is logged in',
        querystring: NoQuery,
        response: responses({ 200: Session }),
      },
    },
    async (request, reply) => send(reply, 200, await readSession(context, answerUser, adminRequest(request))),
  );

  app.delete(
    '/session',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'logOut',
        summary: 'Log out',
        querystring: NoQuery,
        response: responses({ 204: Empty }),
      },
    },
    async (request, reply) => {
      await logOut(context, adminRequest(request));
      return reply.clearCookie(sessionCookie, cookie).code(204).send();
    },
  );

  app.post(
    '/session/confirm',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'confirmSession',
        summary: 'Type the password again',
        description:
          'Sensitive acts need a password typed in the last five minutes. A cookie session goes on under a new cookie; a bearer token stays the same.',
        body: Confirm,
        querystring: NoQuery,
        response: responses({ 200: SessionOpened }, 422),
      },
    },
    async (request, reply) => {
      const asked = adminRequest(request);
      const answer = await confirmPassword(
        context,
        answerUser,
        asked,
        request.body.password,
        presentedToken(request),
        request.ip,
      );
      const isCookie = asked.actor.type === 'user' && asked.actor.carriedBy === 'cookie';
      return isCookie ? sendOpened(reply, 200, answer) : send(reply, 200, answer);
    },
  );

  app.post(
    '/me/password',
    {
      config: { permission: 'known', duringPasswordChange: true },
      schema: {
        tags,
        operationId: 'changeOwnPassword',
        summary: "Change one's own password",
        description: 'Every other session of the user ends.',
        body: PasswordChange,
        querystring: NoQuery,
        response: responses({ 200: Self }, 422),
      },
    },
    async (request, reply) =>
      send(
        reply,
        200,
        await changePassword(context, answerUser, adminRequest(request), request.body, request.ip),
      ),
  );
};

function visitorOf(request: FastifyRequest) {
  const agent = (request.headers['user-agent'] ?? '').slice(0, 256);
  return { address: request.ip, agent: agent.replace(/[^\x20-\x7e]/g, '?'), requestId: request.id };
}

function presentedToken(request: FastifyRequest): string {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return bearer ?? request.cookies[sessionCookie] ?? '';
}
