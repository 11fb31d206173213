/**
 * Texts by key, the newest of a bounded number, for a limited time. A table of fixed size in which a key has eight
 * places: a map or an LRU cache keeps a hash of its own, lists and an entry in the engine's table of strings for every
 * key, which together cost a call more than its decision.
 */
export type Recent = {
  get(key: string, now: number): string | undefined;
  /** Takes the place of the oldest where all that the key could have are taken. */
  set(key: string, text: string, now: number): void;
};

const WAYS = 8;
/** A longer text is not kept: memory is bounded by this and the number of places. */
const MAX_TEXT = 8192;

/** @param places a power of two */
export function buildRecent(places: number, lifeMs: number): Recent {
  const keys: (string | undefined)[] = new Array(places).fill(undefined);
  const texts: string[] = new Array(places).fill('');
  // Epoch ms at which the text is forgotten.
  const ends = new Float64Array(places);
  const sets = places / WAYS - 1;

  const placeOf = (key: string): number => {
    const first = (hashOf(key) & sets) * WAYS;
    for (let place = first; place < first + WAYS; place += 1) if (keys[place] === key) return place;
    return -1;
  };

  const oldestOf = (key: string): number => {
    const first = (hashOf(key) & sets) * WAYS;
    let oldest = first;
    for (let place = first + 1; place < first + WAYS; place += 1) {
      if ((ends[place] ?? 0) < (ends[oldest] ?? 0)) oldest = place;
    }
    return oldest;
  };

  return {
    get(key, now) {
      const place = placeOf(key);
      return place !== -1 && now < (ends[place] ?? 0) ? texts[place] : undefined;
    },
    set(key, text, now) {
      if (text.length > MAX_TEXT) return;
      const known = placeOf(key);
      const place = known === -1 ? oldestOf(key) : known;
      keys[place] = key;
      texts[place] = text;
      ends[place] = now + lifeMs;
    },
  };
}

/** FNV-1a, which is spread well enough for ids that are random already. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
