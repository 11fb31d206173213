import { setImmediate as nextTurn } from 'node:timers/promises';

/** At most this long at a time. */
const sliceMs = 5;

/** Long work in slices, with a turn of the event loop between two of them: calls are answered there. */
export async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    const end = performance.now() + sliceMs;
    do {
      const step = work.next();
      if (step.done) return step.value;
    } while (performance.now() < end);
    await nextTurn();
  }
}
