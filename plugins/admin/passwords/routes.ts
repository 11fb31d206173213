import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, responses } from '../schemas.ts';
import { visitorOf } from '../session-cookie.ts';
import { checkTokenLimit } from '../token-limit.ts';
import { AdminReset, AdminResetDone, ForgotPassword, ResetPassword } from './schema.ts';
import { forgotPassword, type PasswordPorts, resetPassword, resetUserPassword } from './service.ts';

export type PasswordRouteOptions = { readonly context: AdminContext } & PasswordPorts;

export const passwordRoutes: FastifyPluginAsyncTypebox<PasswordRouteOptions> = async (
  app,
  { context, ...ports },
) => {
  app.post(
    '/password/forgot',
    {
      config: { permission: 'open' },
      schema: {
        tags: ['session'],
        operationId: 'forgotPassword',
        summary: 'Ask for a new password',
        description:
          'A link goes to the registered address; it works once, for 30 minutes. The answer is the same, after the same time, whether or not there is such a user.',
        security: [],
        body: ForgotPassword,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 422),
      },
    },
    async (request, reply) => {
      await forgotPassword(context, request.body, visitorOf(request));
      return reply.code(204).send();
    },
  );

  app.post(
    '/password/reset',
    {
      config: { permission: 'open' },
      schema: {
        tags: ['session'],
        operationId: 'resetPassword',
        summary: 'Set a new password with the link of a mail',
        description: 'Every session of the user ends. Log in with the new password afterwards.',
        security: [],
        body: ResetPassword,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 422),
      },
    },
    async (request, reply) => {
      checkTokenLimit(context, request.ip);
      await resetPassword(context, ports, request.body, visitorOf(request));
      return reply.code(204).send();
    },
  );

  app.post(
    '/users/:id/reset-password',
    {
      config: { permission: 'users.reset' },
      schema: {
        tags: ['users'],
        operationId: 'resetUserPassword',
        summary: "Reset a user's password",
        description:
          'By mail, with a generated password that is shown once, or with one that is typed in. The last two end the sessions of the user at once. Nobody resets the password of somebody who may do more.',
        params: IdParams,
        querystring: NoQuery,
        body: AdminReset,
        response: responses({ 200: AdminResetDone }, 404, 409, 422),
      },
    },
    async (request, reply) =>
      send(
        reply,
        200,
        await resetUserPassword(context, ports, adminRequest(request), request.params.id, request.body),
      ),
  );
};
