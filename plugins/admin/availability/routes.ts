import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, OverrideParams, patchTypes, responses } from '../schemas.ts';
import { createOverride, listOverridePage, patchOverride, removeOverride } from './overrides.ts';
import {
  Availability,
  AvailabilityPut,
  Override,
  OverridePage,
  OverridePatch,
  OverrideQuery,
  OverrideSettings,
} from './schema.ts';
import { putAvailability, readAvailability } from './service.ts';

export const availabilityRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  const tags = ['availability'];
  const reads = { permission: 'availability.read', about: 'user' } as const;
  const writes = { permission: 'availability.write', about: 'user' } as const;

  app.get(
    '/users/:id/availability',
    {
      config: reads,
      schema: {
        tags,
        operationId: 'getAvailability',
        summary: 'Read the weekly hours of a user',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 200: Availability }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readAvailability(context, adminRequest(request), request.params.id)),
  );

  app.put(
    '/users/:id/availability',
    {
      config: writes,
      schema: {
        tags,
        operationId: 'setAvailability',
        summary: 'Set the weekly hours of a user',
        description:
          'Replaces the whole week. Windows are [from, to) in the zone of the user; one whose end is not after its start ends on the next day. On a day that is not available the calls of the whole local day go to the fallback user of that day, else to the general one.',
        params: IdParams,
        querystring: NoQuery,
        body: AvailabilityPut,
        response: responses({ 200: Availability }, 404, 409, 412, 422),
      },
    },
    async (request, reply) =>
      send(
        reply,
        200,
        await putAvailability(context, adminRequest(request), request.params.id, request.body),
      ),
  );

  app.get(
    '/users/:id/overrides',
    {
      config: reads,
      schema: {
        tags,
        operationId: 'listOverrides',
        summary: 'List the overrides of a user, by first date',
        params: IdParams,
        querystring: OverrideQuery,
        response: responses({ 200: OverridePage }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, {
        body: await listOverridePage(context, adminRequest(request), request.params.id, request.query),
      }),
  );

  app.post(
    '/users/:id/overrides',
    {
      config: writes,
      schema: {
        tags,
        operationId: 'createOverride',
        summary: 'Set other hours for a date or a range of dates',
        description:
          'Dates are local to the zone of the user, both inclusive. A single date beats a range; among equals the one created later.',
        params: IdParams,
        querystring: NoQuery,
        body: OverrideSettings,
        response: responses({ 201: Override }, 404, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 201, await createOverride(context, adminRequest(request), request.params.id, request.body)),
  );

  app.patch(
    '/users/:id/overrides/:overrideId',
    {
      config: writes,
      schema: {
        tags,
        consumes: patchTypes,
        operationId: 'changeOverride',
        summary: 'Change an override',
        params: OverrideParams,
        querystring: NoQuery,
        body: OverridePatch,
        response: responses({ 200: Override }, 404, 409, 412, 422),
      },
    },
    async (request, reply) => {
      const { id, overrideId } = request.params;
      return send(
        reply,
        200,
        await patchOverride(context, adminRequest(request), id, overrideId, request.body),
      );
    },
  );

  app.delete(
    '/users/:id/overrides/:overrideId',
    {
      config: writes,
      schema: {
        tags,
        operationId: 'deleteOverride',
        summary: 'Delete an override',
        params: OverrideParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404, 409, 412),
      },
    },
    async (request, reply) => {
      const { id, overrideId } = request.params;
      await removeOverride(context, adminRequest(request), id, overrideId);
      return reply.code(204).send();
    },
  );
};
