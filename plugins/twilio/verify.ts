import { createHmac, hash } from 'node:crypto';
import { isSameText } from '../../services/routing/calls/constant-time.ts';

/**
 * Twilio's signature: base64(HMAC-SHA1(auth token, URL + parameters)). The URL is the public one as it was configured,
 * never what Host or X-Forwarded-* say.
 */

/** `https://calls.example.com` may have been signed as `https://calls.example.com:443`, and the other way round. */
export function publicAddresses(publicUrl: string): readonly string[] {
  const [, scheme = '', authority = '', path = ''] = /^(https?:\/\/)([^/]*)(.*)$/.exec(publicUrl) ?? [];
  const bare = authority.replace(/:[0-9]+$/, '');
  if (bare !== authority) return [publicUrl, `${scheme}${bare}${path}`];
  return [publicUrl, `${scheme}${authority}:${scheme === 'https://' ? 443 : 80}${path}`];
}

export type SignedRequest = {
  /** Path and query as they came, not decoded. */
  readonly rawUrl: string;
  /** The same with the first address before it, behind `SIGN_ROOM` bytes that are written over; left out: put together. */
  readonly bytes?: Buffer | undefined;
  /** The parameters in the order of the signature (`Form.signed`). */
  readonly parameters: string;
  readonly signature: string;
};

/** Whether one of the tokens signed the request for one of the addresses. Compares in constant time. */
export function isSigned(
  addresses: readonly string[],
  authTokens: readonly string[],
  { rawUrl, bytes, parameters, signature }: SignedRequest,
): boolean {
  if (bytes !== undefined) {
    for (const token of authTokens) if (signsBytes(token, bytes, signature)) return true;
  }
  for (const address of addresses) {
    const content = address + rawUrl + parameters;
    for (const token of authTokens) if (isSameText(sign(token, content), signature)) return true;
  }
  return false;
}

/** As `createHmac('sha1', token)`, by two one-shot hashes: this runs for every request, forged ones included. */
export function sign(authToken: string, content: string): string {
  const pads = padsOf(authToken);
  if (pads === undefined) return createHmac('sha1', authToken).update(content).digest('base64');
  // As text: a digest in a buffer of its own costs three times as much.
  return finish(pads, hash('sha1', pads.inner + content, 'latin1'));
}

/** Whether the token gives this signature; false also for a token that `sign` must try. */
function signsBytes(authToken: string, bytes: Buffer, signature: string): boolean {
  const pads = padsOf(authToken);
  if (pads === undefined) return false;
  bytes.set(pads.innerBytes);
  return isSameText(finish(pads, hash('sha1', bytes, 'latin1')), signature);
}

function finish({ outer }: Pads, inner: string): string {
  outer.write(inner, BLOCK, 'latin1');
  return hash('sha1', outer, 'base64');
}

const BLOCK = 64;
/** What an HMAC puts before its content. */
export const SIGN_ROOM = BLOCK;
/** `outer` has room for the inner digest behind the pad; it is filled and read without a pause between. */
type Pads = { readonly inner: string; readonly innerBytes: Buffer; readonly outer: Buffer };

const MAX_PADS = 10_000;
const padsByToken = new Map<string, Pads>();

/** Undefined: a token that is no short ASCII text, whose pads would be no text either. Twilio's are 32 hex digits. */
function padsOf(authToken: string): Pads | undefined {
  const known = padsByToken.get(authToken);
  if (known !== undefined) return known;
  if (authToken.length > BLOCK || /[^\x20-\x7e]/.test(authToken)) return undefined;
  const key = Buffer.alloc(BLOCK);
  key.write(authToken, 'latin1');
  const outer = Buffer.alloc(BLOCK + 20);
  for (const [at, byte] of key.entries()) outer[at] = byte ^ 0x5c;
  const innerBytes = Buffer.from(key.map((byte) => byte ^ 0x36));
  const pads = { inner: innerBytes.toString('latin1'), innerBytes, outer };
  if (padsByToken.size >= MAX_PADS) padsByToken.clear();
  padsByToken.set(authToken, pads);
  return pads;
}
