import type { Clock } from '../ports.ts';
import { buildRecent } from './recent.ts';
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
/** Answers have some 2 KB. */
const kept = { places: 16_384, bytes: 32 * 1024 * 1024 };

/**
 * Kept for 10 minutes, in process the last 16,384 at most, and 32 MB. In Redis an answer is encrypted and bound to its
 * key, because it holds who called whom, and because what is read from there is played to a caller.
 */
export function buildAnswers(shared: SharedStore | null, box: SecretBox, clock: Clock): Answers {
  const recent = buildRecent(kept, lifeSeconds * 1_000);
  return {
    get: (key) => recent.get(key, clock.now()),
    remember(key, answer) {
      recent.set(key, answer, clock.now());
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
      if (answer !== undefined) recent.set(key, answer, clock.now());
      return answer;
    },
  };
}

function nameOf(key: string): string {
  return `linefinder:answer:${key}`;
}
