import { type Belief, noRow, notKnown, type StoredCall } from '../../storage/call-records.ts';
import { type CallEvent, type CallEventContent, keyOf } from '../domain/call-event.ts';
import type { CallFigures } from '../domain/call-figures.ts';
import type { CallState, TimelineEntry } from '../domain/call-state.ts';

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
export type CallBefore = Pick<StoredCall, 'figures' | 'pending'> & {
  /** What was told of it, without reasons of the decision; empty: nobody has said how it began. */
  readonly events: readonly CallEvent[];
  /** As its rows say it; undefined: they were not written by this process in this form. */
  readonly written: CallState | undefined;
};

export const nothingBefore: CallBefore = { events: [], figures: [], pending: [], written: undefined };

export function toBefore(known: KnownCall): CallBefore {
  return { events: known.events, figures: known.figures, pending: [], written: known.state };
}

/** What its row says. */
export function readBefore(stored: StoredCall): CallBefore {
  const { figures, pending } = stored;
  return { events: eventsOf(stored), figures, pending, written: undefined };
}

function eventsOf({ startedAt, decided, timeline, figures }: StoredCall): readonly CallEvent[] {
  if (decided === null || startedAt === null) return [];
  const day = decided.day ?? figures[0]?.day ?? new Date(startedAt).toISOString().slice(0, 10);
  const begun: CallEvent = { key: 'decided', at: startedAt, type: 'decided', data: { ...decided, day } };
  return [begun, ...timeline.map(toCallEvent)];
}

/** As it was written; what a type has become since is read by the reducer as far as it goes. */
function toCallEvent({ at, type, ...data }: TimelineEntry): CallEvent {
  const content = { type, data } as CallEventContent;
  return { key: keyOf(content), at, ...content };
}
