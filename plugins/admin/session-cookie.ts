import '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../services/routing/errors.ts';
import { send, sessionCookie } from './authentication.ts';
import type { AdminContext, Answer } from './context.ts';

/** Where a request comes from, for the list of sessions and for limits. */
export type Visitor = { readonly address: string; readonly agent: string; readonly requestId: string };

export function visitorOf(request: FastifyRequest): Visitor {
  const agent = (request.headers['user-agent'] ?? '').slice(0, 256);
  return { address: request.ip, agent: agent.replace(/[^\x20-\x7e]/g, '?'), requestId: request.id };
}

type Opened = { readonly token: string; readonly expiresAt: string };

export type SessionReplies = {
  /** The token in the body, and in a cookie for the console. */
  sendOpened<T extends Opened>(reply: FastifyReply, status: 200 | 201, answer: Answer<T>): FastifyReply;
  sendClosed(reply: FastifyReply): FastifyReply;
  /** Another site could log its visitor in as somebody else. */
  checkOwnOrigin(request: FastifyRequest): void;
};

export function buildSessionReplies({ publicUrl }: Pick<AdminContext, 'publicUrl'>): SessionReplies {
  const { origin, protocol } = new URL(publicUrl);
  const cookie = { httpOnly: true, sameSite: 'strict', path: '/', secure: protocol === 'https:' } as const;
  return {
    sendOpened(reply, status, answer) {
      const { token, expiresAt } = answer.body;
      reply.setCookie(sessionCookie, token, { ...cookie, expires: new Date(expiresAt) });
      return send(reply, status, answer);
    },
    sendClosed: (reply) => reply.clearCookie(sessionCookie, cookie).code(204).send(),
    checkOwnOrigin(request) {
      const { origin: from } = request.headers;
      if (from !== undefined && from !== origin) throw problem('origin.refused');
    },
  };
}
