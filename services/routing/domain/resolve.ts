import type { Call, Caller } from './call.ts';
import type { AnsweredBy, Decision, Step } from './decision.ts';
import { describeTarget } from './describe.ts';
import type { DirectNumber, Directory } from './directory.ts';
import type { CallerMatch } from './directory-data.ts';
import { announceAndHangUp, reject } from './ends.ts';
import { formatLocal, formatLocalDate, zoneNamed } from './local-time.ts';
import { followExtension, followNumberTarget, subjectOfNumber } from './resolve-external.ts';
import { ringLeadOwner } from './resolve-lead.ts';
import { followTarget } from './resolve-target.ts';
import { type Schedule, type ScheduleState, stateAt } from './schedule.ts';
import { sayingClosed, spokenText } from './texts.ts';
import type { Subject, TraceEntry } from './trace.ts';
import { limitValidity, type Path, START, startWalk, type Walk } from './walk.ts';

/**
 * Decides who gets a call. Pure: no I/O, no clock, no randomness; the same directory, call and instant give the same
 * decision. Always ends in exactly one terminal step on every way through the steps.
 *
 * @param instant epoch ms
 */
export function resolve(
  directory: Directory,
  call: Call,
  instant: number,
  options?: { readonly trace?: boolean },
): Decision {
  const traced = options?.trace ?? false;
  const walk = startWalk({ directory, call, instant, traced, firstStep: 1, follow: followTarget });
  decide(walk);
  return toDecision(walk);
}

/** What the walk came to, in its order. `steps`: how many steps had been decided by then. */
export type WalkEvent = { readonly steps: number } & (
  | { readonly kind: 'entered'; readonly subject: Subject }
  | { readonly kind: 'noted'; readonly entry: TraceEntry }
);

/** The same decision with its trace, and the way on which it was made: what a picture is drawn from. */
export function explain(
  directory: Directory,
  call: Call,
  instant: number,
): { readonly decision: Decision; readonly events: readonly WalkEvent[] } {
  const events: WalkEvent[] = [];
  const walk = startWalk({ directory, call, instant, traced: true, firstStep: 1, follow: followTarget });
  const { note, steps, trace } = walk;
  const watched: Walk = {
    ...walk,
    note: (...written) => {
      note?.(...written);
      const entry = trace.at(-1);
      if (entry !== undefined) events.push({ kind: 'noted', entry, steps: steps.length });
    },
    entered: (subject) => {
      events.push({ kind: 'entered', subject, steps: steps.length });
    },
  };
  decide(watched);
  return { decision: toDecision(watched), events };
}

function toDecision(walk: Walk): Decision {
  const { directory, call, turnedAway } = walk;
  const decision = {
    callId: call.callId,
    directoryVersion: directory.version,
    validUntil: walk.validUntil === Infinity ? null : walk.validUntil,
    answeredBy: answeredBy(directory, walk.steps[0]),
    steps: walk.steps,
    trace: walk.trace,
  };
  return turnedAway.length === 0 ? decision : { ...decision, turnedAway };
}

function decide(walk: Walk): void {
  const { to } = walk.call;
  if (to.kind === 'number') return decideNumber(walk, walk.directory.numbers.get(to.number), to.number);
  if (to.kind === 'unparsable') return unknownNumber(walk, to.raw);
  if (to.kind === 'extension' && !walk.directory.extensions.has(to.extension)) {
    return unknownNumber(walk, to.extension);
  }
  if (isBlocked(walk)) return reject(walk, START, 'blocked');
  if (to.kind === 'extension') return followExtension(walk, START, to.extension);
  followTarget(walk, START, { type: to.kind, id: to.id });
}

/** Rules 1 to 7, in the order of precedence: the first that applies decides. */
function decideNumber(walk: Walk, number: DirectNumber | undefined, dialled: string): void {
  if (number === undefined) return unknownNumber(walk, dialled);
  if (isBlocked(walk)) return reject(walk, START, 'blocked');
  if (isOverridden(walk, number)) return;
  if (number.target === null) return followNumberTarget(walk, START, number);
  if (isRuledByCaller(walk, number)) return;
  const path = ringLeadOwner(walk, number);
  if (path === undefined || isClosed(walk, path, number)) return;
  followNumberTarget(walk, path, number);
}

/** Rule 1. */
function unknownNumber(walk: Walk, dialled: string): void {
  const subject: Subject = { type: 'number', id: dialled, name: dialled };
  walk.note?.(
    'number.unknown',
    'applied',
    subject,
    `${dialled || 'Nothing'} is no number or extension here.`,
  );
  reject(walk, START, 'not-found');
}

/** Rule 2. Before any forward, so that a blocked caller cannot reach a forward target either. */
function isBlocked(walk: Walk): boolean {
  const reason = blockReason(walk.directory, walk.call.from);
  const outcome = reason === undefined ? 'passed' : 'applied';
  walk.note?.(
    'caller.blocked',
    outcome,
    subjectOfCaller(walk.call.from),
    reason ?? 'The caller is not blocked.',
  );
  return reason !== undefined;
}

export function subjectOfCaller(from: Caller): Subject {
  const name = callerName(from);
  return { type: 'caller', id: name, name };
}

/** Why the organization takes no calls from this caller; undefined: it does. */
export function blockReason(directory: Directory, from: Caller): string | undefined {
  if (from.kind === 'anonymous') {
    const refused = directory.organization.anonymousCallers === 'reject';
    return refused ? 'Anonymous callers are not accepted.' : undefined;
  }
  if (from.kind !== 'number') return undefined;
  const { numbers, prefixes } = directory.blocked;
  if (numbers.has(from.number)) return `${from.number} is on the block list.`;
  const prefix = prefixes.find((start) => from.number.startsWith(start));
  return prefix === undefined ? undefined : `Numbers that begin with ${prefix} are on the block list.`;
}

