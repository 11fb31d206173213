import type { Call, Facts } from '../../services/routing/domain/call.ts';
import type { Decision, Outcome, Step, TurnedAway } from '../../services/routing/domain/decision.ts';
import type { Directory } from '../../services/routing/domain/directory.ts';
import type { PendingCall } from '../../services/routing/domain/pending-call.ts';
import { begin, resume, type StepResult } from '../../services/routing/domain/resume.ts';
import type { TraceEntry } from '../../services/routing/domain/trace.ts';

/**
 * What one TwiML document plays: steps that end by themselves, then at most one whose result Twilio reports. `pending`
 * is the call at that last step; null where nothing is reported any more.
 */
export type Scene = {
  readonly steps: readonly Step[];
  readonly pending: PendingCall | null;
  readonly trace: readonly TraceEntry[];
  /** By queues that the first step stands in for. */
  readonly turnedAway?: readonly TurnedAway[];
};

/** The first document of a call. */
export function openScene(directory: Directory, call: Call, decision: Decision, instant: number): Scene {
  const pending = begin(directory, call, decision, instant);
  return playOn(directory, decision.steps[0] ?? null, pending, instant);
}

/** The document after Twilio has reported a step. */
export function nextScene(
  directory: Directory,
  pending: PendingCall,
  result: StepResult,
  instant: number,
  factsNow?: () => Facts,
): Scene {
  const {
    next,
    pending: then,
    trace,
    turnedAway = [],
  } = resume(directory, pending, result, instant, factsNow);
  return { ...playOn(directory, next, then, instant, trace), turnedAway };
}

/** More rounds than steps there can be: every round leaves one behind. */
const MAX_ROUNDS = 32;

function playOn(
  directory: Directory,
  first: Step | null,
  begun: PendingCall | null,
  instant: number,
  before: readonly TraceEntry[] = [],
): Scene {
  const steps: Step[] = [];
  let trace = before;
  let step = first;
  let pending = begun;
  for (let round = 0; step !== null && round < MAX_ROUNDS; round += 1) {
    const outcome = ownOutcome(step);
    if (outcome !== 'unreachable') steps.push(step);
    if (outcome === null || pending === null) return { steps, pending, trace };
    const resumed = resume(directory, pending, { stepId: step.id, outcome }, instant);
    trace = [...trace, ...resumed.trace];
    step = resumed.next;
    pending = resumed.pending;
  }
  return { steps, pending: null, trace };
}

/** How a step ends without Twilio telling us; null: Twilio tells. Nobody can be rung who has no device left. */
function ownOutcome(step: Step): Outcome | null {
  if (step.action === 'announce') return 'completed';
  if (step.action !== 'ring') return null;
  return step.targets.some((target) => target.devices.length > 0) ? null : 'unreachable';
}
