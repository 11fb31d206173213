import type { CallLogEntry } from './calls/call-log.ts';
import type { Call } from './domain/call.ts';
import type { Outcome, Step } from './domain/decision.ts';
import type { Directory } from './domain/directory.ts';
import { resolve } from './domain/resolve.ts';
import { begin, resume } from './domain/resume.ts';

/** How a step ends, and after how long; undefined: as most do. */
export type StepEnd = {
  readonly outcome: Outcome;
  readonly answeredBy?: string;
  readonly seconds: number;
  readonly talkSeconds?: number;
};

export type PastCall = {
  readonly call: Call;
  /** Epoch ms. */
  readonly at: number;
  readonly endOf: (step: Step) => StepEnd;
};

/**
 * What a call would have said of itself, decided by this directory at that instant: the entries that Twilio's reports
 * would have made. Pure; for calls that are shown, such as the demo's.
 */
export function tellPastCall(directory: Directory, { call, at, endOf }: PastCall): readonly CallLogEntry[] {
  const { organizationId } = directory;
  const { callId } = call;
  const place = (instant: number) => ({ carrier: 'twilio', organizationId, callId, at: instant }) as const;
  const decision = resolve(directory, call, at);
  const entries: CallLogEntry[] = [{ ...place(at), type: 'decided', call, decision, directory }];
  let pending = begin(directory, call, decision, at);
  let step: Step | null = decision.steps[0] ?? null;
  let now = at;
  while (step !== null && pending !== null) {
    const { id: stepId } = step;
    const end = endOf(step);
    const happened = [...waitOf(step, end, now), ...legsOf(step, end, now, callId)];
    entries.push(...happened.map(({ at, ...what }) => ({ ...place(at), ...what })));
    const { outcome, answeredBy, talkSeconds } = end;
    now += (end.seconds + (talkSeconds ?? 0)) * 1_000;
    const by = answeredBy === undefined ? {} : { answeredBy };
    const { next, trace, pending: later } = resume(directory, pending, { stepId, outcome, ...by }, now);
    const talked = talkSeconds === undefined ? {} : { talkSeconds };
    entries.push({
      ...place(now),
      type: 'step-ended',
      stepId,
      outcome,
      ...by,
      ...talked,
      next,
      trace,
      directory,
    });
    step = next;
    pending = later;
  }
  const durationSeconds = Math.round((now - at) / 1_000);
  entries.push({ ...place(now), type: 'status', status: 'completed', durationSeconds });
  return entries;
}

type WaitEntry = Pick<
  Extract<CallLogEntry, { type: 'waiting' }>,
  'type' | 'at' | 'queueId' | 'state' | 'userId'
>;

/** In a queue that waits; who answers lets it ring a moment. */
function waitOf(step: Step, { answeredBy, seconds }: StepEnd, at: number): readonly WaitEntry[] {
  if (step.action !== 'queue') return [];
  const wait = { type: 'waiting', queueId: step.queueId } as const;
  const entered: WaitEntry = { ...wait, at, state: 'entered', userId: null };
  const stopped = at + seconds * 1_000;
  if (answeredBy === undefined) return [entered, { ...wait, at: stopped, state: 'left', userId: null }];
  const offered = {
    ...wait,
    at: Math.max(at, stopped - ringMs),
    state: 'offered',
    userId: answeredBy,
  } as const;
  return [entered, offered, { ...wait, at: stopped, state: 'answered', userId: answeredBy }];
}

const ringMs = 4_000;

type LegEntry = Pick<
  Extract<CallLogEntry, { type: 'leg' }>,
  'type' | 'at' | 'userId' | 'legId' | 'state' | 'outcome'
>;

function legsOf(step: Step, end: StepEnd, at: number, callId: string): readonly LegEntry[] {
  const stopped = at + end.seconds * 1_000;
  if (step.action === 'queue' && end.answeredBy !== undefined) {
    const leg = {
      type: 'leg',
      userId: end.answeredBy,
      legId: `${callId}-${step.id}-1`,
      outcome: null,
    } as const;
    return [
      { ...leg, at: Math.max(at, stopped - ringMs), state: 'ringing' },
      { ...leg, at: stopped, state: 'answered' },
      { ...leg, at: stopped + (end.talkSeconds ?? 0) * 1_000, state: 'ended' },
    ];
  }
  if (step.action !== 'ring') return [];
  return step.targets.flatMap(({ userId }, index): readonly LegEntry[] => {
    const leg = { type: 'leg', userId, legId: `${callId}-${step.id}-${index + 1}` } as const;
    const ringing: LegEntry = { ...leg, at, state: 'ringing', outcome: null };
    if (userId !== end.answeredBy) {
      const outcome = end.outcome === 'answered' ? 'canceled' : end.outcome;
      return [ringing, { ...leg, at: stopped, state: 'ended', outcome }];
    }
    const hungUp = stopped + (end.talkSeconds ?? 0) * 1_000;
    return [
      ringing,
      { ...leg, at: stopped, state: 'answered', outcome: null },
      { ...leg, at: hungUp, state: 'ended', outcome: null },
    ];
  });
}
