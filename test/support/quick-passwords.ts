import { hash } from '@node-rs/argon2';

/** Argon2id that keeps nobody from guessing: ten milliseconds less of a core for each password set, and each login. */
export function hashQuickly(password: string): Promise<string> {
  return hash(password.normalize('NFC'), { memoryCost: 64, timeCost: 1, parallelism: 1 });
}
