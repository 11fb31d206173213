import { hash, verify } from '@node-rs/argon2';
import { commonPasswords } from './common-passwords.ts';

/** Argon2id with 19 MiB and two passes, as OWASP asks; about 60 ms, in a thread of its own. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** With two-step verification a password that was guessed is not enough, so a shorter one will do. */
const shortestAlone = 15;
const shortestWithTwoStep = 8;
export const longestPassword = 256;

export function hashPassword(password: string): Promise<string> {
  return hash(normalize(password), cost);
}

/**
 * True for the right password. Takes as long for somebody who does not exist (`stored` undefined) or has no password
 * (null) as for a wrong one, so that the time says nothing about who exists.
 */
export async function verifyPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  const isRight = await verify(stored ?? (await nobodysHash()), normalize(password));
  return isRight && stored !== null && stored !== undefined;
}

/** Not enough where two-step verification is off. */
export function isShortPassword(password: string): boolean {
  return [...password].length < shortestAlone;
}

/** A password that may be used, as it is stored. */
export type CheckedPassword = { readonly hash: string; readonly isShort: boolean };

/** Why a password is refused, as a sentence; undefined: it may be used. No rules about which characters (NIST 800-63B). */
export function passwordRefusal(
  password: string,
  about: readonly string[] = [],
  hasTwoStep = false,
): string | undefined {
  const length = [...password].length;
  if (hasTwoStep && length < shortestWithTwoStep) return `Use at least ${shortestWithTwoStep} characters.`;
  if (!hasTwoStep && length < shortestAlone) {
    return `Use at least ${shortestAlone} characters. ${shortestWithTwoStep} are enough for a user who has turned on two-step verification.`;
  }
  if (length > longestPassword) return `Use at most ${longestPassword} characters.`;
  const plain = password.toLowerCase().replace(/\s/g, '');
  const reduced = plain.replace(/[^\p{L}\p{N}]/gu, '');
  const isRepeated = /^(.{1,4})\1+.{0,3}$/su.test(plain);
  if (isRepeated || commonPasswords.has(plain) || commonPasswords.has(reduced)) {
    return 'This is one of the passwords that are tried first: use another one.';
  }
  if (about.some((word) => word.length >= 4 && plain === word.toLowerCase().replace(/\s/g, ''))) {
    return 'Use something else than the login or the name.';
  }
  return undefined;
}

/** The same password typed on another keyboard: composed and decomposed accents are one thing. */
function normalize(password: string): string {
  return password.normalize('NFC');
}

let nobody: Promise<string> | undefined;

function nobodysHash(): Promise<string> {
  nobody ??= hash('the password of nobody at all', cost);
  return nobody;
}
