/**
 * What the processes share while they can: Redis, behind 50 ms and a breaker. Every method answers undefined where it
 * is down, and the caller goes on with what it has in hand.
 */
export type SharedStore = {
  get(key: string): Promise<string | undefined>;
  /** Keeps `value` unless there is one already; gives the one that was there. */
  claim(key: string, value: string, seconds: number): Promise<string | undefined>;
  set(key: string, value: string, seconds: number): Promise<void>;
};
