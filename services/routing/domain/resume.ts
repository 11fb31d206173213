import type { Call, Facts } from './call.ts';
import type { Decision, Outcome, RingTarget, Step, TurnedAway } from './decision.ts';
import type { DirectNumber, Directory } from './directory.ts';
import type { PendingCall } from './pending-call.ts';
import { blockReason, overrideOf, subjectOfCaller } from './resolve.ts';
import { followMenu, followTarget } from './resolve-target.ts';
import { stateAt } from './schedule.ts';
import { builtInText, sayingClosed } from './texts.ts';
import type { RuleName, Subject, TraceEntry } from './trace.ts';
import { type Path, START, startWalk, type Walk } from './walk.ts';

/** How often a menu takes digits that are no extension. */
const MENU_TRIES = 3;

export type StepResult = {
  readonly stepId: string;
  readonly outcome: Outcome;
  /** What was dialled, with `digits`. */
  readonly digits?: string;
  /** Which user answered, where the carrier knows. */
  readonly answeredBy?: string;
  /** Who declined the call while it waited: declined is final, so nobody of them is rung in it again. */
  readonly declined?: readonly string[];
};

/** `next` null: the call is over. `pending` goes with `next`. */
export type Resumed = {
  readonly next: Step | null;
  readonly pending: PendingCall | null;
  readonly trace: readonly TraceEntry[];
  /** By queues that `next` stands in for. Left out: nobody. */
  readonly turnedAway?: readonly TurnedAway[];
};

const OVER: Resumed = { next: null, pending: null, trace: [] };

/** The call as it waits for the result of its first step. Null: nothing can follow (a rejected call). */
export function begin(
  directory: Directory,
  call: Call,
  decision: Decision,
  instant: number,
): PendingCall | null {
  const [first] = decision.steps;
  if (first === undefined || first.action === 'reject' || first.action === 'hangup') return null;
  const { steps, turnedAway } = decision;
  const begun: PendingCall = {
    organizationId: directory.organizationId,
    callId: call.callId,
    from: call.from,
    to: call.to,
    startedAt: instant,
    directoryVersion: directory.version,
    overrideAtStart: isSwitched(directory, call, instant),
    rung: rungBy(first),
    menuTries: 0,
    lastStep: steps.length,
    current: first.id,
    steps,
  };
  return turnedAway === undefined ? begun : { ...begun, ...turnedAwayAt(turnedAway, steps.slice(1)) };
}

/**
 * Goes on with a call after its current step has ended. The steps to come were pinned when the call began; only what
 * keeps people safe is read again: a caller who has been blocked, a number's manual switch, users who have been
 * deactivated or marked not available by an override. Pure, so a repeated result gets the same answer.
 */
export function resume(
  directory: Directory,
  begun: PendingCall,
  result: StepResult,
  instant: number,
  /** For steps that are decided anew: after a menu, or by a switch that was set. */
  factsNow?: () => Facts,
): Resumed {
  const { declined = [] } = result;
  const pending = { ...begun, steps: withAfter(begun.steps), rung: [...begun.rung, ...declined] };
  if (result.outcome === 'answered' || result.outcome === 'canceled') return OVER;
  const [current] = pending.steps;
  const dials = result.outcome === 'digits' && current?.action === 'menu';
  // A call that was to end here ends: it is not taken up again because a switch was set in the meantime.
  if (!dials && !pending.steps.some((step) => follows(step, result.stepId, result.outcome))) return OVER;
  const isSwitchable = !pending.overrideAtStart && current?.action !== 'announce';
  const override = isSwitchable ? overrideNow(directory, pending, instant) : null;
  const walk = walkOn(directory, pending, instant, dials || override !== null ? factsNow?.() : undefined);
  const path = pathOn(pending, result);
  const blocked = blockReason(directory, pending.from);
  if (blocked !== undefined) {
    walk.note?.('caller.blocked', 'applied', subjectOfCaller(pending.from), blocked);
    followTarget(walk, path, { type: 'hangup' });
    return goOn(walk, pending);
  }
  if (override !== null) {
    const because = 'The manual switch of the number was set during the call.';
    walk.note?.('number.override', 'applied', numberSubject(directory, pending), because);
    followTarget(walk, path, sayingClosed(directory.organization, override.target));
    return goOn(walk, { ...pending, overrideAtStart: true });
  }
  if (dials) return dialled(walk, path, pending, result.digits ?? '');
  return nextStep(directory, pending, result, instant);
}

