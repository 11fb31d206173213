import type { CallLog, CallLogEntry } from './call-log.ts';

/**
 * Hands each entry to everybody who wants to know: the line of the log, the records, presence. Called right after the
 * answer of a call, so a listener notes the entry and returns; what one of them throws is not the others' matter.
 */
export function buildCallFanOut(
  listeners: readonly CallLog[],
  onError: (error: unknown, entry: CallLogEntry) => void,
): CallLog {
  return {
    append(entry) {
      for (const listener of listeners) {
        try {
          listener.append(entry);
        } catch (error) {
          onError(error, entry);
        }
      }
    },
  };
}
