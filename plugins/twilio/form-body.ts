import type { IncomingMessage } from 'node:http';
import { errorCodes } from 'fastify';
import { MAX_FORM_BYTES } from './form.ts';
import type { Turns } from './turns.ts';

/**
 * The bytes of a form. The framework's own reading copies them, and takes its listeners off a request that is gone a
 * moment later.
 */
export function readFormBody(
  payload: IncomingMessage,
  turns: Turns,
  done: (error: Error | null, body?: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  let isOver = false;
  const end = (error: Error | null): void => {
    if (isOver) return;
    isOver = true;
    if (error !== null) return done(error);
    const [only] = chunks;
    const body = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length);
    turns.add(() => done(null, body));
  };
  payload.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_FORM_BYTES) end(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
    else chunks.push(chunk);
  });
  payload.on('end', () => end(null));
  payload.on('error', end);
}
