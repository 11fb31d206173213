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
    entries.push(...legsOf(step, end, now, callId).map(({ at, ...leg }) => ({ ...place(at), ...leg })));
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

type LegEntry = Pick<
  Extract<CallLogEntry, { type: 'leg' }>,
  'type' | 'at' | 'userId' | 'legId' | 'state' | 'outcome'
>;

function legsOf(step: Step, end: StepEnd, at: number, callId: string): readonly LegEntry[] {
  if (step.action !== 'ring') return [];
  const stopped = at + end.seconds * 1_000;
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
