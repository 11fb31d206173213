import type { Mailbox } from './decision.ts';
import type { User } from './directory.ts';
import { voicemailAction } from './mailbox.ts';
import { spokenText } from './texts.ts';
import type { Subject } from './trace.ts';
import { addStep, named, type Path, subjectOfUser, type Walk } from './walk.ts';

/** How a way through a decision ends. Each function here adds its last steps, or goes on with the last resort. */

export function announceAndHangUp(walk: Walk, path: Path, text: string): void {
  const spoken = addStep(walk, path, { action: 'announce', text }, null);
  addStep(walk, spoken, { action: 'hangup' }, null);
}

/** @param known whose box it may be */
export function takeVoicemail(walk: Walk, path: Path, mailbox: Mailbox, known?: User): void {
  addStep(walk, path, voicemailAction(walk.directory, mailbox, known), null);
}

export function reject(walk: Walk, path: Path, reason: 'not-found' | 'blocked' | 'busy'): void {
  addStep(walk, path, { action: 'reject', reason }, null);
}

/** Rule 17. Always defined: the organization's target, else an announcement and hang-up. */
export function lastResort(walk: Walk, path: Path, because: string, text?: string): void {
  const { organization } = walk.directory;
  const target = path.inLastResort ? null : organization.lastResort;
  const what =
    target === null ? 'an announcement, then the call ends' : 'the last resort of the organization';
  walk.note?.('last-resort', 'applied', organizationSubject(walk), `${because}: ${what}.`);
  if (target === null || (target.type === 'announcement' && target.text === undefined)) {
    announceAndHangUp(walk, path, text ?? spokenText(organization, 'unavailable'));
    return;
  }
  walk.follow(walk, { ...path, inLastResort: true, visited: [], depth: 0 }, target);
}

/**
 * The chain goes nowhere: it came back to somebody (`loop`), is too long (`depth`), or an outside forward was not
 * answered. The first callee's voicemail if they have it, else the last resort.
 */
export function exhausted(walk: Walk, path: Path, because: string): void {
  const first = path.firstCallee;
  const user = first?.type === 'user' ? walk.directory.users.get(first.id) : undefined;
  if (first === null || user === undefined || user.data.ifUnavailable.action !== 'voicemail') {
    lastResort(walk, path, because);
    return;
  }
  walk.note?.(
    'user.if-unavailable',
    'applied',
    subjectOfUser(walk, user),
    `${because}: the voicemail of ${named(walk, user)}, who was called first.`,
  );
  takeVoicemail(walk, path, first, user);
}

function organizationSubject(walk: Walk): Subject {
  const { id, name } = walk.directory.organization;
  return { type: 'organization', id, name };
}
