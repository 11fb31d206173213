import fc from 'fast-check';
import { test } from 'tap';
import type { Call } from '../../../../services/routing/domain/call.ts';
import { coverage } from '../../../../services/routing/domain/coverage.ts';
import type { Decision, Outcome, Step } from '../../../../services/routing/domain/decision.ts';
import { compileDirectory, type Directory } from '../../../../services/routing/domain/directory.ts';
import { blockReason, resolve } from '../../../../services/routing/domain/resolve.ts';
import { begin, resume } from '../../../../services/routing/domain/resume.ts';
import { stateAt } from '../../../../services/routing/domain/schedule.ts';
import { followingStep } from '../../../support/directory.ts';
import { anyCall, anyDialled, anyDirectory, instant } from '../../../support/directory-arbitrary.ts';

/** What holds for every organization, every call and every instant. Set FC_SEED to run a failure again. */

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
const minute = 60_000;
const day = 1440 * minute;

const NOT_ANSWERED: readonly Outcome[] = ['busy', 'declined', 'no-answer', 'unreachable'];

/** The outcomes with which the call can go on after a step. */
function outcomesOf(step: Step): readonly Outcome[] {
  if (step.action === 'ring' || step.action === 'forward' || step.action === 'queue') return NOT_ANSWERED;
  return step.action === 'menu' ? ['no-answer'] : ['completed'];
}

const isTerminal = (step: Step): boolean =>
  step.action === 'voicemail' || step.action === 'hangup' || step.action === 'reject';

/** Every way through the steps, by every outcome. */
function waysThrough(steps: readonly Step[]): readonly (readonly Step[])[] {
  const ways: Step[][] = [];
  const walk = (way: readonly Step[], step: Step): void => {
    const longer = [...way, step];
    if (longer.length > steps.length) throw new Error(`the steps go round at ${step.id}`);
    const next = outcomesOf(step).map((outcome) => followingStep(steps, step.id, outcome));
    const following = new Set(next.filter((found) => found !== undefined));
    if (following.size === 0 || next.includes(undefined)) ways.push(longer);
    for (const found of following) walk(longer, found);
  };
  const [first] = steps;
  if (first !== undefined) walk([], first);
  return ways;
}

function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

const rungBy = (step: Step): readonly string[] =>
  step.action === 'ring' ? step.targets.map((target) => target.userId) : [];

test('every decision ends on every way in exactly one terminal step, within twelve steps', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(anyDirectory, anyCall, instant, (data, call, at) => {
      const { steps } = resolve(compileDirectory(data), call, at);
      holds(steps.length >= 1 && steps.length <= 12, `${steps.length} steps`);
      holds(
        steps.every((step, index) => step.id === `s${index + 1}`),
        'ids in order',
      );
      const ways = waysThrough(steps);
      const seen = new Set(ways.flat());
      holds(seen.size === steps.length, 'every step can be reached');
      for (const way of ways) {
        const last = way.at(-1);
        holds(last !== undefined && isTerminal(last), `ends with ${last?.action}`);
        holds(way.filter(isTerminal).length === 1, 'one terminal step');
        const rung = way.flatMap(rungBy);
        holds(new Set(rung).size === rung.length, 'nobody is rung twice on one way');
      }
    }),
    { seed, numRuns: 500 },
  );
  t.pass('no counterexample');
});

test('the same question gets the same answer, with and without a trace, from this directory and from a copy', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(anyDirectory, anyCall, instant, (data, call, at) => {
      const made = compileDirectory(data);
      const first = resolve(made, call, at, { trace: true });
      const plain = { ...first, trace: [] };
      fc.pre(first.trace.length > 0);
      t.strictSame(resolve(made, call, at), plain);
      t.strictSame(resolve(compileDirectory(structuredClone(data)), call, at, { trace: true }), first);
    }),
    { seed, numRuns: 100 },
  );
  t.pass('no counterexample');
});

/** What rules 8 to 15 ask of whoever is rung, each in its plainest form. */
function mayRing(made: Directory, call: Call, userId: string, at: number): boolean {
  const user = made.users.get(userId);
  if (user === undefined) return false;
  const { status, doNotDisturb, forwardAll, callLimit, devices, extension } = user.data;
  const { facts, from } = call;
  const undisturbed = doNotDisturb.on && (doNotDisturb.until === null || doNotDisturb.until > at);
  const presence = facts?.presence(userId);
  const calls = facts?.callsInProgress(userId) ?? (presence === 'on-call' || presence === 'ringing' ? 1 : 0);
  return (
    status === 'active' &&
    stateAt(user.schedule, at).kind === 'open' &&
    !undisturbed &&
    presence !== 'do-not-disturb' &&
    forwardAll === null &&
    (callLimit === null || calls < callLimit) &&
    devices.some((device) => device.enabled) &&
    !(from.kind === 'extension' && from.extension === extension)
  );
}

test('blocked callers ring nobody, and nobody rings whom a rule keeps away', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(anyDirectory, anyCall, instant, (data, call, at) => {
      const made = compileDirectory(data);
      const { steps, answeredBy } = resolve(made, call, at);
      if (blockReason(made, call.from) !== undefined) {
        holds(steps.length === 1 && steps[0]?.action === 'reject', 'a blocked caller hears one reject');
        holds(answeredBy === null, 'nobody answers a blocked caller');
      }
      for (const userId of steps.flatMap(rungBy)) holds(mayRing(made, call, userId, at), `${userId} is rung`);
    }),
    { seed, numRuns: 300 },
  );
  t.pass('no counterexample');
});

const answerOf = (decision: Decision): string => JSON.stringify([decision.steps, decision.answeredBy]);

