/**
 * Why a call goes where it goes. `resolve` writes the trace only when it is asked to: it is pure, so running it again
 * with the same directory, call and instant explains a decision that was made without one, off the call path.
 */

export type RuleName =
  | 'number.unknown'
  | 'number.unassigned'
  | 'caller.blocked'
  | 'number.override'
  | 'caller.rule'
  | 'lead.owner'
  | 'number.closed'
  | 'target'
  | 'user.deleted'
  | 'user.inactive'
  | 'user.pending'
  | 'user.override'
  | 'user.not-available'
  | 'user.outside-hours'
  | 'user.do-not-disturb'
  | 'user.forward-all'
  | 'user.busy'
  | 'user.ring'
  | 'user.quiet-hours'
  | 'user.if-unavailable'
  | 'queue.wait'
  | 'loop'
  | 'depth'
  | 'last-resort'
  | 'directory.stale';

export type SubjectType = 'number' | 'user' | 'queue' | 'lead' | 'caller' | 'organization';

/** What a rule looked at. `name` is what a person calls it: a full name, a queue's name, the number itself. */
export type Subject = { readonly type: SubjectType; readonly id: string; readonly name: string };

/** What stands for a person where history would have the name. */
export function tokenOf({ type, id }: Pick<Subject, 'type' | 'id'>): string {
  return `{${type}:${id}}`;
}

export function isSameSubject(one: Subject, other: Subject): boolean {
  return one === other || (one.id === other.id && one.type === other.type && one.name === other.name);
}

/** One rule that was looked at, in data and in words. */
export type TraceEntry = {
  readonly rule: RuleName;
  readonly subject: Subject;
  readonly outcome: 'applied' | 'passed';
  /** A sentence that an office admin understands. */
  readonly because: string;
  /** Only where time decided: the local date and time (`2026-11-24T18:20`), its zone, and until when that holds. */
  readonly localTime?: string;
  readonly timeZone?: string;
  /** RFC 3339; null: it does not change within 400 days. */
  readonly until?: string | null;
};
