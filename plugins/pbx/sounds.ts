import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { CallLog } from '../../services/routing/calls/call-log.ts';
import type { PendingCall } from '../../services/routing/domain/pending-call.ts';
import { problem } from '../../services/routing/errors.ts';
import type { GreetingSounds } from '../../services/voicemail/greeting-sounds.ts';
import { refusedRecording } from './normalize.ts';
import { ProblemDocument, type ResultBody } from './schema.ts';

const SoundParams = Type.Object({ soundId: Type.String() }, { additionalProperties: false });
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const problemContent = { content: { 'application/problem+json': { schema: ProblemDocument } } };

const schema = {
  tags: ['calls'],
  summary: 'The sound of a greeting',
  description: 'What the `soundId` of a voicemail step names. A sound never changes: fetch it once.',
  params: SoundParams,
  response: {
    200: {
      description: 'MP3, WAV or AIFF.',
      content: { 'audio/mpeg': { schema: { type: 'string', format: 'binary' } } },
    },
    401: { description: 'Refused.', ...problemContent },
    403: { description: 'Refused.', ...problemContent },
    404: { description: 'It is gone.', ...problemContent },
  },
};

/** For a PBX that plays greetings itself, with the key of the PBX routes. */
export function registerSounds(
  scope: FastifyInstance,
  sounds: Pick<GreetingSounds, 'find'> | undefined,
): void {
  scope.get<{ Params: { readonly soundId: string } }>(
    '/v1/route/sounds/:soundId',
    { schema },
    async (request, reply) => {
      const { soundId } = request.params;
      const isId = UUID.test(soundId);
      const sound = isId ? await sounds?.find(request.pbxOrganizationId, soundId) : undefined;
      if (sound === undefined) throw problem('greeting.not-found');
      return reply.type(sound.type).header('cache-control', 'private, max-age=86400').send(sound.content);
    },
  );
}

type Left = {
  readonly organizationId: string;
  readonly callId: string;
  readonly at: number;
  readonly pending: PendingCall | null;
  readonly recording: ResultBody['recording'];
};

/** Throws where something was recorded in a step that is no voicemail. */
export function checkRecording(pending: PendingCall | null, recording: ResultBody['recording']): void {
  if (recording !== undefined && pending?.steps[0]?.action !== 'voicemail') throw refusedRecording();
}

/** What the caller left, in the box of the step that is over. */
export function noteRecording(callLog: CallLog, { pending, recording, ...place }: Left): void {
  const step = pending?.steps[0];
  if (recording === undefined || step?.action !== 'voicemail') return;
  const { id: recordingSid, durationSeconds, url = '' } = recording;
  callLog.append({
    carrier: 'pbx',
    ...place,
    type: 'recorded',
    mailbox: step.mailbox,
    from: pending?.from ?? null,
    recordingSid,
    url,
    status: 'completed',
    durationSeconds,
  });
}
