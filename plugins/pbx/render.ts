import type { Decision } from '../../services/routing/domain/decision.ts';
import { decisionDocument } from '../../services/routing/domain/decision-document.ts';
import type { Resumed } from '../../services/routing/domain/resume.ts';
import type { TraceEntry } from '../../services/routing/domain/trace.ts';

/** The answer to POST /v1/route. `note`: something about the directory that belongs before the rules. */
export function renderDecision(decision: Decision, note: TraceEntry | undefined): string {
  const document = decisionDocument(decision);
  return JSON.stringify(note === undefined ? document : { ...document, trace: [note, ...document.trace] });
}

/** The answer to POST /v1/route/{callId}/result. */
export function renderResumed(callId: string, resumed: Resumed): string {
  const { next, pending, trace } = resumed;
  const steps = pending?.steps ?? (next === null ? [] : [next]);
  return JSON.stringify({ callId, next, steps, trace });
}
