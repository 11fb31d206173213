import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { problem } from '../../services/routing/errors.ts';
import type { AdminRequest } from './context.ts';

/** The key of the request with a hash of what it asks for. */
export function readIdempotency(request: FastifyRequest): AdminRequest['idempotency'] {
  const key = request.headers['idempotency-key'];
  if (request.method !== 'POST' || key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw problem('header.invalid', {
      errors: [
        {
          pointer: '/idempotency-key',
          code: 'pattern',
          message: 'must be 1-255 printable ASCII characters without spaces',
        },
      ],
    });
  }
  return { key, requestHash: hashRequest(request.method, request.url, request.body) };
}

function hashRequest(method: string, url: string, body: unknown): string {
  return createHash('sha256')
    .update(`${method} ${url}\n${JSON.stringify(body) ?? ''}`)
    .digest('base64url');
}
