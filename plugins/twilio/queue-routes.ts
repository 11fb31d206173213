import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Asked } from './answer.ts';
import { buildHoldMusic, HOLD_SECONDS, PIECE_SECONDS } from './hold-music.ts';
import type { TwilioPorts } from './ports.ts';
import { askMember, askMemberStatus, askWait, memberPlace } from './queue-pages.ts';
import type { SignedRequest } from './signed-request.ts';

type Handler = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>;
type Page = (signed: SignedRequest, token: string) => Asked;

/** Callers who wait, the telephones of those they wait for, and the music. */
export function registerQueuePages(
  scope: FastifyInstance,
  ports: TwilioPorts,
  handle: (kind: 'call', page: Page) => Handler,
): void {
  scope.post(
    '/twilio/queue-wait',
    handle('call', (signed, token) => askWait(ports, signed, token)),
  );
  scope.post('/twilio/member', (request, reply) => {
    const url = request.raw.url ?? '';
    return handle('call', (signed) => askMember(ports, signed, memberPlace(url)))(request, reply);
  });
  scope.post('/twilio/member-status', (request, reply) => {
    const url = request.raw.url ?? '';
    return handle('call', (signed) => askMemberStatus(ports, signed, memberPlace(url)))(request, reply);
  });
  const pieces = new Map<number, Buffer>();
  scope.get('/twilio/hold.wav', (request, reply) => {
    const seconds = holdSeconds(request.raw.url ?? '');
    const music = pieces.get(seconds) ?? buildHoldMusic(seconds);
    pieces.set(seconds, music);
    return reply.type('audio/wav').header('cache-control', 'public, max-age=86400').send(music);
  });
}

/** `s=`: how much of the music, in whole pieces; there are no more than four lengths. */
function holdSeconds(url: string): number {
  const asked = Number(/\?s=([0-9]{1,2})$/.exec(url)?.[1] ?? HOLD_SECONDS);
  const whole = Math.floor(asked / PIECE_SECONDS) * PIECE_SECONDS;
  return Math.min(HOLD_SECONDS, Math.max(PIECE_SECONDS, whole));
}
