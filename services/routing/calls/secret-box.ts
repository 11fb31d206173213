import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

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
  /**
   * The nonce is derived from the content (HMAC-SHA-256, cut to 96 bits), so the same content gives the same bytes and
   * two contents never share a nonce. Adds `SEAL_OVERHEAD` bytes.
   */
  seal(content: Buffer): Buffer;
  open(sealed: Buffer): Buffer | undefined;
};

/** Nonce and tag. */
export const SEAL_OVERHEAD = 28;
export const MIN_KEY_LENGTH = 32;

const NONCE = 12;
const TAG = 16;
/** Raised when the format changes; an older prefix then says how to read it. */
const FORMAT = 'v1.';

type KeySet = { readonly stored: KeyObject; readonly token: KeyObject; readonly nonce: Pads };

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
    seal: (content) =>
      encryptWith(first.token, hmac(first.nonce, content).subarray(0, NONCE), content, NO_AAD),
    open: (sealed) => firstOpened(sets, (set) => decryptWith(set.token, sealed, NO_AAD)),
  };
}

const NO_AAD = Buffer.alloc(0);

function deriveKeys(key: string): KeySet {
  if (key.length < MIN_KEY_LENGTH)
    throw new Error(`A secret key needs at least ${MIN_KEY_LENGTH} characters`);
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', key, 'linefinder', `linefinder ${purpose} v1`, 32));
  return {
    stored: createSecretKey(derive('stored credential')),
    token: createSecretKey(derive('call token')),
    nonce: toPads(derive('call token nonce')),
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
  if (aad.length > 0) cipher.setAAD(aad);
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

function decryptWith(key: KeyObject, sealed: Buffer, aad: Buffer): Buffer | undefined {
  if (sealed.length < SEAL_OVERHEAD) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG });
  if (aad.length > 0) decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, sealed.length - TAG)), decipher.final()]);
  } catch {
    // The tag does not fit: another key, or damaged.
    return undefined;
  }
}

/**
 * HMAC by two one-shot hashes over prepared pads: a token is sealed on the way of every call. `outer` has room for the
 * inner digest behind the pad; it is filled and read without a pause between.
 */
type Pads = { readonly inner: Buffer; readonly outer: Buffer };

const BLOCK = 64;
const DIGEST = 32;

function toPads(key: Buffer): Pads {
  const inner = Buffer.alloc(BLOCK, 0x36);
  const outer = Buffer.alloc(BLOCK + DIGEST, 0x5c);
  for (const [at, byte] of key.entries()) {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  return { inner, outer };
}

function hmac({ inner, outer }: Pads, content: Buffer): Buffer {
  // As text: a digest in a buffer of its own costs three times as much.
  outer.write(hash('sha256', Buffer.concat([inner, content]), 'latin1'), BLOCK, 'latin1');
  return Buffer.from(hash('sha256', outer, 'latin1'), 'latin1');
}
