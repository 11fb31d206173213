import { type Belief, noRow, notKnown, type StoredCall } from '../../storage/call-records.ts';
import type { CallEvent } from '../domain/call-event.ts';
import type { CallFigures } from '../domain/call-figures.ts';
import type { CallState } from '../domain/call-state.ts';

/** A call as this process wrote it. */
export type KnownCall = {
  /** Of its row, which is another as soon as anybody changes it; what is known here is worth nothing then. */
  readonly version: number;
  readonly events: readonly CallEvent[];
  readonly figures: readonly CallFigures[];
  readonly state: CallState;
};

/** The calls that were written last, so that they need not be read again. Only saves reading: the rows are what counts. */
export type KnownCalls = {
  get(organizationId: string, id: string): KnownCall | undefined;
  set(organizationId: string, id: string, call: KnownCall): void;
};

export function buildKnownCalls(most: number): KnownCalls {
  const calls = new Map<string, KnownCall>();
  const keyOf = (organizationId: string, id: string): string => `${organizationId} ${id}`;
  return {
    get: (organizationId, id) => calls.get(keyOf(organizationId, id)),
    set(organizationId, id, call) {
      const key = keyOf(organizationId, id);
      calls.delete(key);
      calls.set(key, call);
      if (calls.size > most) for (const oldest of calls.keys()) return void calls.delete(oldest);
    },
  };
}

/** For whoever writes calls now and then. */
export const noKnownCalls: KnownCalls = { get: () => undefined, set: () => undefined };

/** What is to be compared with the rows: a call that begins here is nobody's yet. */
export function toBelief(id: string, known: KnownCall | undefined, begins: boolean): Belief {
  return { id, version: known?.version ?? (begins ? noRow : notKnown) };
}

/** A call before something is added to it. */
export type CallBefore = Pick<StoredCall, 'events' | 'figures' | 'pending'> & {
  /** As its rows say it; undefined: they were not written by this process in this form. */
  readonly written: CallState | undefined;
};

export const nothingBefore: CallBefore = { events: [], figures: [], pending: [], written: undefined };

export function toBefore(known: KnownCall): CallBefore {
  return { events: known.events, figures: known.figures, pending: [], written: known.state };
}
