import type { AnsweredBy, Decision, Step } from './decision.ts';
import type { TraceEntry } from './trace.ts';
import { toRfc3339 } from './walk.ts';

/** A decision as the API shows it; the same for a call, for simulation and for what is stored. */
export type DecisionDocument = {
  readonly callId: string;
  readonly directoryVersion: number;
  /** RFC 3339; null: nothing that was looked at changes within 400 days. */
  readonly validUntil: string | null;
  readonly answeredBy: AnsweredBy | null;
  readonly steps: readonly Step[];
  readonly trace: readonly TraceEntry[];
};

export function decisionDocument(decision: Decision): DecisionDocument {
  const { callId, directoryVersion, validUntil, answeredBy, steps, trace } = decision;
  return {
    callId,
    directoryVersion,
    validUntil: validUntil === null ? null : toRfc3339(validUntil),
    answeredBy,
    steps: steps.map(stepDocument),
    trace,
  };
}

/** Where a step stands is read before what it does. */
function stepDocument(step: Step): Step {
  const { id, after, when, ...action } = step;
  return {
    id,
    ...(after === undefined ? {} : { after }),
    ...(when === undefined ? {} : { when }),
    ...action,
  };
}
