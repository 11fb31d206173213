import type { Call } from './call.ts';
import type { Mailbox, Outcome, Step, StepAction, StepPlace, TurnedAway } from './decision.ts';
import { type Directory, type User, userName } from './directory.ts';
import { formatDate, formatTimeOfDay, localDay, localMinute, type Zone } from './local-time.ts';
import type { Target } from './target.ts';
import type { RuleName, Subject, TraceEntry } from './trace.ts';

/** No decision is longer; a carrier's answer and the call token stay small. */
export const MAX_STEPS = 12;
/** Users and queues that one call looks at, the first callee included. */
export const MAX_DEPTH = 8;
/** Every way must still end: an announcement and a hang-up. */
const ROOM_TO_END = 2;

/** How far ahead `validUntil` looks. */
const HORIZON_MS = 400 * 86_400_000;

/** Everything that is not an answer and not the end of the call. */
export const NOT_ANSWERED: readonly Outcome[] = ['busy', 'declined', 'no-answer', 'unreachable'];

/** Writes a trace entry. Called as `walk.note?.(…)`: without a trace its arguments are not even evaluated. */
type Note = (
  rule: RuleName,
  outcome: TraceEntry['outcome'],
  subject: Subject,
  because: string,
  time?: { readonly zone: Zone; readonly until: number | null },
) => void;

/** One resolution under way: what is read, and what has been decided so far. Lives inside one call of `resolve`. */
export type Walk = {
  readonly directory: Directory;
  readonly call: Call;
  readonly instant: number;
  readonly note: Note | undefined;
  /** Told of every user and queue that the walk comes to; only where a picture is drawn. */
  readonly entered: ((subject: Subject) => void) | undefined;
  readonly trace: readonly TraceEntry[];
  readonly steps: Step[];
  readonly turnedAway: TurnedAway[];
  /** The number of the first step: more than 1 where a call goes on after a menu. */
  readonly firstStep: number;
  /** Follows a target by rule 7; here so that users, queues and targets can lead to each other. */
  readonly follow: (walk: Walk, path: Path, target: Target, user?: User) => void;
  /** Epoch ms; Infinity: nothing that was looked at changes. */
  validUntil: number;
  /** Branches that are still to be written; each keeps room for its end. */
  openBranches: number;
};

/** How the walk came to where it is. Branches of one decision share no path. */
export type Path = {
  /** The step before; null: the call begins here. */
  readonly after: string | null;
  /** Outcomes of that step on which the next one runs; null: every outcome. */
  readonly when: readonly Outcome[] | null;
  /** Users, queues and re-entered numbers that were looked at. */
  readonly visited: readonly string[];
  readonly depth: number;
  readonly firstCallee: Mailbox | null;
  /** Users who were rung on this way: nobody is rung twice in a call. */
  readonly rung: readonly string[];
  readonly inLastResort: boolean;
};

export const START: Path = {
  after: null,
  when: null,
  visited: [],
  depth: 0,
  firstCallee: null,
  rung: [],
  inLastResort: false,
};

export type WalkStart = {
  readonly directory: Directory;
  readonly call: Call;
  readonly instant: number;
  readonly traced: boolean;
  readonly firstStep: number;
  readonly follow: Walk['follow'];
};

export function startWalk(start: WalkStart): Walk {
  const trace: TraceEntry[] = [];
  const { directory, call, instant, firstStep, follow } = start;
  const note = start.traced ? noteInto(trace, instant) : undefined;
  return {
    directory,
    call,
    instant,
    note,
    entered: undefined,
    trace,
    steps: [],
    turnedAway: [],
    firstStep,
    follow,
    validUntil: Infinity,
    openBranches: 0,
  };
}

function noteInto(trace: TraceEntry[], instant: number): Note {
  return (rule, outcome, subject, because, time) => {
    const entry = { rule, subject, outcome, because };
    if (time === undefined) {
      trace.push(entry);
      return;
    }
    const { zone, until } = time;
    const localTime = `${formatDate(localDay(zone, instant))}T${formatTimeOfDay(localMinute(zone, instant))}`;
    trace.push({ ...entry, localTime, timeZone: zone.name, until: until === null ? null : toRfc3339(until) });
  };
}

/** Epoch ms to `2026-11-21T17:00:00Z`, by integer arithmetic: the domain reads no clock and has no Date. */
export function toRfc3339(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const day = Math.floor(seconds / 86_400);
  const second = seconds - day * 86_400;
  const clock = `${formatTimeOfDay(Math.floor(second / 60))}:${String(second % 60).padStart(2, '0')}`;
  const rest = ms - seconds * 1000;
  return `${formatDate(day)}T${clock}${rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`}Z`;
}

/** How many more steps this way may add, its own end included. */
export function room(walk: Walk): number {
  return MAX_STEPS - walk.steps.length - walk.openBranches * ROOM_TO_END;
}

/** Whether `steps` more fit and the way can still end after them. */
export function hasRoom(walk: Walk, steps: number): boolean {
  return room(walk) >= steps + ROOM_TO_END;
}

/** Appends a step and gives the path that goes on from it on `when`. */
export function addStep(walk: Walk, path: Path, action: StepAction, when: readonly Outcome[] | null): Path {
  const { steps } = walk;
  const id = stepId(walk.firstStep + steps.length);
  // Spread first: an object literal that begins with a spread is a copy, any other is filled name by name.
  const step: { -readonly [Name in keyof StepPlace]: StepPlace[Name] } & StepAction = { ...action, id };
  if (path.after !== null) {
    if (steps[steps.length - 1]?.id !== path.after) step.after = path.after;
    if (path.when !== null) step.when = path.when;
  }
  steps.push(step);
  const { visited, depth, firstCallee, rung, inLastResort } = path;
  return { after: id, when, visited, depth, firstCallee, rung, inLastResort };
}

/** Every way goes on with a step, so the next one stands in the queue's stead. */
export function turnAway(walk: Walk, queueId: string, reason: TurnedAway['reason']): void {
  walk.turnedAway.push({ stepId: stepId(walk.firstStep + walk.steps.length), queueId, reason });
}

const stepIds = Array.from({ length: 4 * MAX_STEPS }, (_, index) => `s${index}`);

function stepId(index: number): string {
  return stepIds[index] ?? `s${index}`;
}

/**
 * A fact that was looked at changes at this instant, so the decision holds no longer than until then. What lies more
 * than 400 days ahead is no limit: `validUntil` null means no more than that.
 */
export function limitValidity(walk: Walk, until: number | null): void {
  if (until === null || until <= walk.instant || until - walk.instant > HORIZON_MS) return;
  if (until < walk.validUntil) walk.validUntil = until;
}

/** How sentences call a user. */
export function named({ directory }: Walk, user: User): string {
  return userName(directory, user);
}

export function subjectOfUser(walk: Walk, user: User): Subject {
  return { type: 'user', id: user.data.id, name: named(walk, user) };
}
