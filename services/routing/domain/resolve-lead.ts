import { type DirectNumber, leadName, nameOf, type User } from './directory.ts';
import type { LeadData } from './directory-data.ts';
import type { Subject } from './trace.ts';
import { devicesOf, isActive, isBusy, onDoNotDisturb, scheduleOf } from './user-state.ts';
import {
  addStep,
  MAX_DEPTH,
  NOT_ANSWERED,
  named,
  type Path,
  START,
  subjectOfUser,
  type Walk,
} from './walk.ts';

/**
 * Rule 5: a caller who is a lead reaches the lead's owner when calling a number with sticky routing. Gives the path on
 * which rule 6 goes on: from the start when nobody was found, or behind the ring that was not answered; undefined where
 * the owner's forward took the call for good.
 *
 * An owner who is not active or not available is replaced by the fallback user, as for any call. Outside hours, on do
 * not disturb, busy, or without a replacement: the number's own way.
 */
export function ringLeadOwner(walk: Walk, number: DirectNumber): Path | undefined {
  const { from } = walk.call;
  if (!number.stickyRouting || from.kind !== 'number') return START;
  const lead = walk.directory.leads.get(from.number);
  if (lead === undefined) return START;
  const called = leadName(walk.directory, lead);
  const subject: Subject = { type: 'lead', id: lead.id, name: called };
  if (lead.ownerId === null) {
    walk.note?.('lead.owner', 'passed', subject, `${called} is a lead without an owner.`);
    return START;
  }
  const user = findRingable(walk, lead.ownerId);
  if (user === undefined) {
    walk.note?.('lead.owner', 'passed', subject, `The owner of ${called} cannot be rung now.`);
    return START;
  }
  const because = ownerSentence(walk, lead, user);
  if (user.data.forwardAll !== null) return forwarded(walk, user, subject, because);
  return ring(walk, user, subject, because);
}

/** The owner, or who stands in for them by rules 8-10. */
function findRingable(walk: Walk, ownerId: string): User | undefined {
  const visited = new Set<string>();
  let next: string | null = ownerId;
  while (next !== null && !visited.has(next) && visited.size < MAX_DEPTH) {
    visited.add(next);
    const user: User | undefined = walk.directory.users.get(next);
    if (user === undefined) return undefined;
    const { fallbackUserId, reassignedToUserId } = user.data;
    if (!isActive(walk, user)) {
      next = reassignedToUserId ?? fallbackUserId;
      continue;
    }
    const hours = scheduleOf(walk, user);
    if (hours.kind === 'not-available') {
      next = hours.fallbackUserId ?? fallbackUserId;
      continue;
    }
    return hours.kind === 'open' && canTake(walk, user) ? user : undefined;
  }
  return undefined;
}

/** Rules 12 to 14: a forward comes before busy, and by policy before do-not-disturb. */
function canTake(walk: Walk, user: User): boolean {
  const forwards = user.data.forwardAll !== null;
  if (forwards && walk.directory.organization.policies.forwardBeatsDnd) return true;
  if (onDoNotDisturb(walk, user)) return false;
  return forwards || !isBusy(walk, user);
}

/** "Jordan is a lead of Ana, for whom Bo stands in: Bo is rung first." Empty where nobody reads it. */
function ownerSentence(walk: Walk, lead: LeadData, user: User): string {
  if (walk.note === undefined) return '';
  const { id, forwardAll } = user.data;
  const name = named(walk, user);
  const owner = lead.ownerId === id ? name : nameOf(walk.directory, lead.ownerId ?? '');
  const standIn = lead.ownerId === id ? '' : `, for whom ${name} stands in`;
  const then = forwardAll === null ? `${name} is rung first` : `${name} forwards every call`;
  return `${leadName(walk.directory, lead)} is a lead of ${owner}${standIn}: ${then}.`;
}

function ring(walk: Walk, user: User, subject: Subject, because: string): Path {
  const { id, extension } = user.data;
  const name = named(walk, user);
  const devices = devicesOf(walk, user);
  if (devices.length === 0) {
    walk.note?.('lead.owner', 'passed', subject, `${name} has no device that may ring now.`);
    return START;
  }
  const timeoutSeconds = user.data.ringSeconds ?? walk.directory.organization.ringSeconds;
  walk.note?.('lead.owner', 'applied', subject, because);
  walk.note?.(
    'user.ring',
    'applied',
    subjectOfUser(walk, user),
    `${name} is rung for ${timeoutSeconds} seconds.`,
  );
  const targets = [{ userId: id, extension, devices }];
  const rang = addStep(
    walk,
    START,
    { action: 'ring', strategy: 'all', timeoutSeconds, targets },
    NOT_ANSWERED,
  );
  return { ...rang, rung: [id] };
}

/** An owner who forwards every call takes this one along, as any call. */
function forwarded(walk: Walk, user: User, subject: Subject, because: string): undefined {
  walk.note?.('lead.owner', 'applied', subject, because);
  walk.follow(walk, START, { type: 'user', id: user.data.id });
}
