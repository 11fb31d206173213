import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, readMissingBody, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, NoQuery, responses } from '../schemas.ts';
import { MailServer, MailServerPut, TestMailSend, TestMailSent } from './schema.ts';
import { putMailServer, readMailServer, removeMailServer, sendTestMail } from './service.ts';

export const organizationMailRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['mail'];

  app.get(
    '/organization/mail',
    {
      config: { permission: 'mail.read' },
      schema: {
        tags,
        operationId: 'getMailServer',
        summary: 'Read the mail server',
        description: 'Without the password. 404: mail leaves by the server of the installation.',
        querystring: NoQuery,
        response: responses({ 200: MailServer }, 404),
      },
    },
    async (request, reply) => send(reply, 200, await readMailServer(context, adminRequest(request))),
  );

  app.put(
    '/organization/mail',
    {
      config: { permission: 'mail.write' },
      schema: {
        tags,
        operationId: 'setMailServer',
        summary: 'Set the mail server',
        description: 'From now on the mail of the organization and of its users leaves by it.',
        body: MailServerPut,
        querystring: NoQuery,
        response: responses({ 200: MailServer }, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await putMailServer(context, adminRequest(request), request.body)),
  );

  app.delete(
    '/organization/mail',
    {
      config: { permission: 'mail.write' },
      schema: {
        tags,
        operationId: 'removeMailServer',
        summary: 'Remove the mail server',
        description: 'Mail leaves by the server of the installation again.',
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404, 412),
      },
    },
    async (request, reply) => {
      await removeMailServer(context, adminRequest(request));
      return reply.code(204).send();
    },
  );

  app.post(
    '/organization/mail/test',
    {
      config: { permission: 'mail.write' },
      preValidation: readMissingBody,
      schema: {
        tags,
        operationId: 'sendTestMail',
        summary: 'Send a test mail',
        description: '`lastTest` of GET /v1/organization/mail says what came of it.',
        body: TestMailSend,
        querystring: NoQuery,
        response: responses({ 201: TestMailSent }, 422),
      },
    },
    async (request, reply) =>
      send(reply, 201, await sendTestMail(context, adminRequest(request), request.body)),
  );
};
