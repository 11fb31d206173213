import { describeTarget } from './describe.ts';
import type { User } from './directory.ts';
import type { QueueData, WaitingData } from './directory-data.ts';
import { exhausted } from './ends.ts';
import { readFact } from './facts.ts';
import { stateAt } from './schedule.ts';
import type { Subject } from './trace.ts';
import { devicesOf, isActive, isTheCaller, onDoNotDisturb } from './user-state.ts';
import {
  addStep,
  hasRoom,
  limitValidity,
  NOT_ANSWERED,
  named,
  type Path,
  room,
  subjectOfUser,
  turnAway,
  type Walk,
} from './walk.ts';

/** A queue in which callers wait until a member is free. Who takes the call is chosen then (waiting.ts), not now. */

export function subjectOfQueue(queue: QueueData): Subject {
  return { type: 'queue', id: queue.id, name: queue.name };
}

/** @param noAgent ends the way for want of a member; told why */
export function letWait(
  walk: Walk,
  path: Path,
  queue: QueueData,
  waiting: WaitingData,
  noAgent: (path: Path, why: string) => void,
): void {
  if (!queue.members.some((member) => comesFree(walk, path, member.userId, waiting.maxWaitSeconds))) {
    turnAway(walk, queue.id, 'no-agent');
    return noAgent(
      path,
      `Nobody in ${queue.name} can take calls in the next ${waiting.maxWaitSeconds} seconds`,
    );
  }
  const waitingNow = readFact(walk.call, 'waiting', queue.id) ?? 0;
  if (waitingNow >= waiting.maxWaiting) {
    turnAway(walk, queue.id, 'length');
    const why = `${waitingNow} callers wait in ${queue.name}, which takes ${waiting.maxWaiting}`;
    return overflow(walk, path, queue, waiting, noAgent, why);
  }
  if (!hasRoom(walk, 1)) return exhausted(walk, path, 'A decision has at most 12 steps');
  const { maxWaitSeconds } = waiting;
  const because = `Callers of ${queue.name} wait for the next free member, ${maxWaitSeconds} seconds at most.`;
  walk.note?.('queue.wait', 'applied', subjectOfQueue(queue), because);
  const step = { action: 'queue', queueId: queue.id, maxWaitSeconds } as const;
  const waited = addStep(walk, path, step, NOT_ANSWERED);
  const tooLong = `If nobody in ${queue.name} is free in time`;
  if (waiting.overflow === null || room(walk) < 2 * 2) {
    return overflow(walk, waited, queue, waiting, noAgent, tooLong);
  }
  // The carrier's side tells the two apart: a wait that ended early ended because nobody was left who could answer.
  walk.openBranches += 1;
  overflow(walk, { ...waited, when: ['busy', 'no-answer'] }, queue, waiting, noAgent, tooLong);
  walk.openBranches -= 1;
  const nobody = `If nobody is left in ${queue.name} who can take the call`;
  noAgent({ ...waited, when: ['declined', 'unreachable'] }, nobody);
}

function overflow(
  walk: Walk,
  path: Path,
  queue: QueueData,
  { overflow: target }: WaitingData,
  noAgent: (path: Path, why: string) => void,
  why: string,
): void {
  if (target === null) return noAgent(path, why);
  const because = `${why}: ${describeTarget(walk.directory, target)}.`;
  walk.note?.('queue.wait', 'applied', subjectOfQueue(queue), because);
  walk.follow(walk, path, target);
}

/** Can the member take a call before the wait is over? Who is on another call can: that is what is waited for. */
export function comesFree(walk: Walk, path: Path, userId: string, seconds: number): boolean {
  const user = walk.directory.users.get(userId);
  if (user === undefined || path.rung.includes(userId) || isTheCaller(walk, user)) return false;
  if (!isActive(walk, user) || onDoNotDisturb(walk, user)) return false;
  if (user.data.forwardAll !== null || devicesOf(walk, user).length === 0) return false;
  return opensWithin(walk, user, seconds);
}

function opensWithin(walk: Walk, user: User, seconds: number): boolean {
  const state = stateAt(user.schedule, walk.instant);
  limitValidity(walk, state.until);
  if (state.kind === 'open') return true;
  const { until } = state;
  if (until !== null && until - walk.instant <= seconds * 1000) {
    return stateAt(user.schedule, until).kind === 'open';
  }
  // From then on a caller may wait.
  if (until !== null) limitValidity(walk, until - seconds * 1000);
  const because = `${named(walk, user)} does not begin work within ${seconds} seconds.`;
  const time = { zone: user.schedule.zone, until };
  walk.note?.('user.outside-hours', 'applied', subjectOfUser(walk, user), because, time);
  return false;
}
