import type { Clock } from '../ports.ts';
import type { BoardCall } from './waiting-board.ts';
import type { WaitingEvent } from './waiting-events.ts';

/**
 * Ends that came before their beginnings: one process hears that a caller has hung up while another has yet to write
 * down that the caller waits. Kept for two minutes, or nobody would notice that the place in the queue is empty.
 */
export type EarlyEnds = {
  note(event: WaitingEvent): void;
  /** Those of calls that wait now, once. */
  take(organizationId: string, board: readonly BoardCall[]): readonly WaitingEvent[];
};

type Kept = { readonly until: number; readonly events: WaitingEvent[] };

const keptMs = 120_000;
const mostCalls = 10_000;

export function buildEarlyEnds(clock: Clock): EarlyEnds {
  // In the order in which they came, so the oldest are the first.
  const calls = new Map<string, Kept>();
  const keyOf = (organizationId: string, callId: string): string => `${organizationId} ${callId}`;
  const forgetOld = (now: number): void => {
    for (const [key, { until }] of calls) {
      if (until > now && calls.size <= mostCalls) return;
      calls.delete(key);
    }
  };
  return {
    note(event) {
      const now = clock.now();
      forgetOld(now);
      const key = keyOf(event.organizationId, event.callId);
      const known = calls.get(key);
      if (known === undefined) calls.set(key, { until: now + keptMs, events: [event] });
      else known.events.push(event);
    },
    take(organizationId, board) {
      if (calls.size === 0) return [];
      return board.flatMap(({ callId }) => {
        const key = keyOf(organizationId, callId);
        const found = calls.get(key)?.events ?? [];
        calls.delete(key);
        return found;
      });
    },
  };
}
