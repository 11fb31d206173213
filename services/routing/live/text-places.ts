import { buildTextHash } from '../calls/text-hash.ts';
import { copyInto, NONE } from './columns.ts';

/** A small whole number for each text that is in use: its place in columns of numbers. Texts come and go with calls. */
export type TextPlaces = {
  /** Places that are taken. */
  readonly size: number;
  /** Every place is below it. Grows; columns beside these must have as many. */
  readonly capacity: number;
  /** `NONE`: it has no place. */
  find(text: string): number;
  /** Of a text that has none; gives its place. */
  take(text: string): number;
  textAt(place: number): string;
  /** The next text that takes a place may have this one. */
  free(place: number): void;
};

/** Bytes of a text that stand in the column: longer ones, and those with other characters, are kept as they are. */
const WIDTH = 40;
const ELSEWHERE = 255;
const FIRST_CAPACITY = 8;

/** For all of them: an event of a call is looked up in several. */
const hash = buildTextHash();

export function createTextPlaces(): TextPlaces {
  let [capacity, size, used] = [FIRST_CAPACITY, 0, 0];
  let bytes = Buffer.alloc(capacity * WIDTH);
  let lengths = new Uint8Array(capacity);
  let hashes = new Uint32Array(capacity);
  /** The next place of the same chain; of a free place, the next free one. */
  let next = new Int32Array(capacity);
  let chains = new Int32Array(capacity).fill(NONE);
  let firstFree = NONE;
  const long = new Map<number, string>();
  // Whoever asks for a text has mostly just asked for it.
  let [lastText, lastPlace] = ['', NONE];

  const isAt = (place: number, text: string): boolean => {
    if (lengths[place] === ELSEWHERE) return long.get(place) === text;
    if (lengths[place] !== text.length) return false;
    const from = place * WIDTH;
    for (let at = 0; at < text.length; at += 1) if (bytes[from + at] !== text.charCodeAt(at)) return false;
    return true;
  };
  const write = (place: number, text: string): boolean => {
    if (text.length > WIDTH) return false;
    const from = place * WIDTH;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code > 255) return false;
      bytes[from + at] = code;
    }
    return true;
  };
  const chain = (place: number): void => {
    const own = (hashes[place] ?? 0) & (capacity - 1);
    next[place] = chains[own] ?? NONE;
    chains[own] = place;
  };
  const grow = (): void => {
    capacity *= 2;
    bytes = copyInto(Buffer.alloc(capacity * WIDTH), bytes);
    lengths = copyInto(new Uint8Array(capacity), lengths);
    hashes = copyInto(new Uint32Array(capacity), hashes);
    next = new Int32Array(capacity);
    chains = new Int32Array(capacity).fill(NONE);
    for (let place = 0; place < used; place += 1) chain(place);
  };
  const newPlace = (): number => {
    if (firstFree !== NONE) {
      const place = firstFree;
      firstFree = next[place] ?? NONE;
      return place;
    }
    // No place is free here, so all of them are in a chain.
    if (used === capacity) grow();
    used += 1;
    return used - 1;
  };

  return {
    get size() {
      return size;
    },
    get capacity() {
      return capacity;
    },
    find(text) {
      if (text === lastText && lastPlace !== NONE) return lastPlace;
      const wanted = hash(text);
      let place = chains[wanted & (capacity - 1)] ?? NONE;
      while (place !== NONE && (hashes[place] !== wanted || !isAt(place, text))) place = next[place] ?? NONE;
      [lastText, lastPlace] = [text, place];
      return place;
    },
    take(text) {
      const place = newPlace();
      size += 1;
      hashes[place] = hash(text);
      const isWritten = write(place, text);
      lengths[place] = isWritten ? text.length : ELSEWHERE;
      if (!isWritten) long.set(place, text);
      chain(place);
      [lastText, lastPlace] = [text, place];
      return place;
    },
    textAt(place) {
      const from = place * WIDTH;
      return long.get(place) ?? bytes.toString('latin1', from, from + (lengths[place] ?? 0));
    },
    free(place) {
      const own = (hashes[place] ?? 0) & (capacity - 1);
      if (chains[own] === place) chains[own] = next[place] ?? NONE;
      else {
        let before = chains[own] ?? NONE;
        while (next[before] !== place) before = next[before] ?? NONE;
        next[before] = next[place] ?? NONE;
      }
      long.delete(place);
      if (place === lastPlace) lastPlace = NONE;
      next[place] = firstFree;
      firstFree = place;
      size -= 1;
    },
  };
}
