import type { Call } from './call.ts';
import type { Decision, Outcome, Step } from './decision.ts';
import type { Directory } from './directory.ts';
import { begin, resume } from './resume.ts';

/**
 * Plays a decision to its end, for simulation: "suppose nobody answers". Goes through `resume`, so the way is the one
 * that a live call would take.
 */

/** How a step ends, by whom it rings: `user:ID`, `queue:ID` or `number:E164`. Who is not named answers. */
export type AssumedOutcomes = Readonly<Record<string, Outcome>>;

export type PlayedStep = {
  readonly step: string;
  readonly outcome: Outcome;
  /** The user who answers, where a ring is answered. */
  readonly answeredBy?: string;
};

/** The steps that the call goes through, each with its outcome. */
export function play(
  directory: Directory,
  call: Call,
  decision: Decision,
  instant: number,
  assumed: AssumedOutcomes,
): readonly PlayedStep[] {
  const played: PlayedStep[] = [];
  let pending = begin(directory, call, decision, instant);
  let next: Step | null = decision.steps[0] ?? null;
  // A decision has 12 steps at most, and nothing is added to it: nobody dials in a simulation.
  while (next !== null && played.length < decision.steps.length) {
    const result = outcomeOf(next, assumed);
    played.push({ step: next.id, ...result });
    if (pending === null) break;
    const resumed = resume(directory, pending, { stepId: next.id, outcome: result.outcome }, instant);
    next = resumed.next;
    pending = resumed.pending;
  }
  return played;
}

function outcomeOf(step: Step, assumed: AssumedOutcomes): Omit<PlayedStep, 'step'> {
  switch (step.action) {
    case 'ring':
      return ringOutcome(step, assumed);
    case 'forward':
      return { outcome: assumed[`number:${step.target.number}`] ?? 'answered' };
    case 'queue':
      return { outcome: assumed[`queue:${step.queueId}`] ?? 'answered' };
    case 'menu':
      return { outcome: 'no-answer' };
    default:
      return { outcome: 'completed' };
  }
}

/** The first who is not said to fail answers. All fail: the outcome they share, else `no-answer`. */
function ringOutcome(
  step: Extract<Step, { action: 'ring' }>,
  assumed: AssumedOutcomes,
): Omit<PlayedStep, 'step'> {
  const queue = step.queueId === undefined ? undefined : assumed[`queue:${step.queueId}`];
  const outcomes = step.targets.map((target) => assumed[`user:${target.userId}`] ?? queue ?? 'answered');
  const answering = step.targets[outcomes.indexOf('answered')];
  if (answering !== undefined) return { outcome: 'answered', answeredBy: answering.userId };
  const [first] = outcomes;
  const shared = first !== undefined && outcomes.every((outcome) => outcome === first);
  return { outcome: shared ? first : 'no-answer' };
}
