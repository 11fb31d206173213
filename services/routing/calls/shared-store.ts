import { createBreaker, within } from '../../storage/breaker.ts';
import type { RedisConnection } from '../../storage/redis.ts';
import type { Clock } from '../ports.ts';

/**
 * What the processes share while they can: Redis, behind 50 ms and a breaker. Nothing here rejects: where Redis is down
 * the answer is undefined, and the caller goes on with what it has in hand.
 */
export type SharedStore = {
  get(key: string): Promise<string | undefined>;
  /** Keeps `value` unless there is one already; gives the one that was there. */
  claim(key: string, value: string, seconds: number): Promise<string | undefined>;
  set(key: string, value: string, seconds: number): Promise<void>;
};

const hopMs = 50;
const pauseMs = 1_000;

export function buildSharedStore(redis: Pick<RedisConnection, 'commands'>, clock: Clock): SharedStore {
  const breaker = createBreaker(clock, pauseMs);
  const ask = async <T>(run: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await breaker.run(() => within(hopMs, run()));
    } catch {
      return undefined;
    }
  };
  const { commands } = redis;
  return {
    get: async (key) => (await ask(() => commands.get(key))) ?? undefined,
    claim: async (key, value, seconds) =>
      (await ask(() => commands.set(key, value, 'EX', seconds, 'NX', 'GET'))) ?? undefined,
    async set(key, value, seconds) {
      await ask(() => commands.set(key, value, 'EX', seconds));
    },
  };
}