function walkOn(directory: Directory, pending: PendingCall, instant: number, facts?: Facts): Walk {
  const { callId, from, to, lastStep } = pending;
  const call: Call = facts === undefined ? { callId, from, to } : { callId, from, to, facts };
  return startWalk({
    directory,
    call,
    instant,
    traced: true,
    firstStep: lastStep + 1,
    follow: followTarget,
  });
}

function pathOn(pending: PendingCall, result: StepResult): Path {
  return { ...START, after: result.stepId, when: [result.outcome], rung: pending.rung };
}

/** New steps replace those that were pinned. */
function goOn(walk: Walk, pending: PendingCall): Resumed {
  const [next] = walk.steps;
  if (next === undefined) return { ...OVER, trace: walk.trace };
  const steps = withAfter(walk.steps);
  const lastStep = pending.lastStep + steps.length;
  const rung = [...pending.rung, ...rungBy(next)];
  const ends = next.action === 'reject' || next.action === 'hangup';
  const { turnedAway: _, ...before } = pending;
  const after = reachable(steps, next.id);
  const turnedAway = turnedAwayAt(walk.turnedAway, after.slice(1));
  return {
    next,
    pending: ends ? null : { ...before, rung, lastStep, current: next.id, steps: after, ...turnedAway },
    trace: walk.trace,
    ...turnedAwayAt(walk.turnedAway, [next]),
  };
}

/** Those of `list` in whose stead one of these steps stands; nothing where there are none. */
function turnedAwayAt(
  list: readonly TurnedAway[] | undefined,
  steps: readonly Step[],
): { readonly turnedAway?: readonly TurnedAway[] } {
  const found = list?.filter(({ stepId }) => steps.some((step) => step.id === stepId)) ?? [];
  return found.length === 0 ? {} : { turnedAway: found };
}

/** A menu was answered: an extension re-enters at rule 7 or 8, anything else is asked again, then the last resort. */
function dialled(walk: Walk, path: Path, pending: PendingCall, digits: string): Resumed {
  const owner = walk.directory.extensions.get(digits);
  const subject: Subject = { type: 'caller', id: digits, name: digits };
  if (owner !== undefined) {
    walk.note?.('target', 'applied', subject, `The caller dialled extension ${digits}.`);
    followTarget(walk, path, owner);
    return goOn(walk, { ...pending, menuTries: 0 });
  }
  const tries = pending.menuTries + 1;
  walk.note?.('target', 'passed', subject, `Nobody has extension ${digits}.`);
  if (tries >= MENU_TRIES) {
    return nextStep(
      walk.directory,
      pending,
      { stepId: pending.current, outcome: 'no-answer' },
      walk.instant,
      walk.trace,
    );
  }
  const asked = pending.steps[0];
  const prompt = asked?.action === 'menu' ? asked.prompt : '';
  const sorry = builtInText(walk.directory.organization, 'wrongExtension');
  followMenu(walk, path, prompt.startsWith(sorry) ? prompt : `${sorry} ${prompt}`.trim());
  return goOn(walk, { ...pending, menuTries: tries });
}

