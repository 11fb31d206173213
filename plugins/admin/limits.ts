import { LRUCache } from 'lru-cache';

/**
 * Counts in this process, by fixed windows. They hold with every store down; with several replicas a client has the
 * limit once on each.
 */
export type Limits = {
  /** Counts one; 0: allowed, else the seconds until the next window. */
  take(key: string, most: number, windowMs: number, instant: number): number;
  /** Seconds to wait without counting. */
  peek(key: string, most: number, instant: number): number;
  /** Takes one count back. */
  giveBack(key: string): void;
  forget(key: string): void;
};

type Window = { count: number; readonly endsAt: number };

/** Bounded: whoever sends a million keys only pushes out the oldest windows. */
export function buildLimits(size = 50_000): Limits {
  // By size: with `max` it reserves room for all of them, 4 ms of every start.
  const windows = new LRUCache<string, Window>({ maxSize: size, sizeCalculation: () => 1 });
  const left = (window: Window, instant: number): number =>
    Math.max(1, Math.ceil((window.endsAt - instant) / 1000));
  return {
    take(key, most, windowMs, instant) {
      const known = windows.get(key);
      if (known === undefined || known.endsAt <= instant) {
        windows.set(key, { count: 1, endsAt: instant + windowMs });
        return 0;
      }
      known.count += 1;
      return known.count > most ? left(known, instant) : 0;
    },
    peek(key, most, instant) {
      const known = windows.get(key);
      return known !== undefined && known.endsAt > instant && known.count >= most ? left(known, instant) : 0;
    },
    giveBack(key) {
      const known = windows.get(key);
      if (known !== undefined && known.count > 0) known.count -= 1;
    },
    forget(key) {
      windows.delete(key);
    },
  };
}
