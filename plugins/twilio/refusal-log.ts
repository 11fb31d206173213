import type { FastifyBaseLogger } from 'fastify';
import type { Clock } from '../../services/routing/ports.ts';

/**
 * Says why webhooks are refused, once a second at most: a wrong PUBLIC_URL must be seen, and a flood of forged requests
 * must not become a flood of lines. What is left out is counted in the next line.
 */
export type RefusalLog = { note(log: FastifyBaseLogger, because: string): void };

const PAUSE_MS = 1000;

export function buildRefusalLog(clock: Clock): RefusalLog {
  let last = Number.NEGATIVE_INFINITY;
  let leftOut = 0;
  return {
    note(log, because) {
      const now = clock.now();
      // A clock that was set back must not silence it.
      if (now >= last && now < last + PAUSE_MS) {
        leftOut += 1;
        return;
      }
      log.warn({ because, leftOut }, 'a Twilio webhook was refused');
      last = now;
      leftOut = 0;
    },
  };
}
