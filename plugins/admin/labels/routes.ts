import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, patchTypes, responses } from '../schemas.ts';
import { Label, LabelBody, LabelPage, LabelPatch, LabelQuery } from './schema.ts';
import { createLabel, listLabelPage, patchLabel, readLabel, removeLabel } from './service.ts';

/** Skills, tags and desks: the same five routes each. */
export const labelRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  options,
) => {
  for (const kind of ['skill', 'tag', 'desk'] as const) await app.register(routesOf, { ...options, kind });
};

type Options = { readonly context: AdminContext; readonly kind: 'skill' | 'tag' | 'desk' };

const routesOf: FastifyPluginAsyncTypebox<Options> = async (app, { context, kind }) => {
  const tags = [`${kind}s`];
  const word = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  const reads = { permission: 'labels.read' } as const;
  const writes = { permission: 'labels.write' } as const;

  app.get(
    `/${kind}s`,
    {
      config: reads,
      schema: {
        tags,
        operationId: `list${word}s`,
        summary: `List ${kind}s, by name`,
        querystring: LabelQuery,
        response: responses({ 200: LabelPage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listLabelPage(context, adminRequest(request), kind, request.query) }),
  );

  app.post(
    `/${kind}s`,
    {
      config: writes,
      schema: {
        tags,
        operationId: `create${word}`,
        summary: `Create a ${kind}`,
        querystring: NoQuery,
        body: LabelBody,
        response: responses({ 201: Label }, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 201, await createLabel(context, adminRequest(request), kind, request.body)),
  );

  app.get(
    `/${kind}s/:id`,
    {
      config: reads,
      schema: {
        tags,
        operationId: `get${word}`,
        summary: `Read a ${kind}`,
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 200: Label }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readLabel(context, adminRequest(request), kind, request.params.id)),
  );

  app.patch(
    `/${kind}s/:id`,
    {
      config: writes,
      schema: {
        tags,
        consumes: patchTypes,
        operationId: `change${word}`,
        summary: `Rename a ${kind}`,
        params: IdParams,
        querystring: NoQuery,
        body: LabelPatch,
        response: responses({ 200: Label }, 404, 409, 412, 422),
      },
    },
    async (request, reply) =>
      send(
        reply,
        200,
        await patchLabel(context, adminRequest(request), kind, request.params.id, request.body),
      ),
  );

  app.delete(
    `/${kind}s/:id`,
    {
      config: writes,
      schema: {
        tags,
        operationId: `delete${word}`,
        summary: `Delete a ${kind}`,
        description: `It is taken off every user who has it.`,
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404, 412),
      },
    },
    async (request, reply) => {
      await removeLabel(context, adminRequest(request), kind, request.params.id);
      return reply.code(204).send();
    },
  );
};
