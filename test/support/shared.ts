import { t as root } from 'tap';
import type { Teardown } from './database.ts';

/** Ends with all tests of this process, not with the one that asked first. */
export const atTheEnd: Teardown = {
  after: (run) => {
    // With `after` tap would wait for the processes to end by themselves.
    root.teardown(run);
  },
};

/** What several tests of a process use: made when it is asked for first. */
export function shared<T>(open: (t: Teardown) => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open(atTheEnd);
    return opened;
  };
}
