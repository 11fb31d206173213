import type { RingTarget } from './decision.ts';
import { describeTarget } from './describe.ts';
import type { User } from './directory.ts';
import type { QueueData } from './directory-data.ts';
import { exhausted, lastResort } from './ends.ts';
import { inOrder } from './queue-order.ts';
import { letWait, subjectOfQueue } from './resolve-waiting.ts';
import { devicesOf, isActive, isBusy, onDoNotDisturb, scheduleOf } from './user-state.ts';
import { enter } from './visit.ts';
import { addStep, hasRoom, NOT_ANSWERED, named, type Path, room, subjectOfUser, type Walk } from './walk.ts';

/** What one ring step holds: ten members, and ten devices, which is what a carrier rings at once. */
const AT_ONCE = 10;
/** Kept free behind the rings: a ring and an end for a no-agent target, or the last resort. */
const ROOM_FOR_NO_AGENT = 4;

export type Member = { readonly user: User; readonly target: RingTarget };

/** A queue rings its members by its strategy; fallback users and forwards are not followed for queue calls. */
export function followQueue(walk: Walk, path: Path, id: string): void {
  const queue = walk.directory.queues.get(id);
  if (queue === undefined) {
    lastResort(walk, path, 'The queue that the call was for does not exist any more');
    return;
  }
  const inside = enter(walk, path, { type: 'queue', id, name: queue.name });
  if (inside === undefined) return;
  if (queue.waiting)
    return letWait(walk, inside, queue, queue.waiting, (path, why) => noAgent(walk, path, queue, why));
  const members = ringableMembers(walk, inside, queue);
  if (members.length > 0 && !hasRoom(walk, 1)) {
    exhausted(walk, inside, 'A decision has at most 12 steps');
    return;
  }
  const rang = ringMembers(walk, inside, queue, members);
  const why = members.length > 0 ? 'answered' : 'can be rung now';
  noAgent(walk, rang, queue, `Nobody in ${queue.name} ${why}`);
}

/** Who passes rules 8-14, has no forward-all, and has something that rings; in the order of the strategy. */
export function ringableMembers(walk: Walk, path: Path, queue: QueueData): readonly Member[] {
  const members: Member[] = [];
  for (const { userId } of inOrder(queue, walk.call)) {
    const user = walk.directory.users.get(userId);
    if (user === undefined || !canTakeQueueCall(walk, path, user)) continue;
    const devices = devicesOf(walk, user);
    if (devices.length === 0) {
      const because = `${named(walk, user)} has no device that may ring now.`;
      walk.note?.('user.ring', 'passed', subjectOfUser(walk, user), because);
      continue;
    }
    members.push({ user, target: { userId, extension: user.data.extension, devices } });
  }
  return members;
}

function canTakeQueueCall(walk: Walk, path: Path, user: User): boolean {
  const { id, forwardAll } = user.data;
  if (path.rung.includes(id)) {
    walk.note?.(
      'user.ring',
      'passed',
      subjectOfUser(walk, user),
      `${named(walk, user)} has been rung in this call already.`,
    );
    return false;
  }
  if (!isActive(walk, user) || scheduleOf(walk, user).kind !== 'open') return false;
  if (onDoNotDisturb(walk, user)) return false;
  if (forwardAll !== null) {
    const name = named(walk, user);
    const because = `${name} forwards every call, so queues pass over ${name}.`;
    walk.note?.('user.forward-all', 'applied', subjectOfUser(walk, user), because);
    return false;
  }
  return !isBusy(walk, user);
}

function ringMembers(walk: Walk, path: Path, queue: QueueData, members: readonly Member[]): Path {
  const groups = queue.strategy === 'all' ? atOnce(members) : members.map((member) => [member]);
  const fitting = groups.slice(0, Math.max(1, room(walk) - ROOM_FOR_NO_AGENT));
  let rang = path;
  for (const group of fitting) {
    const names = group.map((member) => named(walk, member.user)).join(', ');
    const because = `${queue.name} rings ${names} for ${queue.ringSeconds} seconds (${queue.strategy}).`;
    walk.note?.('user.ring', 'applied', subjectOfQueue(queue), because);
    const targets = group.map((member) => member.target);
    const step = {
      action: 'ring',
      strategy: 'all',
      timeoutSeconds: queue.ringSeconds,
      targets,
      queueId: queue.id,
    } as const;
    const rung = [...rang.rung, ...targets.map((target) => target.userId)];
    rang = { ...addStep(walk, rang, step, NOT_ANSWERED), rung };
  }
  return rang;
}

/** Ten at a time, and no more than ten devices, in the order given. */
function atOnce(members: readonly Member[]): readonly (readonly Member[])[] {
  const groups: Member[][] = [];
  let group: Member[] = [];
  let devices = 0;
  for (const member of members) {
    const more = member.target.devices.length;
    if (group.length > 0 && (group.length === AT_ONCE || devices + more > AT_ONCE)) {
      groups.push(group);
      group = [];
      devices = 0;
    }
    group.push(member);
    devices += more;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

/** Nobody passed, or all were rung. */
function noAgent(walk: Walk, path: Path, queue: QueueData, why: string): void {
  if (queue.noAgentTarget === null) {
    lastResort(walk, path, why);
    return;
  }
  const because = `${why}: ${describeTarget(walk.directory, queue.noAgentTarget)}.`;
  walk.note?.('target', 'applied', subjectOfQueue(queue), because);
  walk.follow(walk, path, queue.noAgentTarget);
}
