import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { responses } from '../schemas.ts';
import { CallDetail, CallPage, CallParams, CallQuery } from './schema.ts';
import { answerCall, listCallPage } from './service.ts';

/** One's own calls are seen by everybody, so both ask only for somebody who is known; the service asks for the rest. */
export const callRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['calls'];

  app.get(
    '/calls',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'listCalls',
        summary: 'Calls, the newest first',
        description:
          "All with `calls.read`; with `calls.desk` those of one's own desks, group and queues; else one's own. Callers' numbers are masked without `calls.numbers`, but in one's own calls.",
        querystring: CallQuery,
        response: responses({ 200: CallPage }, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listCallPage(context, adminRequest(request), request.query) }),
  );

  app.get(
    '/calls/:id',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'readCall',
        summary: 'One call: its steps, why they are so, and what happened',
        params: CallParams,
        response: responses({ 200: CallDetail }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await answerCall(context, adminRequest(request), request.params.id) }),
  );
};
