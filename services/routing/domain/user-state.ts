import type { DeviceTarget } from './decision.ts';
import type { Directory, User } from './directory.ts';
import { readFact } from './facts.ts';
import { refusalOf } from './forwarding.ts';
import { formatLocal, formatLocalDate } from './local-time.ts';
import { nextOpen, type ScheduleState, stateAt } from './schedule.ts';
import { limitValidity, named, subjectOfUser, type Walk } from './walk.ts';

/** What is true of one user at the instant of the call: the questions behind rules 8 to 15, without their consequences. */

/** More devices than this do not fit into one `<Dial>`. */
const MAX_DEVICES = 10;

export function isActive(walk: Walk, user: User): boolean {
  const { status } = user.data;
  if (status === 'active') return true;
  const state = { inactive: 'deactivated', pending: 'invited and has not confirmed yet', deleted: 'deleted' };
  walk.note?.(
    `user.${status}`,
    'applied',
    subjectOfUser(walk, user),
    `${named(walk, user)} is ${state[status]}.`,
  );
  return false;
}

/** Rules 9-11: the schedule's state, noted under the rule that decided. */
export function scheduleOf(walk: Walk, user: User): ScheduleState {
  const state = stateAt(user.schedule, walk.instant);
  limitValidity(walk, state.until);
  if (walk.note !== undefined) noteSchedule(walk, user, state);
  return state;
}

function noteSchedule(walk: Walk, user: User, state: ScheduleState): void {
  const subject = subjectOfUser(walk, user);
  const { zone } = user.schedule;
  const now = `it is ${formatLocal(zone, walk.instant)} in ${zone.name}`;
  const time = { zone, until: state.until };
  const name = named(walk, user);
  if (state.override !== null) {
    const { from, to } = state.override;
    const days = from === to ? `on ${from}` : `from ${from} to ${to}`;
    const off = state.kind === 'not-available';
    const what = off ? 'is marked not available' : 'has other hours';
    walk.note?.(
      'user.override',
      off ? 'applied' : 'passed',
      subject,
      `${name} ${what} ${days}; ${now}.`,
      time,
    );
    if (off) return;
  }
  if (state.kind === 'not-available') {
    const because = `${name} is not available on this weekday; ${now}.`;
    walk.note?.('user.not-available', 'applied', subject, because, time);
    return;
  }
  if (state.kind === 'open') {
    const always = state.source === 'always';
    const because = always ? `${name} is always available.` : `${name} is within the hours set; ${now}.`;
    walk.note?.('user.outside-hours', 'passed', subject, because, time);
    return;
  }
  const opens = nextOpen(user.schedule, walk.instant);
  const far = opens !== null && opens - walk.instant > 6 * 86_400_000;
  const next =
    opens === null
      ? 'no hours ahead'
      : `next open ${far ? formatLocalDate(zone, opens) : formatLocal(zone, opens)}`;
  const because = `${name} is outside the hours set: ${now}, ${next}.`;
  walk.note?.('user.outside-hours', 'applied', subject, because, time);
}

export function onDoNotDisturb(walk: Walk, user: User): boolean {
  const { on, until } = user.data.doNotDisturb;
  const set = on && (until === null || walk.instant < until);
  if (set) limitValidity(walk, until);
  const seen = readFact(walk.call, 'presence', user.data.id) === 'do-not-disturb';
  if (walk.note !== undefined && (set || seen)) {
    const ends = set && until !== null ? ` until ${formatLocal(user.schedule.zone, until)}` : '';
    const because = `${named(walk, user)} does not want to be disturbed${ends}.`;
    const time = set ? { zone: user.schedule.zone, until } : undefined;
    walk.note('user.do-not-disturb', 'applied', subjectOfUser(walk, user), because, time);
  }
  return set || seen;
}

/** Rule 14: at the limit of simultaneous calls, or the one who is calling. */
export function isBusy(walk: Walk, user: User): boolean {
  const { id, callLimit } = user.data;
  if (isTheCaller(walk, user)) {
    walk.note?.(
      'user.busy',
      'applied',
      subjectOfUser(walk, user),
      `${named(walk, user)} is the one who is calling.`,
    );
    return true;
  }
  const calls = callsInProgress(walk, id);
  if (callLimit === null || calls < callLimit) return false;
  walk.note?.(
    'user.busy',
    'applied',
    subjectOfUser(walk, user),
    `${named(walk, user)} is on ${calls} of ${callLimit} ${callLimit === 1 ? 'call' : 'calls'} at most.`,
  );
  return true;
}

export function callsInProgress(walk: Walk, userId: string): number {
  const presence = readFact(walk.call, 'presence', userId);
  const calls = readFact(walk.call, 'callsInProgress', userId);
  return calls ?? (presence === 'on-call' || presence === 'ringing' ? 1 : 0);
}

/** An internal call by the user: from the user's extension. */
export function isTheCaller(walk: Walk, user: User): boolean {
  const { from } = walk.call;
  return from.kind === 'extension' && from.extension === user.data.extension;
}

/** Rule 15: the devices that may ring now. Empty: the user cannot be reached. */
export function devicesOf(walk: Walk, user: User): readonly DeviceTarget[] {
  if (walk.note !== undefined) noteRefused(walk, user);
  return ringableDevices(walk.directory, user, isQuiet(walk, user));
}

/** @param quiet whether the mobile app must be silent now */
export function ringableDevices(directory: Directory, user: User, quiet: boolean): readonly DeviceTarget[] {
  const { devices, mobile } = user.data;
  const ringing: DeviceTarget[] = [];
  for (const { kind, address, enabled } of devices) {
    const muted = kind === 'app' && (quiet || !mobile.ringApp);
    const refused = kind === 'phone' && refusalOf(directory, numberOf(address)) !== null;
    if (enabled && !muted && !refused && ringing.length < MAX_DEVICES) ringing.push({ kind, address });
  }
  return ringing;
}

/** A telephone among the devices costs what a forward costs, so the same numbers are allowed. */
function noteRefused(walk: Walk, user: User): void {
  for (const { kind, address, enabled } of user.data.devices) {
    const refusal = kind === 'phone' && enabled ? refusalOf(walk.directory, numberOf(address)) : null;
    if (refusal === null) continue;
    const because = `The telephone ${address} of ${named(walk, user)} is not rung: ${refusal}.`;
    walk.note?.('user.ring', 'passed', subjectOfUser(walk, user), because);
  }
}

function numberOf(address: string): string {
  return address.replace(/^tel:/i, '');
}

function isQuiet(walk: Walk, user: User): boolean {
  if (user.quietHours === null || !user.data.mobile.ringApp) return false;
  if (!user.data.devices.some((device) => device.kind === 'app' && device.enabled)) return false;
  const state = stateAt(user.quietHours, walk.instant);
  limitValidity(walk, state.until);
  if (state.kind !== 'open') return false;
  const because = `${named(walk, user)} has quiet hours, so the mobile app is not rung.`;
  const time = { zone: user.quietHours.zone, until: state.until };
  walk.note?.('user.quiet-hours', 'applied', subjectOfUser(walk, user), because, time);
  return true;
}
