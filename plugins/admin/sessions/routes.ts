import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { adminRequest, send, sessionCookie } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, NoQuery, responses } from '../schemas.ts';
import { buildSessionReplies, visitorOf } from '../session-cookie.ts';
import { changePassword, confirmPassword } from './own-password.ts';
import { Confirm, Login, PasswordChange, Self, Session, SessionOpened } from './schema.ts';
import { type AnswerUser, logIn, logOut, readSession } from './service.ts';

export type SessionRouteOptions = { readonly context: AdminContext; readonly answerUser: AnswerUser };

export const sessionRoutes: FastifyPluginAsyncTypebox<SessionRouteOptions> = async (
  app,
  { context, answerUser },
) => {
  const tags = ['session'];
  const { sendOpened, sendClosed, checkOwnOrigin } = buildSessionReplies(context);

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
      checkOwnOrigin(request);
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
      return sendClosed(reply);
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
        request.body,
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

function presentedToken(request: FastifyRequest): string {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return bearer ?? request.cookies[sessionCookie] ?? '';
}
