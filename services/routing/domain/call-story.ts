import type { CallEvent, Decided, Leg, StepEnded } from './call-event.ts';
import type { Mailbox, Step } from './decision.ts';

/** The events of a call, put together into what was carried out, one step after the other. */

export type Ended = { readonly at: number; readonly data: StepEnded };
/** A step that was carried out, and how it ended; undefined: it is being carried out, or nobody said. */
export type Begun = { readonly step: Step; readonly at: number; readonly ended: Ended | undefined };
export type LegEvent = { readonly at: number; readonly data: Leg };

export type Story = {
  readonly events: readonly CallEvent[];
  readonly decided: Decided;
  readonly startedAt: number;
  readonly begun: readonly Begun[];
  readonly legs: readonly LegEvent[];
};

export type CallOutcome =
  | 'answered'
  | 'missed'
  | 'voicemail'
  | 'abandoned'
  | 'forwarded'
  | 'announced'
  | 'rejected';

/** What a call has come to, but for who had to do with it. */
export type CallSummary = {
  readonly decided: Decided;
  readonly state: 'ringing' | 'waiting' | 'in-progress' | 'ended';
  /** null: not over yet. */
  readonly outcome: CallOutcome | null;
  readonly answeredBy: string | null;
  /** Epoch ms, as all of these. */
  readonly startedAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
};

/** One event for each key, the earliest; in an order that the way in which they came has no part in. */
function inOrder(all: readonly CallEvent[]): readonly CallEvent[] {
  const first = new Map<string, CallEvent>();
  for (const event of all) {
    const known = first.get(event.key);
    if (known === undefined || isBefore(event, known)) first.set(event.key, event);
  }
  return [...first.values()].sort((one, other) => one.at - other.at || (one.key < other.key ? -1 : 1));
}

function isBefore(event: CallEvent, known: CallEvent): boolean {
  if (event.at !== known.at) return event.at < known.at;
  const [one, other] = [JSON.stringify(event), JSON.stringify(known)];
  return one < other;
}

/** undefined: nobody has said yet how the call began. */
export function toStory(all: readonly CallEvent[]): Story | undefined {
  const events = inOrder(all);
  const first = events.find((event) => event.type === 'decided');
  if (first === undefined) return undefined;
  const ends = new Map<string, Ended>();
  for (const event of events) if (event.type === 'step-ended') ends.set(event.data.stepId, event);
  const begun = carriedOut(first.data.steps[0], first.at, ends);
  const legs = events.filter((event) => event.type === 'leg');
  return { events, decided: first.data, startedAt: first.at, begun, legs };
}

/** The steps one after the other, each by the one that led to it; then those of which nobody said what led there. */
function carriedOut(
  start: Step | undefined,
  startedAt: number,
  ends: ReadonlyMap<string, Ended>,
): readonly Begun[] {
  const begun: Begun[] = [];
  const follow = (from: Step | null | undefined, at: number): void => {
    let [step, begunAt] = [from, at];
    while (step !== null && step !== undefined && !begun.some((known) => known.step.id === step?.id)) {
      const ended = ends.get(step.id);
      begun.push({ step, at: begunAt, ended });
      step = ended?.data.next;
      begunAt = ended?.at ?? begunAt;
    }
  };
  follow(start, startedAt);
  for (const { at, data } of ends.values()) follow(data.next, at);
  return begun;
}

export function rings(step: Step, userId: string | null): boolean {
  return step.action === 'ring' && step.targets.some((target) => target.userId === userId);
}

/** The box in which something was left. */
export function mailboxOf({ begun, events }: Story): Mailbox | undefined {
  const recordings = events.filter((event) => event.type === 'recorded');
  const heard = recordings.find(({ data }) => data.durationSeconds !== 0 && data.status !== 'absent');
  const spoken = begun.find(({ step, ended }) => step.action === 'voicemail' && ended !== undefined);
  const box = spoken?.step.action === 'voicemail' ? spoken.step.mailbox : undefined;
  if (heard !== undefined) return heard.data.mailbox ?? box;
  return recordings.length === 0 && spoken?.ended?.data.outcome === 'completed' ? box : undefined;
}

/** The queue that a step rings or lets wait in. */
export function queueIn(step: Step): string | undefined {
  return step.action === 'ring' || step.action === 'queue' ? step.queueId : undefined;
}
