import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, IdParams, NoQuery, responses } from '../schemas.ts';
import { mostBytes, soundTypes } from './audio.ts';
import { Greeting, GreetingPut } from './schema.ts';
import { putSound, putText, readGreeting, readSoundOf, removeGreeting, removeSound } from './service.ts';

const tags = ['voicemails'];

/** What is played is checked by its bytes, in the service. */
const anySound = Type.Unsafe<unknown>({ type: 'string', format: 'binary' });
const audio = {
  description: 'The sound as it was uploaded.',
  content: { 'audio/mpeg': { schema: anySound } },
};

/** Any bytes: the service looks at them. */
const uploaded = { content: Object.fromEntries(soundTypes.map((type) => [type, { schema: {} }])) };

const kinds = [
  {
    type: 'user',
    path: '/users/:id/greeting',
    name: 'UserGreeting',
    whose: 'a user’s',
    reads: { permission: 'users.read', about: 'user' },
    writes: { permission: 'users.write', about: 'user' },
  },
  {
    type: 'queue',
    path: '/queues/:id/greeting',
    name: 'QueueGreeting',
    whose: 'a queue’s',
    reads: { permission: 'queues.read' },
    writes: { permission: 'queues.write' },
  },
] as const;

export const greetingRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  app.addContentTypeParser(
    [...soundTypes],
    { parseAs: 'buffer', bodyLimit: mostBytes },
    (_request, body, done) => done(null, body),
  );
  for (const { type, path, name, whose, reads, writes } of kinds) {
    app.get(
      path,
      {
        config: reads,
        schema: {
          tags,
          operationId: `get${name}`,
          summary: `What callers hear in ${whose} voicemail box`,
          params: IdParams,
          querystring: NoQuery,
          response: responses({ 200: Greeting }, 404),
        },
      },
      async (request, reply) =>
        send(reply, 200, await readGreeting(context, adminRequest(request), { type, id: request.params.id })),
    );

    app.put(
      path,
      {
        config: writes,
        schema: {
          tags,
          operationId: `set${name}`,
          summary: `Set the text of ${whose} voicemail box`,
          params: IdParams,
          querystring: NoQuery,
          body: GreetingPut,
          response: responses({ 200: Greeting }, 404, 422),
        },
      },
      async (request, reply) =>
        send(
          reply,
          200,
          await putText(context, adminRequest(request), { type, id: request.params.id }, request.body),
        ),
    );

    app.delete(
      path,
      {
        config: writes,
        schema: {
          tags,
          operationId: `delete${name}`,
          summary: `Let ${whose} voicemail box say what the organization’s boxes say`,
          params: IdParams,
          querystring: NoQuery,
          response: responses({ 204: Empty }, 404),
        },
      },
      async (request, reply) => {
        await removeGreeting(context, adminRequest(request), { type, id: request.params.id });
        return reply.code(204).send();
      },
    );

    app.get(
      `${path}/sound`,
      {
        config: reads,
        schema: {
          tags,
          operationId: `play${name}`,
          summary: `Listen to the sound of ${whose} voicemail box`,
          params: IdParams,
          querystring: NoQuery,
          response: { ...responses({}, 404), 200: audio },
        },
      },
      async (request, reply) => {
        const sound = await readSoundOf(context, adminRequest(request), { type, id: request.params.id });
        return reply.type(sound.type).header('cache-control', 'private, no-store').send(sound.content);
      },
    );

    app.put(
      `${path}/sound`,
      {
        bodyLimit: mostBytes,
        config: writes,
        schema: {
          tags,
          operationId: `upload${name}`,
          summary: `Upload the sound that is played in ${whose} voicemail box`,
          description: 'MP3, WAV or AIFF of at most 5 MB; another one replaces it.',
          params: IdParams,
          querystring: NoQuery,
          body: uploaded,
          response: responses({ 200: Greeting }, 404, 422),
        },
      },
      async (request, reply) =>
        send(
          reply,
          200,
          await putSound(context, adminRequest(request), { type, id: request.params.id }, request.body),
        ),
    );

    app.delete(
      `${path}/sound`,
      {
        config: writes,
        schema: {
          tags,
          operationId: `deleteSoundOf${name}`,
          summary: `Take the sound of ${whose} voicemail box away`,
          params: IdParams,
          querystring: NoQuery,
          response: responses({ 204: Empty }, 404),
        },
      },
      async (request, reply) => {
        await removeSound(context, adminRequest(request), { type, id: request.params.id });
        return reply.code(204).send();
      },
    );
  }
};
