import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, responses } from '../schemas.ts';
import {
  MailAccount,
  MailAccountParams,
  MailAccountPut,
  MailAccounts,
  MailSend,
  MailSent,
} from './schema.ts';
import { putMailAccount, readMailAccounts, removeMailAccount, sendUserMail } from './service.ts';

export const mailAccountRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['mail'];

  app.get(
    '/users/:id/mail-accounts',
    {
      config: { permission: 'mail.read', about: 'user' },
      schema: {
        tags,
        operationId: 'listMailAccounts',
        summary: "A user's mail accounts",
        description: 'Without the passwords.',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 200: MailAccounts }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readMailAccounts(context, adminRequest(request), request.params.id)),
  );

  app.put(
    '/users/:id/mail-accounts/:campaign',
    {
      config: { permission: 'mail.write', about: 'user' },
      schema: {
        tags,
        operationId: 'setMailAccount',
        summary: "Set a user's mail account",
        description:
          "For one campaign, or `default` for the rest. Same domain and server as the organization's, own local part and password. Mail for the user is then sent from it.",
        params: MailAccountParams,
        querystring: NoQuery,
        body: MailAccountPut,
        response: responses({ 200: MailAccount }, 404, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await putMailAccount(context, adminRequest(request), request.params, request.body)),
  );

  app.delete(
    '/users/:id/mail-accounts/:campaign',
    {
      config: { permission: 'mail.write', about: 'user' },
      schema: {
        tags,
        operationId: 'removeMailAccount',
        summary: "Remove a user's mail account",
        params: MailAccountParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404),
      },
    },
    async (request, reply) => {
      await removeMailAccount(context, adminRequest(request), request.params);
      return reply.code(204).send();
    },
  );

  app.post(
    '/users/:id/mail',
    {
      config: { permission: 'mail.send', about: 'user' },
      schema: {
        tags,
        operationId: 'sendUserMail',
        summary: 'Send mail as a user',
        description:
          "From the account of the campaign, else the user's default one, else the organization's. It is sent after the answer, and tried again until the server takes it.",
        params: IdParams,
        querystring: NoQuery,
        body: MailSend,
        response: responses({ 201: MailSent }, 404, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 201, await sendUserMail(context, adminRequest(request), request.params.id, request.body)),
  );
};
