import type { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, patchTypes, responses } from '../schemas.ts';
import { Voicemail, VoicemailPage, VoicemailPatch, VoicemailQuery } from './schema.ts';
import { listVoicemailPage, openSound, patchVoicemail, readVoicemail, removeVoicemail } from './service.ts';

const audio = {
  description: 'The sound as the carrier has it; 206 for a Range.',
  content: { 'audio/mpeg': { schema: Type.Unsafe<Readable>({ type: 'string', format: 'binary' }) } },
};

const tags = ['voicemails'];
/** Everybody may see their own; the service knows which those are. */
const config = { permission: 'known' } as const;

export const voicemailRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  app.get(
    '/voicemails',
    {
      config,
      schema: {
        tags,
        operationId: 'listVoicemails',
        summary: 'List messages, the newest first',
        description:
          'Of one’s own box and the boxes of one’s queues; with the permission voicemails.read of all boxes.',
        querystring: VoicemailQuery,
        response: responses({ 200: VoicemailPage }),
      },
    },
    async (request, reply) =>
      send(reply, 200, { body: await listVoicemailPage(context, adminRequest(request), request.query) }),
  );

  app.get(
    '/voicemails/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getVoicemail',
        summary: 'Read what is known about a message',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 200: Voicemail }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readVoicemail(context, adminRequest(request), request.params.id)),
  );

  app.patch(
    '/voicemails/:id',
    {
      config,
      schema: {
        tags,
        consumes: patchTypes,
        operationId: 'changeVoicemail',
        summary: 'Mark a message as read or archived',
        params: IdParams,
        querystring: NoQuery,
        body: VoicemailPatch,
        response: responses({ 200: Voicemail }, 404, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await patchVoicemail(context, adminRequest(request), request.params.id, request.body)),
  );

  app.delete(
    '/voicemails/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'deleteVoicemail',
        summary: 'Delete a message, at the carrier too',
        description: 'The carrier is asked behind the answer, again and again where it does not answer.',
        params: IdParams,
        querystring: NoQuery,
        response: responses({ 204: Empty }, 404),
      },
    },
    async (request, reply) => {
      await removeVoicemail(context, adminRequest(request), request.params.id);
      return reply.code(204).send();
    },
  );

  app.get(
    '/voicemails/:id/sound',
    {
      config,
      schema: {
        tags,
        operationId: 'playVoicemail',
        summary: 'Listen to a message',
        params: IdParams,
        querystring: NoQuery,
        response: { ...responses({}, 404, 409, 502), 200: audio, 206: audio },
      },
    },
    async (request, reply) => {
      const { range } = request.headers;
      const { id } = request.params;
      const sound = await openSound(context, adminRequest(request), id, range);
      const { type, length, contentRange, body } = sound;
      reply
        .code(contentRange === null ? 200 : 206)
        .type(type)
        .header('cache-control', 'private, no-store')
        .header('accept-ranges', 'bytes')
        .header('content-disposition', `inline; filename="voicemail-${id}.mp3"`);
      if (length !== null) reply.header('content-length', length);
      if (contentRange !== null) reply.header('content-range', contentRange);
      return reply.send(body);
    },
  );
};
