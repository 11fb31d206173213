import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, readMissingBody, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { dryRun } from '../dry-run.ts';
import { Empty, IdParams, NoQuery, responses } from '../schemas.ts';
import { deleteUser, undeleteUser } from './deletion.ts';
import { deactivateUser, reactivateUser } from './life-cycle.ts';
import {
  Deactivate,
  DeactivatedUser,
  DeletionPreview,
  DryRunQuery,
  Reactivate,
  ReactivatedUser,
  Undelete,
} from './life-cycle-schema.ts';

export const lifeCycleRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['users'];

  app.post(
    '/users/:id/deactivate',
    {
      config: { permission: 'users.deactivate' },
      preValidation: readMissingBody,
      schema: {
        tags,
        operationId: 'deactivateUser',
        summary: 'Deactivate a user',
        description:
          'Ends the sessions, takes the user out of all queues, and hands leads, numbers and fallback duties to `reassignTo`, who gets the calls as well. Without it they stay, and calls follow the fallback user or the if-unavailable rule. `temporary` remembers what moved; `effects` says what that is.',
        params: IdParams,
        querystring: DryRunQuery,
        body: Deactivate,
        response: responses({ 200: DeactivatedUser }, 404, 409, 412, 422),
      },
    },
    async (request, reply) => {
      const by = adminRequest(request);
      const run = () => deactivateUser(context, by, request.params.id, request.body);
      return send(reply, 200, request.query.dryRun === true ? await dryRun(context, by, run) : await run());
    },
  );

  app.post(
    '/users/:id/reactivate',
    {
      config: { permission: 'users.deactivate' },
      preValidation: readMissingBody,
      schema: {
        tags,
        operationId: 'reactivateUser',
        summary: 'Reactivate a user',
        description:
          'The old credentials work again and calls come to the user. After a temporary deactivation `pullBack` brings back exactly what moved then; what has moved on since is listed in `effects.left` and stays. Without it queues are assigned anew by an administrator.',
        params: IdParams,
        querystring: NoQuery,
        body: Reactivate,
        response: responses({ 200: ReactivatedUser }, 404, 409, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await reactivateUser(context, adminRequest(request), request.params.id, request.body)),
  );

  app.delete(
    '/users/:id',
    {
      config: { permission: 'users.delete' },
      schema: {
        tags,
        operationId: 'deleteUser',
        summary: 'Delete a user',
        description:
          'Login and extension are free at once, leads are unassigned, sessions end. The person is erased after `policies.deletionGraceDays` (0: at once), and until then POST /users/{id}/undelete takes it back. With `dryRun` the answer says what would happen.',
        params: IdParams,
        querystring: DryRunQuery,
        response: responses({ 200: DeletionPreview, 204: Empty }, 404, 409, 412),
      },
    },
    async (request, reply) => {
      const by = adminRequest(request);
      const run = () => deleteUser(context, by, request.params.id);
      if (request.query.dryRun === true) return send(reply, 200, await dryRun(context, by, run));
      await run();
      return reply.code(204).send();
    },
  );

  app.post(
    '/users/:id/undelete',
    {
      config: { permission: 'users.delete' },
      preValidation: readMissingBody,
      schema: {
        tags,
        operationId: 'undeleteUser',
        summary: 'Take a deletion back',
        description:
          'The user is as before: status, login, extension, the leads that nobody has, and the queues. Where login or extension were taken meanwhile, 409 names one that is free (`nextLogin`, `nextFree`), which can be sent.',
        params: IdParams,
        querystring: NoQuery,
        body: Undelete,
        response: responses({ 200: ReactivatedUser }, 404, 409, 412, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await undeleteUser(context, adminRequest(request), request.params.id, request.body)),
  );
};
