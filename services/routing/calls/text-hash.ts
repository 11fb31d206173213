const PRIME = 0x01000193;

/** A hash of 32 bits that knows the last text again: whoever asks for a text has mostly just asked for it. */
export function buildTextHash(): (text: string) => number {
  let [last, hashed] = ['', hash('')];
  return (text) => {
    if (text !== last) [last, hashed] = [text, hash(text)];
    return hashed;
  };
}

/**
 * FNV-1a over every second character, twice: neither waits for the other's multiplication. Spread well enough for ids
 * that are random already.
 */
function hash(text: string): number {
  let even = 0x811c9dc5;
  let odd = 0x050c5d1f;
  const pairs = text.length & ~1;
  for (let at = 0; at < pairs; at += 2) {
    even = Math.imul(even ^ text.charCodeAt(at), PRIME);
    odd = Math.imul(odd ^ text.charCodeAt(at + 1), PRIME);
  }
  if (pairs < text.length) even = Math.imul(even ^ text.charCodeAt(pairs), PRIME);
  const both = Math.imul(even ^ (odd >>> 15), PRIME) ^ odd;
  return (both ^ (both >>> 15)) >>> 0;
}
