import { test } from 'tap';
import type { TraceEntry } from '../../services/routing/domain/trace.ts';
import { decide, type Question } from './directory.ts';

export type Expected = {
  readonly hears: string;
  /** Rules that must be in the trace, in this order, as "rule" (applied) or "-rule" (passed). */
  readonly rules?: readonly string[];
  readonly answeredBy?: string | null;
  readonly validUntil?: string | null;
  /** What the entry of the first rule of `rules` says, in part. */
  readonly because?: string | RegExp;
};

/** A test of one decision: what the caller hears, and why. */
export function check(title: string, question: Question, expected: Expected): void {
  test(title, async (t) => {
    const answer = decide(question);
    t.equal(answer.hears, expected.hears);
    if (expected.answeredBy !== undefined) t.equal(answer.answeredBy, expected.answeredBy, 'answeredBy');
    if (expected.validUntil !== undefined) t.equal(answer.validUntil, expected.validUntil, 'validUntil');
    const { rules = [] } = expected;
    const { trace } = answer.decision;
    let from = 0;
    for (const rule of rules) {
      const [name, outcome] = entryOf(rule);
      const place = trace.findIndex(
        (entry, index) => index >= from && entry.rule === name && entry.outcome === outcome,
      );
      t.ok(place >= 0, `${rule} is in the trace, in its place`, { trace });
      from = place + 1;
    }
    if (expected.because !== undefined) {
      const [name, outcome] = entryOf(rules[0] ?? '');
      t.match(answer.entry(name, outcome)?.because, expected.because);
    }
    for (const entry of trace) t.match(entry.because, /^\S.*[.]$/, 'every entry is a sentence');
  });
}

function entryOf(rule: string): readonly [name: string, outcome: TraceEntry['outcome']] {
  return rule.startsWith('-') ? [rule.slice(1), 'passed'] : [rule, 'applied'];
}
