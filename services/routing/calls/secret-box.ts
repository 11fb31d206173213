import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { buildTokenSeal, type TokenSeal } from './token-seal.ts';

/**
 * Encryption with LINEFINDER_SECRET_KEY. The first key seals, every key opens, so a key is changed by putting the new
 * one in front and taking the old one away when nothing it sealed is needed any more.
 *
 * Each purpose has keys of its own (HKDF): what was sealed for one cannot be opened for another. Nothing here throws
 * for bad input: what cannot be opened is undefined.
 */
export type SecretBox = {
  /**
   * A stored secret as text. The nonce is random: the same secret never looks the same twice. `context` says what it
   * belongs to (`twilio:AC…`) and must be given again, so a ciphertext cannot be moved to another row.
   */
  encrypt(plain: string, context: string): string;
  decrypt(sealed: string, context: string): string | undefined;
  /** For call tokens: the same content gives the same text. */
  readonly seal: TokenSeal['seal'];
  readonly open: TokenSeal['open'];
};

export const MIN_KEY_LENGTH = 32;

const NONCE = 12;
const TAG = 16;
/** Raised when the format changes; an older prefix then says how to read it. */
const FORMAT = 'v1.';

type KeySet = { readonly stored: KeyObject; readonly token: TokenSeal };

/** `keys`: the setting's values in its order, new before old. */
export function buildSecretBox(keys: readonly string[], randomBytes: (size: number) => Buffer): SecretBox {
  const sets = keys.map(deriveKeys);
  const first = sets[0];
  if (first === undefined) throw new Error('A secret box needs a key');
  return {
    encrypt(plain, context) {
      const nonce = randomBytes(NONCE);
      const sealed = encryptWith(first.stored, nonce, Buffer.from(plain), Buffer.from(context));
      return FORMAT + sealed.toString('base64url');
    },
    decrypt(sealed, context) {
      if (!sealed.startsWith(FORMAT)) return undefined;
      const bytes = Buffer.from(sealed.slice(FORMAT.length), 'base64url');
      const aad = Buffer.from(context);
      return firstOpened(sets, (set) => decryptWith(set.stored, bytes, aad))?.toString('utf8');
    },
    seal: first.token.seal,
    open: (sealed) => firstOpened(sets, (set) => set.token.open(sealed)),
  };
}

function deriveKeys(key: string): KeySet {
  if (key.length < MIN_KEY_LENGTH)
    throw new Error(`A secret key needs at least ${MIN_KEY_LENGTH} characters`);
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', key, 'linefinder', `linefinder ${purpose} v1`, 32));
  return {
    stored: createSecretKey(derive('stored credential')),
    token: buildTokenSeal(derive('call token'), derive('call token nonce')),
  };
}

function firstOpened(sets: readonly KeySet[], open: (set: KeySet) => Buffer | undefined): Buffer | undefined {
  for (const set of sets) {
    const opened = open(set);
    if (opened !== undefined) return opened;
  }
  return undefined;
}

function encryptWith(key: KeyObject, nonce: Buffer, content: Buffer, aad: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aad);
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

function decryptWith(key: KeyObject, sealed: Buffer, aad: Buffer): Buffer | undefined {
  if (sealed.length < NONCE + TAG) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, sealed.length - TAG)), decipher.final()]);
  } catch {
    // The tag does not fit: another key, or damaged.
    return undefined;
  }
}
