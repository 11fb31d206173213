/** Thrown instead of asking a store that did not answer a moment ago. */
export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError';
}

export type Breaker = {
  /** Runs `work`, or fails at once while the breaker is open. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** The last request failed, and none has succeeded since. */
  isFailing(): boolean;
};

/**
 * A store that is frozen costs its time limit once and not once per call: after a failure it is left alone for
 * `pauseMs`, then one request goes through to see whether it is back while the others still fail at once.
 */
export function createBreaker(clock: { now(): number }, pauseMs: number): Breaker {
  let closedAgainAt = 0;
  let probing = false;
  const isOpen = (): boolean => closedAgainAt > clock.now() || (closedAgainAt > 0 && probing);
  return {
    isFailing: () => closedAgainAt > 0,
    async run(work) {
      if (isOpen()) throw new BreakerOpenError('the store did not answer a moment ago');
      const isProbe = closedAgainAt > 0;
      probing ||= isProbe;
      try {
        const result = await work();
        closedAgainAt = 0;
        return result;
      } catch (error) {
        closedAgainAt = clock.now() + pauseMs;
        throw error;
      } finally {
        if (isProbe) probing = false;
      }
    },
  };
}

/** The result, or a rejection after `ms`. The work itself goes on; its late failure is nobody's business. */
export function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
