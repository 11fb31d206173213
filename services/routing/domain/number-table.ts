/**
 * What belongs to numbers in E.164. A number has 15 digits at most, so it is a whole number of a double, and is found by
 * that: a map of texts would make each caller's number an entry of the engine's table of strings first, which takes
 * longer than the decision, and reads its way through texts that lie all over the memory.
 */
export type NumberTable<T> = {
  readonly size: number;
  /** @param number `+34911234567` */
  get(number: string): T | undefined;
  has(number: string): boolean;
};

export type NumberTableBuilder<T> = NumberTable<T> & {
  /** The one that was set last for a number counts. */
  set(number: string, value: T): void;
};

const SMALLEST = 16;
const NONE = 0;

/** @param expected how many there will be; more take more memory and time, nothing else */
export function createNumberTable<T>(expected: number): NumberTableBuilder<T> {
  let { keys, values } = emptyTable<T>(expected);
  let size = 0;
  /** What is no number in E.164 never comes with a call, and must not keep the others from being found. */
  const strange = new Map<string, T>();

  /** Where the number is, or would be. */
  const placeOf = (key: number): number => {
    const last = keys.length - 1;
    let place = spread(key) & last;
    while (keys[place] !== NONE && keys[place] !== key) place = (place + 1) & last;
    return place;
  };

  const grow = (): void => {
    const [oldKeys, oldValues] = [keys, values];
    ({ keys, values } = emptyTable<T>(2 * size));
    for (const [place, key] of oldKeys.entries()) {
      if (key === NONE) continue;
      const to = placeOf(key);
      keys[to] = key;
      values[to] = oldValues[place];
    }
  };

  return {
    get size() {
      return size + strange.size;
    },
    get(number) {
      const key = keyOf(number);
      return key === NONE ? strange.get(number) : values[placeOf(key)];
    },
    has(number) {
      const key = keyOf(number);
      return key === NONE ? strange.has(number) : keys[placeOf(key)] === key;
    },
    set(number, value) {
      const key = keyOf(number);
      if (key === NONE) {
        strange.set(number, value);
        return;
      }
      if (2 * (size + 1) > keys.length) grow();
      const place = placeOf(key);
      if (keys[place] === NONE) size += 1;
      keys[place] = key;
      values[place] = value;
    },
  };
}

/** At most half full. */
function emptyTable<T>(expected: number): { keys: Float64Array; values: (T | undefined)[] } {
  let places = SMALLEST;
  while (places < 2 * expected) places *= 2;
  return { keys: new Float64Array(places), values: new Array(places).fill(undefined) };
}

/** The digits of a number in E.164; 0: it is none. Two texts never have the same. */
function keyOf(number: string): number {
  if (number.length < 2 || number.length > 16 || number.charCodeAt(0) !== 43) return NONE;
  let key = 0;
  for (let at = 1; at < number.length; at += 1) {
    const digit = number.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return NONE;
    key = key * 10 + digit;
    // A leading zero would give two texts one key.
    if (key === 0) return NONE;
  }
  return key;
}

function spread(key: number): number {
  const mixed = Math.imul((key | 0) ^ Math.imul((key / 4_294_967_296) | 0, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
