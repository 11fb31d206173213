import { type Cipheriv, createCipheriv, hash } from 'node:crypto';
import { isSameText } from './constant-time.ts';

/**
 * Deterministic authenticated encryption for what is sealed on the way of every call: the synthetic-IV construction of
 * RFC 5297 with HMAC-SHA-256 in the place of CMAC. The MAC of the content, cut to 128 bits, is its tag and the first
 * counter block of AES-256-CTR, so the same content gives the same bytes and two contents never share a key stream.
 *
 * A cipher object of OpenSSL costs more than the whole decision, so one in ECB mode lives as long as the key and
 * encrypts the counter blocks; a property test holds the result against OpenSSL's own CTR.
 */
export type TokenSeal = {
  /** Base64url of tag and ciphertext: `SEAL_OVERHEAD` bytes more than the content. */
  seal(content: Uint8Array): string;
  /** Undefined: damaged, or sealed with another key. Never throws. */
  open(sealed: string): Buffer | undefined;
};

/** The tag. */
export const SEAL_OVERHEAD = 16;
/** What a callback URL could hold is less. */
export const MAX_CONTENT = 8192;

const AES_BLOCK = 16;
const HASH_BLOCK = 64;
const DIGEST = 32;

export function buildTokenSeal(encryptionKey: Uint8Array, macKey: Uint8Array): TokenSeal {
  const cipher = createCipheriv('aes-256-ecb', encryptionKey, null).setAutoPadding(false);
  const mac = buildMac(macKey);
  // Filled and read without a pause between, so one is enough.
  const sealed = Buffer.alloc(SEAL_OVERHEAD + MAX_CONTENT);
  return {
    seal(content) {
      const tag = mac(content);
      sealed.write(tag, 0, SEAL_OVERHEAD, 'latin1');
      sealed.set(content, SEAL_OVERHEAD);
      const end = SEAL_OVERHEAD + content.length;
      applyKeyStream(cipher, tag, sealed, SEAL_OVERHEAD, end);
      return sealed.toString('base64url', 0, end);
    },
    open(text) {
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length < SEAL_OVERHEAD || bytes.length > SEAL_OVERHEAD + MAX_CONTENT) return undefined;
      const tag = bytes.toString('latin1', 0, SEAL_OVERHEAD);
      applyKeyStream(cipher, tag, bytes, SEAL_OVERHEAD, bytes.length);
      const content = bytes.subarray(SEAL_OVERHEAD);
      return isSameText(mac(content), tag) ? content : undefined;
    },
  };
}

const countersByBlocks: Buffer[] = [];

/** Filled and read without a pause between, so one of each size is enough. */
function countersOf(blocks: number): Buffer {
  const known = countersByBlocks[blocks];
  if (known !== undefined) return known;
  const counters = Buffer.alloc(blocks * AES_BLOCK);
  countersByBlocks[blocks] = counters;
  return counters;
}

/** XORs `bytes` from `start` to `end` with AES-CTR's stream; the tag is the first counter, big-endian in its last word. */
function applyKeyStream(cipher: Cipheriv, tag: string, bytes: Buffer, start: number, end: number): void {
  if (end === start) return;
  const blocks = Math.ceil((end - start) / AES_BLOCK);
  const counters = countersOf(blocks);
  for (let at = 0; at < AES_BLOCK; at += 1) counters[at] = tag.charCodeAt(at);
  // The last word counts in 32 bits; a token has a few dozen blocks, so the words before never change.
  counters[AES_BLOCK - 4] = (counters[AES_BLOCK - 4] ?? 0) & 0x7f;
  const first = counters.readUInt32BE(AES_BLOCK - 4);
  for (let block = 1; block < blocks; block += 1) {
    const from = block * AES_BLOCK;
    for (let at = 0; at < AES_BLOCK - 4; at += 1) counters[from + at] = counters[at] ?? 0;
    counters.writeUInt32BE(first + block, from + AES_BLOCK - 4);
  }
  const stream = cipher.update(counters);
  for (let at = start; at < end; at += 1) bytes[at] = (bytes[at] ?? 0) ^ (stream[at - start] ?? 0);
}

/** HMAC-SHA-256 as latin1 text, cut to the tag's length: two one-shot hashes over prepared pads. */
function buildMac(key: Uint8Array): (content: Uint8Array) => string {
  const inner = Buffer.alloc(HASH_BLOCK + MAX_CONTENT, 0x36);
  const outer = Buffer.alloc(HASH_BLOCK + DIGEST, 0x5c);
  for (const [at, byte] of key.entries()) {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  return (content) => {
    inner.set(content, HASH_BLOCK);
    // As text: a digest in a buffer of its own costs three times as much.
    const digest = hash('sha256', inner.subarray(0, HASH_BLOCK + content.length), 'latin1');
    outer.write(digest, HASH_BLOCK, DIGEST, 'latin1');
    return hash('sha256', outer, 'latin1').slice(0, SEAL_OVERHEAD);
  };
}
