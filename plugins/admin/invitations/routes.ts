import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, readMissingBody, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { EmptyBody, IdParams, NoQuery, responses } from '../schemas.ts';
import { buildSessionReplies, visitorOf } from '../session-cookie.ts';
import { checkTokenLimit } from '../token-limit.ts';
import { Accepted, AcceptInvitation, Invited } from './schema.ts';
import { acceptInvitation, type InvitationPorts, resendInvitation } from './service.ts';

export type InvitationRouteOptions = { readonly context: AdminContext } & InvitationPorts;

export const invitationRoutes: FastifyPluginAsyncTypebox<InvitationRouteOptions> = async (
  app,
  { context, ...ports },
) => {
  const { sendOpened, checkOwnOrigin } = buildSessionReplies(context);

  app.post(
    '/users/:id/resend-invitation',
    {
      config: { permission: 'users.write' },
      preValidation: readMissingBody,
      schema: {
        tags: ['users'],
        operationId: 'resendInvitation',
        summary: 'Send the invitation again',
        description: 'Only to somebody who has not confirmed yet. The former link is worth nothing any more.',
        params: IdParams,
        querystring: NoQuery,
        body: EmptyBody,
        response: responses({ 200: Invited }, 404, 409, 422),
      },
    },
    async (request, reply) =>
      send(
        reply,
        200,
        await resendInvitation(context, adminRequest(request), ports.answerUser, request.params.id),
      ),
  );

  app.post(
    '/invitations/accept',
    {
      config: { permission: 'open' },
      schema: {
        tags: ['session'],
        operationId: 'acceptInvitation',
        summary: 'Accept an invitation',
        description:
          'With the token of the link in the mail, which works once and for a week. Sets the password, makes the user active and logs them in.',
        security: [],
        body: AcceptInvitation,
        querystring: NoQuery,
        response: responses({ 201: Accepted }, 422),
      },
    },
    async (request, reply) => {
      checkOwnOrigin(request);
      checkTokenLimit(context, request.ip);
      return sendOpened(reply, 201, await acceptInvitation(context, ports, request.body, visitorOf(request)));
    },
  );
};
