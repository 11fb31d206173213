import type { Mailbox, Outcome } from './decision.ts';
import { describeTarget } from './describe.ts';
import { nameOf, type User } from './directory.ts';
import { announceAndHangUp, exhausted, lastResort, takeVoicemail } from './ends.ts';
import { followExternal } from './resolve-external.ts';
import type { IfUnavailable, Target, UnavailableCause, UnavailableRule } from './target.ts';
import { spokenText } from './texts.ts';
import { devicesOf, isActive, isBusy, isTheCaller, onDoNotDisturb, scheduleOf } from './user-state.ts';
import { enter } from './visit.ts';
import { addStep, hasRoom, NOT_ANSWERED, named, type Path, room, subjectOfUser, type Walk } from './walk.ts';

export function followUserOf(walk: Walk, path: Path, id: string): void {
  const user = walk.directory.users.get(id);
  if (user === undefined) {
    lastResort(walk, path, 'The user that the call was for does not exist any more');
    return;
  }
  followUser(walk, path, user);
}

/** Rules 8 to 16: what happens to a call for one user. */
export function followUser(walk: Walk, path: Path, user: User): void {
  const inside = enter(walk, path, { type: 'user', id: user.data.id, name: named(walk, user) });
  if (inside === undefined) return;
  if (path.firstCallee === null && isTheCaller(walk, user)) ownVoicemail(walk, inside, user);
  else decide(walk, inside, user);
}

function decide(walk: Walk, path: Path, user: User): void {
  const { fallbackUserId, reassignedToUserId, ifUnavailable } = user.data;
  if (!isActive(walk, user)) return replace(walk, path, user, reassignedToUserId ?? fallbackUserId);
  walk.note?.('user.inactive', 'passed', subjectOfUser(walk, user), `${named(walk, user)} is active.`);
  const hours = scheduleOf(walk, user);
  if (hours.kind === 'not-available') {
    return replace(walk, path, user, hours.fallbackUserId ?? fallbackUserId);
  }
  if (hours.kind === 'outside') return replace(walk, path, user, fallbackUserId);
  if (isDiverted(walk, path, user)) return;
  if (isBusy(walk, user)) return applyRule(walk, path, user, causeRule(ifUnavailable, 'busy'));
  walk.note?.('user.busy', 'passed', subjectOfUser(walk, user), `${named(walk, user)} has a line free.`);
  ring(walk, path, user);
}

/** Rules 8-11: somebody else takes the calls; without anybody, the if-unavailable rule. */
function replace(walk: Walk, path: Path, user: User, replacementId: string | null): void {
  if (replacementId === null) applyRule(walk, path, user, user.data.ifUnavailable);
  else followUserOf(walk, path, replacementId);
}

/** Rules 12 and 13, in the order that the organization has chosen. */
function isDiverted(walk: Walk, path: Path, user: User): boolean {
  if (walk.directory.organization.policies.forwardBeatsDnd) {
    return isForwarded(walk, path, user) || isUndisturbed(walk, path, user);
  }
  return isUndisturbed(walk, path, user) || isForwarded(walk, path, user);
}

function isUndisturbed(walk: Walk, path: Path, user: User): boolean {
  if (!onDoNotDisturb(walk, user)) {
    walk.note?.(
      'user.do-not-disturb',
      'passed',
      subjectOfUser(walk, user),
      `${named(walk, user)} may be disturbed.`,
    );
    return false;
  }
  applyRule(walk, path, user, user.data.ifUnavailable);
  return true;
}

function isForwarded(walk: Walk, path: Path, user: User): boolean {
  const { forwardAll } = user.data;
  if (forwardAll === null) {
    walk.note?.(
      'user.forward-all',
      'passed',
      subjectOfUser(walk, user),
      `${named(walk, user)} does not forward calls.`,
    );
    return false;
  }
  const because = `${named(walk, user)} forwards every call to ${describeTarget(walk.directory, forwardAll)}.`;
  walk.note?.('user.forward-all', 'applied', subjectOfUser(walk, user), because);
  forward(walk, path, user, forwardAll, (after) => {
    // A forward that is not allowed rings nobody, so there is no outcome to branch on.
    if (after === path) applyRule(walk, path, user, causeRule(user.data.ifUnavailable, 'unreachable'));
    else unanswered(walk, after, user);
  });
  return true;
}

/** An outside number that does not answer goes on by `otherwise`; every other target by its own rules. */
function forward(walk: Walk, path: Path, user: User, target: Target, otherwise: (path: Path) => void): void {
  if (target.type !== 'external') return walk.follow(walk, path, target);
  const seconds = user.data.ringSeconds ?? walk.directory.organization.ringSeconds;
  followExternal(walk, path, target.number, seconds, otherwise);
}