/** The first pinned step that follows on this outcome and can still be carried out. */
function nextStep(
  directory: Directory,
  pending: PendingCall,
  result: StepResult,
  instant: number,
  before: readonly TraceEntry[] = [],
): Resumed {
  const trace = [...before];
  let after = result.stepId;
  let outcome = result.outcome;
  const came: Step[] = [];
  for (let tried = 0; tried < pending.steps.length; tried += 1) {
    const found = pending.steps.find((step) => follows(step, after, outcome));
    if (found === undefined) return { ...OVER, trace };
    came.push(found);
    const next = withoutUnsafe(directory, found, pending.rung, instant, trace);
    if (next !== undefined) {
      const turnedAway = turnedAwayAt(pending.turnedAway, came);
      return { next, pending: advance(pending, next), trace, ...turnedAway };
    }
    after = found.id;
    outcome = 'unreachable';
  }
  return { ...OVER, trace };
}

function follows(step: Step, after: string, outcome: Outcome): boolean {
  return step.after === after && (step.when === undefined || step.when.includes(outcome));
}

function advance(pending: PendingCall, next: Step): PendingCall | null {
  if (next.action === 'reject' || next.action === 'hangup') return null;
  const rung = [...pending.rung, ...rungBy(next)];
  const steps = reachable(pending.steps, next.id).map((step) => (step.id === next.id ? next : step));
  const { turnedAway, ...before } = pending;
  return { ...before, rung, current: next.id, steps, ...turnedAwayAt(turnedAway, steps.slice(1)) };
}

/** The step without the users who must not ring any more; undefined: nobody of it is left. */
function withoutUnsafe(
  directory: Directory,
  step: Step,
  rung: readonly string[],
  instant: number,
  trace: TraceEntry[],
): Step | undefined {
  if (step.action !== 'ring') return step;
  const targets = step.targets.filter(
    (target) => !rung.includes(target.userId) && mayRing(directory, target, instant, trace),
  );
  if (targets.length === step.targets.length) return step;
  return targets.length === 0 ? undefined : { ...step, targets };
}

function mayRing(directory: Directory, target: RingTarget, instant: number, trace: TraceEntry[]): boolean {
  const user = directory.users.get(target.userId);
  const name = user?.data.name ?? 'A user who is gone';
  const subject: Subject = { type: 'user', id: target.userId, name };
  const refuse = (rule: RuleName, why: string): false => {
    trace.push({ rule, subject, outcome: 'applied', because: `${name} ${why}.` });
    return false;
  };
  if (user === undefined) return refuse('user.deleted', 'was deleted during the call');
  if (user.data.status !== 'active') return refuse(`user.${user.data.status}`, 'is no longer active');
  const state = stateAt(user.schedule, instant);
  const away = state.kind === 'not-available' && state.override !== null;
  return away ? refuse('user.override', 'has been marked not available') : true;
}

/** Every step but the first of a list names the step that it follows, so that a list can be cut. */
function withAfter(steps: readonly Step[]): readonly Step[] {
  return steps.map((step, index) => {
    const previous = steps[index - 1];
    return previous === undefined || step.after !== undefined ? step : { ...step, after: previous.id };
  });
}

/** The step and all that can follow it. */
function reachable(steps: readonly Step[], from: string): readonly Step[] {
  const ids = new Set([from]);
  return steps.filter((step) => {
    if (step.id === from) return true;
    if (step.after === undefined || !ids.has(step.after)) return false;
    ids.add(step.id);
    return true;
  });
}

function rungBy(step: Step): readonly string[] {
  return step.action === 'ring' ? step.targets.map((target) => target.userId) : [];
}

function dialledNumber(directory: Directory, to: Call['to']): DirectNumber | undefined {
  return to.kind === 'number' ? directory.numbers.get(to.number) : undefined;
}

function isSwitched(directory: Directory, call: Call, instant: number): boolean {
  const number = dialledNumber(directory, call.to);
  return number !== undefined && overrideOf(number, instant) !== null;
}

function overrideNow(directory: Directory, pending: PendingCall, instant: number) {
  const number = dialledNumber(directory, pending.to);
  return number === undefined ? null : overrideOf(number, instant);
}

function numberSubject(directory: Directory, pending: PendingCall): Subject {
  const number = dialledNumber(directory, pending.to);
  const name = number?.data.name || (number?.data.number ?? '');
  return { type: 'number', id: number?.data.id ?? '', name };
}
