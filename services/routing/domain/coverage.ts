import type { Dialled } from './call.ts';
import type { AnsweredBy, Decision, Step } from './decision.ts';
import type { Directory } from './directory.ts';
import { resolve } from './resolve.ts';

/**
 * Who would answer over a span of time, by intervals and not by sampling: every decision says until when it holds, so
 * the walk goes from change to change and misses none.
 */

export type CoverageInterval = {
  /** Epoch ms, `[from, to)`. */
  readonly from: number;
  readonly to: number;
  readonly answeredBy: AnsweredBy | null;
  /** `closed`: intended, by the number's calendar or its manual switch. `gap`: no person is rung. */
  readonly kind: 'covered' | 'gap' | 'closed';
};

export type Coverage = {
  readonly intervals: readonly CoverageInterval[];
  /** covered / (covered + gap) in time, 0-1; 1 where everything is an intended closure. */
  readonly score: number;
};

/** A decision without `validUntil` holds for 400 days, not for ever. */
const HORIZON_MS = 400 * 86_400_000;

/** An ordinary outside caller without a number: no lead, no prefix, but the rule for outside callers. */
const STRANGER = { kind: 'address', address: 'coverage' } as const;

/** @param from,to epoch ms, `[from, to)` */
export function coverage(directory: Directory, to: Dialled, span: { from: number; to: number }): Coverage {
  const intervals: CoverageInterval[] = [];
  let instant = span.from;
  while (instant < span.to) {
    const call = { callId: 'coverage', from: STRANGER, to };
    const decision = resolve(directory, call, instant, { trace: true });
    const end = Math.min(decision.validUntil ?? instant + HORIZON_MS, span.to);
    append(intervals, { from: instant, to: end, ...cover(decision) });
    instant = end;
  }
  return { intervals, score: score(intervals) };
}

function cover(decision: Decision): Pick<CoverageInterval, 'answeredBy' | 'kind'> {
  const { answeredBy } = decision;
  if (decision.steps.some(ringsSomebody)) return { answeredBy, kind: 'covered' };
  return { answeredBy: null, kind: isIntendedClosure(decision) ? 'closed' : 'gap' };
}

function ringsSomebody(step: Step): boolean {
  return step.action === 'ring' || step.action === 'forward' || step.action === 'queue';
}

function isIntendedClosure(decision: Decision): boolean {
  return decision.trace.some(
    (entry) =>
      entry.outcome === 'applied' && (entry.rule === 'number.closed' || entry.rule === 'number.override'),
  );
}

function append(intervals: CoverageInterval[], next: CoverageInterval): void {
  const last = intervals.at(-1);
  const same = last !== undefined && last.kind === next.kind && last.answeredBy?.id === next.answeredBy?.id;
  if (same) intervals[intervals.length - 1] = { ...last, to: next.to };
  else intervals.push(next);
}

function score(intervals: readonly CoverageInterval[]): number {
  const total = { covered: 0, gap: 0, closed: 0 };
  for (const interval of intervals) total[interval.kind] += interval.to - interval.from;
  const asked = total.covered + total.gap;
  return asked === 0 ? 1 : total.covered / asked;
}
