import { LRUCache } from 'lru-cache';
import type { SecretBox } from './secret-box.ts';
import type { SharedStore } from './shared-store.ts';

/** First answers: whoever asks the same again, a carrier that retries, gets the same bytes. */
export type Answers = {
  /** In this process. */
  get(key: string): string | undefined;
  /** In this process at once; in Redis, where there is one, in the background. Never throws. */
  remember(key: string, answer: string): void;
  /** From Redis, 50 ms at most; undefined: not there, or nobody answered. Never rejects. */
  recall(key: string): Promise<string | undefined>;
};

const lifeSeconds = 600;
const memoryBytes = 64 * 1024 * 1024;

/**
 * Kept for 10 minutes, in process up to 64 MB (some 30,000 answers). In Redis an answer is encrypted and bound to its
 * key, because it holds who called whom, and because what is read from there is played to a caller.
 */
export function buildAnswers(shared: SharedStore | null, box: SecretBox): Answers {
  const kept = new LRUCache<string, string>({
    maxSize: memoryBytes,
    sizeCalculation: (answer, key) => answer.length + key.length + 100,
    ttl: lifeSeconds * 1_000,
  });
  return {
    get: (key) => kept.get(key),
    remember(key, answer) {
      kept.set(key, answer);
      if (shared === null) return;
      // The reply goes first.
      setImmediate(() => {
        const name = nameOf(key);
        void shared.claim(name, box.encrypt(answer, name), lifeSeconds);
      });
    },
    async recall(key) {
      if (shared === null) return undefined;
      const name = nameOf(key);
      const sealed = await shared.get(name);
      const answer = sealed === undefined ? undefined : box.decrypt(sealed, name);
      if (answer !== undefined) kept.set(key, answer);
      return answer;
    },
  };
}

function nameOf(key: string): string {
  return `linefinder:answer:${key}`;
}
