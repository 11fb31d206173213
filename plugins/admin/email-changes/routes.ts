import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { AdminContext } from '../context.ts';
import { Empty, NoQuery, responses } from '../schemas.ts';
import { checkTokenLimit } from '../token-limit.ts';
import { ConfirmEmail } from './schema.ts';
import { confirmEmail } from './service.ts';

export const emailChangeRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  app.post(
    '/email-changes/confirm',
    {
      config: { permission: 'open' },
      schema: {
        tags: ['session'],
        operationId: 'confirmEmail',
        summary: 'Confirm a new e-mail address',
        description:
          'With the token of the link in the mail to the new address, which works once and for a day. A user by e-mail logs in with the new address from then on.',
        security: [],
        body: ConfirmEmail,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 409, 422),
      },
    },
    async (request, reply) => {
      checkTokenLimit(context, request.ip);
      await confirmEmail(context, request.body, request.id);
      return reply.code(204).send();
    },
  );
};
