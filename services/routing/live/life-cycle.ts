/** Something that works beside the calls. `start` returns at once; `close` waits for what is under way. */
export type LifeCycle = {
  start(): void;
  close(): Promise<void>;
};

/** Begins when the start of everything is over: what is past its time can wait a moment longer. */
export function afterTheStart(part: LifeCycle, startMs = 5_000): LifeCycle {
  let timer: NodeJS.Timeout | undefined;
  return {
    start() {
      timer ??= setTimeout(() => part.start(), startMs).unref();
    },
    close() {
      clearTimeout(timer);
      return part.close();
    },
  };
}

/** Started in this order, closed in the other; one that cannot be closed does not keep the others open. */
export function together(
  parts: readonly LifeCycle[],
  onError: (error: unknown, what: string) => void,
): LifeCycle {
  return {
    start() {
      for (const part of parts) part.start();
    },
    async close() {
      for (const part of parts.toReversed()) {
        await part.close().catch((error: unknown) => onError(error, 'could not be closed in order'));
      }
    },
  };
}
