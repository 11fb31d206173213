import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, NoQuery, responses } from '../schemas.ts';
import {
  AccountParams,
  CarrierAccount,
  CarrierAccountPage,
  CarrierAccountPut,
  CarrierAccountQuery,
} from './schema.ts';
import { listAccountPage, putAccount, removeAccount } from './service.ts';

export const carrierAccountRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['organization'];

  app.get(
    '/organization/carrier-accounts',
    {
      config: { permission: 'carriers.read' },
      schema: {
        tags,
        operationId: 'listCarrierAccounts',
        summary: 'List the accounts at carriers',
        description: 'Without the account of the settings of the installation.',
        querystring: CarrierAccountQuery,
        response: responses({ 200: CarrierAccountPage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listAccountPage(context, adminRequest(request)) }),
  );

  app.put(
    '/organization/carrier-accounts/:accountSid',
    {
      config: { permission: 'carriers.write' },
      schema: {
        tags,
        operationId: 'setCarrierAccount',
        summary: 'Store an account at a carrier, or replace its tokens',
        description: 'Calls that this account signs belong to this organization from now on.',
        params: AccountParams,
        querystring: NoQuery,
        body: CarrierAccountPut,
        response: responses({ 200: CarrierAccount }, 404, 409, 422),
      },
    },
    async (request, reply) =>
      send(
        reply,
        200,
        await putAccount(context, adminRequest(request), request.params.accountSid, request.body),
      ),
  );

  app.delete(
    '/organization/carrier-accounts/:accountSid',
    {
      config: { permission: 'carriers.write' },
      schema: {
        tags,
        operationId: 'deleteCarrierAccount',
        summary: 'Forget an account at a carrier',
        description: 'Its requests are refused from now on.',
        params: AccountParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404),
      },
    },
    async (request, reply) => {
      await removeAccount(context, adminRequest(request), request.params.accountSid);
      return reply.code(204).send();
    },
  );
};