test('before validUntil the answer stays the same, minute by minute and at random instants', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(
      anyDirectory,
      anyCall,
      instant,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
      (data, call, at, parts) => {
        const made = compileDirectory(data);
        const decision = resolve(made, call, at);
        const end = decision.validUntil ?? at + 400 * day;
        holds(end > at, 'validUntil lies ahead');
        const answer = answerOf(decision);
        const random = parts.map((part) => at + Math.floor(part * (end - at - 1)));
        const minutes = Array.from({ length: 200 }, (_, index) => at + index * 7 * minute);
        for (const later of [...random, ...minutes, end - 1]) {
          if (later >= end) continue;
          const changed = answerOf(resolve(made, call, later)) !== answer;
          holds(
            !changed,
            `changes at ${new Date(later).toISOString()}, before ${new Date(end).toISOString()}`,
          );
        }
      },
    ),
    { seed, numRuns: 120 },
  );
  t.pass('no counterexample');
});

test('what is done again for every instant is done the same in any order: the caches of a directory do not show', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(
      anyDirectory,
      anyCall,
      fc.array(instant, { minLength: 2, maxLength: 5 }),
      (data, call, instants) => {
        const used = compileDirectory(data);
        for (const at of instants) {
          const fresh = resolve(compileDirectory(data), call, at);
          holds(
            JSON.stringify(resolve(used, call, at)) === JSON.stringify(fresh),
            'a used directory answers as a fresh one',
          );
        }
      },
    ),
    { seed, numRuns: 100 },
  );
  t.pass('no counterexample');
});

/** Kind and answerer at one instant, by the words of the API: somebody is rung, it is meant to be closed, or it is a gap. */
function sampled(made: Directory, to: Parameters<typeof coverage>[1], at: number): string {
  const call = { callId: 'coverage', from: { kind: 'address', address: 'sample' } as const, to };
  const { steps, trace, answeredBy } = resolve(made, call, at, { trace: true });
  if (steps.some((step) => step.action === 'ring' || step.action === 'forward' || step.action === 'queue')) {
    return `covered ${answeredBy?.id ?? null}`;
  }
  const meant = trace.some(
    ({ rule, outcome }) => outcome === 'applied' && (rule === 'number.closed' || rule === 'number.override'),
  );
  return `${meant ? 'closed' : 'gap'} null`;
}

test('coverage says for every minute what resolve says', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(anyDirectory, anyDialled, instant, (data, to, from) => {
      const made = compileDirectory(data);
      const span = { from, to: from + 2 * day + 17 };
      const { intervals, score } = coverage(made, to, span);
      let at = span.from;
      let covered = 0;
      let gap = 0;
      let before = '';
      for (const interval of intervals) {
        holds(interval.from === at && interval.to > at, 'intervals touch');
        at = interval.to;
        const words = `${interval.kind} ${interval.answeredBy?.id ?? null}`;
        holds(words !== before, 'neighbours differ');
        before = words;
        if (interval.kind === 'covered') covered += interval.to - interval.from;
        if (interval.kind === 'gap') gap += interval.to - interval.from;
        const aligned = Math.ceil(interval.from / (10 * minute)) * 10 * minute;
        for (let sample = aligned; sample < interval.to; sample += 10 * minute) {
          holds(sampled(made, to, sample) === words, `${words} at ${new Date(sample).toISOString()}`);
        }
        holds(sampled(made, to, interval.from) === words, 'at its first instant');
        holds(sampled(made, to, interval.to - 1) === words, 'at its last instant');
      }
      holds(at === span.to, 'the whole span is told');
      holds(Math.abs(score - (covered + gap === 0 ? 1 : covered / (covered + gap))) < 1e-9, 'score');
    }),
    { seed, numRuns: 100 },
  );
  t.pass('no counterexample');
});

test('resume goes from step to step as the document says', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  const outcomes = fc.array(
    fc.constantFrom<Outcome>(...NOT_ANSWERED, ...NOT_ANSWERED, 'completed', 'answered', 'canceled'),
    {
      minLength: 13,
      maxLength: 13,
    },
  );
  fc.assert(
    fc.property(anyDirectory, anyCall, instant, outcomes, fc.boolean(), (data, call, at, list, fitting) => {
      const made = compileDirectory(data);
      const decision = resolve(made, call, at);
      let pending = begin(made, call, decision, at);
      let step = decision.steps[0];
      if (pending === null) {
        holds(decision.steps.length === 1, 'nothing can follow');
        return;
      }
      for (const random of list) {
        if (step === undefined || pending === null) return;
        const ends = random === 'answered' || random === 'canceled';
        const [usual = random] = outcomesOf(step);
        const outcome: Outcome = fitting && !ends && !outcomesOf(step).includes(random) ? usual : random;
        const expected = ends ? undefined : followingStep(decision.steps, step.id, outcome);
        const result = { stepId: step.id, outcome };
        const resumed = resume(made, pending, result, at);
        holds(
          JSON.stringify(resumed) === JSON.stringify(resume(made, pending, result, at)),
          'the same result twice',
        );
        holds(
          resumed.next?.id === expected?.id,
          `after ${step.id} ${outcome}: ${resumed.next?.id}, not ${expected?.id}`,
        );
        if (expected !== undefined && resumed.next !== null) {
          const { after, when, ...action } = resumed.next;
          const { after: _after, when: _when, ...expectedAction } = expected;
          holds(JSON.stringify(action) === JSON.stringify(expectedAction), 'the step as it was pinned');
        }
        pending = resumed.pending;
        step = expected;
      }
      holds(step === undefined || pending === null, 'the call is over after twelve steps');
    }),
    { seed, numRuns: 500 },
  );
  t.pass('no counterexample');
});
