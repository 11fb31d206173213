import { buildTextHash } from '../calls/text-hash.ts';

/**
 * A map by call id, by a hash of ours: the engine's own makes an entry in its table of strings of every id that is asked
 * for, and each call brings a new one. In the order in which ids were first set.
 */
export type CallMap<T> = {
  readonly size: number;
  get(callId: string): T | undefined;
  set(callId: string, value: T): void;
  delete(callId: string): void;
  entries(): Generator<readonly [string, T]>;
};

type Entry<T> = { readonly callId: string; value: T; readonly next: Entry<T> | undefined };

/** For all maps: each event of a call is looked up in several of them. */
const textHash = buildTextHash();

export function createCallMap<T>(): CallMap<T> {
  const chains = new Map<number, Entry<T>>();
  let size = 0;
  // Whole numbers of 31 bits are kept without an object of their own.
  const hashOf = (callId: string): number => textHash(callId) >>> 1;
  const find = (callId: string): Entry<T> | undefined => {
    let entry = chains.get(hashOf(callId));
    while (entry !== undefined && entry.callId !== callId) entry = entry.next;
    return entry;
  };
  return {
    get size() {
      return size;
    },
    get: (callId) => find(callId)?.value,
    set(callId, value) {
      const known = find(callId);
      if (known !== undefined) {
        known.value = value;
        return;
      }
      const hash = hashOf(callId);
      chains.set(hash, { callId, value, next: chains.get(hash) });
      size += 1;
    },
    delete(callId) {
      if (find(callId) === undefined) return;
      const hash = hashOf(callId);
      size -= 1;
      const rest = without(chains.get(hash), callId);
      if (rest === undefined) chains.delete(hash);
      else chains.set(hash, rest);
    },
    *entries() {
      for (const chain of chains.values()) {
        for (let entry: Entry<T> | undefined = chain; entry !== undefined; entry = entry.next) {
          yield [entry.callId, entry.value];
        }
      }
    },
  };
}

function without<T>(chain: Entry<T> | undefined, callId: string): Entry<T> | undefined {
  if (chain === undefined || chain.callId === callId) return chain?.next;
  return { ...chain, next: without(chain.next, callId) };
}