function callerName(from: Caller): string {
  if (from.kind === 'anonymous') return 'anonymous';
  if (from.kind === 'extension') return from.extension;
  return from.kind === 'address' ? from.address : from.number;
}

/** Rule 3: whether the number's manual switch is on at this instant. */
export function overrideOf(number: DirectNumber, instant: number): DirectNumber['override'] {
  const { override } = number;
  return override !== null && (override.until === null || instant < override.until) ? override : null;
}

function isOverridden(walk: Walk, number: DirectNumber): boolean {
  const override = overrideOf(number, walk.instant);
  if (override === null) {
    const because = 'The manual switch of the number is off.';
    walk.note?.('number.override', 'passed', subjectOfNumber(number), because);
    return false;
  }
  limitValidity(walk, override.until);
  if (walk.note !== undefined) {
    const zone = zoneNamed(number.data.timeZone);
    const until =
      override.until === null
        ? 'it is switched off'
        : `${formatLocalDate(zone, override.until)} in ${zone.name}`;
    const because = `The manual switch sends every call to ${describeTarget(walk.directory, override.target)} until ${until}.`;
    walk.note('number.override', 'applied', subjectOfNumber(number), because, {
      zone,
      until: override.until,
    });
  }
  followTarget(walk, START, sayingClosed(walk.directory.organization, override.target));
  return true;
}

/** Rule 4: the first match wins. */
function isRuledByCaller(walk: Walk, number: DirectNumber): boolean {
  const { from } = walk.call;
  const rule = number.callerRules.find(({ match }) => matches(walk.directory, from, match));
  if (rule === undefined) {
    if (number.callerRules.length > 0) {
      walk.note?.(
        'caller.rule',
        'passed',
        subjectOfNumber(number),
        'No caller rule of the number fits the caller.',
      );
    }
    return false;
  }
  walk.note?.(
    'caller.rule',
    'applied',
    subjectOfNumber(number),
    `A caller rule sends ${callerName(from)} to ${describeTarget(walk.directory, rule.target)}.`,
  );
  followTarget(walk, START, rule.target);
  return true;
}

function matches(directory: Directory, from: Caller, match: CallerMatch): boolean {
  if (match.kind !== undefined && match.kind !== kindOf(directory, from)) return false;
  if (match.number !== undefined && !(from.kind === 'number' && from.number === match.number)) return false;
  return match.prefix === undefined || (from.kind === 'number' && from.number.startsWith(match.prefix));
}

/** Internal: from one of our own extensions or numbers. */
function kindOf(directory: Directory, from: Caller): 'internal' | 'external' | 'anonymous' {
  if (from.kind === 'anonymous') return 'anonymous';
  const own = from.kind === 'extension' || (from.kind === 'number' && directory.numbers.has(from.number));
  return own ? 'internal' : 'external';
}

/** Rule 6: the number's own calendar. */
function isClosed(walk: Walk, path: Path, number: DirectNumber): boolean {
  const { calendar } = number;
  if (calendar === null) return false;
  const state = stateAt(calendar, walk.instant);
  limitValidity(walk, state.until);
  noteCalendar(walk, number, calendar, state);
  if (state.kind === 'open') return false;
  const closedTarget = number.data.calendar?.closedTarget ?? null;
  if (closedTarget !== null)
    followTarget(walk, path, sayingClosed(walk.directory.organization, closedTarget));
  else announceAndHangUp(walk, path, spokenText(walk.directory.organization, 'closed'));
  return true;
}

function noteCalendar(walk: Walk, number: DirectNumber, calendar: Schedule, state: ScheduleState): void {
  if (walk.note === undefined) return;
  const subject = subjectOfNumber(number);
  const time = { zone: calendar.zone, until: state.until };
  const now = `it is ${formatLocal(calendar.zone, walk.instant)} in ${calendar.zone.name}`;
  if (state.kind === 'open') {
    walk.note('number.closed', 'passed', subject, `${subject.name} is open: ${now}.`, time);
    return;
  }
  const target = number.data.calendar?.closedTarget ?? null;
  const why = state.override === null ? 'by its weekly hours' : `by ${closureName(state.override)}`;
  const where = target === null ? 'an announcement' : describeTarget(walk.directory, target);
  walk.note('number.closed', 'applied', subject, `${subject.name} is closed ${why}: ${now}; ${where}.`, time);
}

function closureName(day: {
  readonly kind: string;
  readonly name: string | null;
  readonly from: string;
  readonly to: string;
}): string {
  if (day.kind === 'holiday') return `the holiday ${day.name ?? day.from}`;
  return day.from === day.to ? `an exception on ${day.from}` : `an exception from ${day.from} to ${day.to}`;
}

function answeredBy(directory: Directory, first: Step | undefined): AnsweredBy | null {
  if (first?.action === 'queue') {
    const extension = directory.queues.get(first.queueId)?.extension ?? null;
    return { type: 'queue', id: first.queueId, extension };
  }
  if (first?.action !== 'ring') return null;
  if (first.queueId !== undefined) {
    const extension = directory.queues.get(first.queueId)?.extension ?? null;
    return { type: 'queue', id: first.queueId, extension };
  }
  const [target] = first.targets;
  if (target === undefined || first.targets.length > 1) return null;
  return { type: 'user', id: target.userId, extension: target.extension };
}