/** Rule 15. */
function ring(walk: Walk, path: Path, user: User): void {
  const { id, extension, ifUnavailable } = user.data;
  if (path.rung.includes(id)) {
    walk.note?.(
      'user.ring',
      'passed',
      subjectOfUser(walk, user),
      `${named(walk, user)} has been rung in this call already.`,
    );
    return applyRule(walk, path, user, causeRule(ifUnavailable, 'noAnswer'));
  }
  const devices = devicesOf(walk, user);
  if (devices.length === 0) {
    walk.note?.(
      'user.ring',
      'passed',
      subjectOfUser(walk, user),
      `${named(walk, user)} has no device that may ring now.`,
    );
    return applyRule(walk, path, user, causeRule(ifUnavailable, 'unreachable'));
  }
  if (!hasRoom(walk, 1)) return exhausted(walk, path, 'A decision has at most 12 steps');
  const timeoutSeconds = user.data.ringSeconds ?? walk.directory.organization.ringSeconds;
  walk.note?.(
    'user.ring',
    'applied',
    subjectOfUser(walk, user),
    `${named(walk, user)} is rung for ${timeoutSeconds} seconds.`,
  );
  const targets = [{ userId: id, extension, devices }];
  const rang = addStep(
    walk,
    path,
    { action: 'ring', strategy: 'all', timeoutSeconds, targets },
    NOT_ANSWERED,
  );
  const { after, when, visited, depth, firstCallee, rung, inLastResort } = rang;
  unanswered(walk, { after, when, visited, depth, firstCallee, rung: [...rung, id], inLastResort }, user);
}

type CauseGroup = { readonly rule: UnavailableRule; readonly outcomes: readonly Outcome[] };

const outcomeOf: Readonly<Record<UnavailableCause, Outcome>> = {
  busy: 'busy',
  declined: 'declined',
  noAnswer: 'no-answer',
  unreachable: 'unreachable',
};
const causes: readonly UnavailableCause[] = ['busy', 'declined', 'noAnswer', 'unreachable'];

/** Rule 16: one branch for each rule that differs. */
function unanswered(walk: Walk, path: Path, user: User): void {
  const groups = groupCauses(user.data.ifUnavailable);
  const [first] = groups;
  if (first !== undefined && groups.length === 1)
    return applyRule(walk, path, user, first.rule, NOT_ANSWERED);
  if (room(walk) < groups.length * 2) {
    return applyRule(walk, path, user, user.data.ifUnavailable, NOT_ANSWERED);
  }
  walk.openBranches += groups.length;
  for (const { rule, outcomes } of groups) {
    walk.openBranches -= 1;
    applyRule(walk, { ...path, when: outcomes }, user, rule, outcomes);
  }
}

function groupCauses(ifUnavailable: IfUnavailable): readonly CauseGroup[] {
  if (ifUnavailable.causes === undefined) return [{ rule: ifUnavailable, outcomes: NOT_ANSWERED }];
  const groups = new Map<string, { rule: UnavailableRule; outcomes: Outcome[] }>();
  for (const cause of causes) {
    const rule = causeRule(ifUnavailable, cause);
    const key = JSON.stringify([rule.action, rule.target ?? null]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { rule, outcomes: [outcomeOf[cause]] });
    else group.outcomes.push(outcomeOf[cause]);
  }
  return [...groups.values()];
}

/** The rule of a cause, else the plain one. */
function causeRule(ifUnavailable: IfUnavailable, cause: UnavailableCause): UnavailableRule {
  return ifUnavailable.causes?.[cause] ?? ifUnavailable;
}

/** @param outcomes how the user's own ring ended; left out where the user was not rung at all */
function applyRule(
  walk: Walk,
  path: Path,
  user: User,
  rule: UnavailableRule,
  outcomes?: readonly Outcome[],
): void {
  walk.note?.(
    'user.if-unavailable',
    'applied',
    subjectOfUser(walk, user),
    `${ruleCondition(walk, user, outcomes)}: ${ruleSentence(walk, path, user, rule)}.`,
  );
  if (rule.action === 'forward' && rule.target !== undefined) {
    const gaveUp = (after: Path) => exhausted(walk, after, 'The forward was not answered');
    forward(walk, path, user, rule.target, gaveUp);
  } else if (rule.action === 'voicemail') {
    takeVoicemail(walk, path, mailboxOf(walk, path, user), user);
  } else {
    announceAndHangUp(walk, path, spokenText(walk.directory.organization, 'unavailable'));
  }
}

/** The box of the first callee; by policy, of the last. */
function mailboxOf(walk: Walk, path: Path, user: User): Mailbox {
  const last = walk.directory.organization.policies.voicemailOf === 'last';
  return last || path.firstCallee === null ? { type: 'user', id: user.data.id } : path.firstCallee;
}

function ruleSentence(walk: Walk, path: Path, user: User, rule: UnavailableRule): string {
  if (rule.action === 'forward' && rule.target !== undefined) {
    return `forward to ${describeTarget(walk.directory, rule.target)}`;
  }
  if (rule.action === 'voicemail') {
    return `voicemail of ${nameOf(walk.directory, mailboxOf(walk, path, user).id)}`;
  }
  return 'no voicemail, an announcement, then the call ends';
}

function ruleCondition(walk: Walk, user: User, outcomes: readonly Outcome[] | undefined): string {
  const name = named(walk, user);
  if (outcomes === undefined) return `${name} cannot take the call`;
  const every = outcomes.length === NOT_ANSWERED.length;
  return every
    ? `If ${name} does not take the call`
    : `If ${name} does not take the call (${outcomes.join(', ')})`;
}

function ownVoicemail(walk: Walk, path: Path, user: User): void {
  const because = `${named(walk, user)} calls their own extension: their voicemail.`;
  walk.note?.('user.if-unavailable', 'applied', subjectOfUser(walk, user), because);
  takeVoicemail(walk, path, { type: 'user', id: user.data.id }, user);
}
