import { buildTextHash } from './text-hash.ts';

/**
 * Texts by key, the newest of a bounded size, for a limited time. A table in which a key has eight places, over a ring
 * of bytes: nothing of it is an object that the engine must move or mark, and its memory never grows. A map or an LRU
 * cache keeps a hash of its own, lists and an entry in the engine's table of strings for every key, and the texts make
 * the collector walk the whole directory again and again; each costs a call more than its decision.
 */
export type Recent = {
  get(key: string, now: number): string | undefined;
  /** Takes the place of the oldest where all that the key could have are taken. */
  set(key: string, text: string, now: number): void;
};

const WAYS = 8;
/** A longer text is not kept: memory is bounded by this and the number of places. */
const MAX_TEXT = 8192;
/** UTF-16 code unit as UTF-8. */
const MOST_BYTES = 3;

export type RecentSize = {
  /** A power of two. */
  readonly places: number;
  /** Of keys and texts together; the memory is taken when the first is set. */
  readonly bytes: number;
};

export function buildRecent({ places, bytes }: RecentSize, lifeMs: number): Recent {
  const hashes = new Uint32Array(places);
  /** Where the entry begins: bytes written before it since the start; -1: none. */
  const starts = new Float64Array(places).fill(-1);
  const keyBytes = new Uint32Array(places);
  const textBytes = new Uint32Array(places);
  /** Epoch ms at which the text is forgotten. */
  const ends = new Float64Array(places);
  const sets = places / WAYS - 1;
  let ring: Buffer | undefined;
  let written = 0;
  const hash = buildTextHash();

  /** Not overwritten since. */
  const isThere = (place: number): boolean => {
    const start = starts[place] ?? -1;
    return start >= 0 && written <= start + bytes;
  };

  /** -1: it has none. */
  const findPlace = (wanted: number): number => {
    const first = (wanted & sets) * WAYS;
    for (let place = first; place < first + WAYS; place += 1) {
      if (hashes[place] === wanted && isThere(place)) return place;
    }
    return -1;
  };
  const oldestPlace = (wanted: number): number => {
    const first = (wanted & sets) * WAYS;
    let oldest = first;
    for (let place = first; place < first + WAYS; place += 1) {
      if ((starts[place] ?? -1) < (starts[oldest] ?? -1)) oldest = place;
    }
    return oldest;
  };

  return {
    get(key, now) {
      const place = findPlace(hash(key));
      if (ring === undefined || place === -1) return undefined;
      if (now >= (ends[place] ?? 0)) return undefined;
      const from = (starts[place] ?? 0) % bytes;
      const to = from + (keyBytes[place] ?? 0);
      if (ring.toString('utf8', from, to) !== key) return undefined;
      return ring.toString('utf8', to, to + (textBytes[place] ?? 0));
    },
    set(key, text, now) {
      const most = (key.length + text.length) * MOST_BYTES;
      if (text.length > MAX_TEXT || most > bytes) return;
      ring ??= Buffer.allocUnsafeSlow(bytes);
      // What does not fit before the end of the ring stands at its beginning.
      if ((written % bytes) + most > bytes) written += bytes - (written % bytes);
      const wanted = hash(key);
      const known = findPlace(wanted);
      const place = known === -1 ? oldestPlace(wanted) : known;
      const at = written % bytes;
      const ofKey = ring.write(key, at, 'utf8');
      const ofText = ring.write(text, at + ofKey, 'utf8');
      hashes[place] = wanted;
      starts[place] = written;
      keyBytes[place] = ofKey;
      textBytes[place] = ofText;
      ends[place] = now + lifeMs;
      written += ofKey + ofText;
    },
  };
}
