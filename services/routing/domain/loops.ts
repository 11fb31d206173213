import type { OverrideData, QueueData, UserData } from './directory-data.ts';
import type { Target } from './target.ts';

/**
 * Circles that a save would close. A circle of certain edges takes every call round for ever, so it is refused. Any
 * other circle is the commonest set-up in an office (A and B as each other's fallback), so it is saved with a warning;
 * the resolver ends it at call time.
 */

/** What of a user leads calls elsewhere. */
export type RoutingUser = Pick<
  UserData,
  | 'id'
  | 'name'
  | 'status'
  | 'fallbackUserId'
  | 'reassignedToUserId'
  | 'ifUnavailable'
  | 'forwardAll'
  | 'weekly'
  | 'overrides'
>;

/** And of a queue: its members' fallbacks and forwards are not followed for calls of the queue. */
export type RoutingQueue = Pick<QueueData, 'id' | 'name' | 'noAgentTarget'>;

/** Turns an `external` target that is one of the organization's own numbers or extensions into what it leads to. */
export type OwnTarget = (target: Target) => Target | null;

/** To whom every call of the user goes, at every instant; undefined: to nobody for certain. */
export function certainEdge(user: RoutingUser, own: OwnTarget): string | undefined {
  if (user.status !== 'active') return user.reassignedToUserId ?? user.fallbackUserId ?? undefined;
  // Rule 10 comes before rule 13: who is never available never forwards.
  return alwaysAway(user) ?? userOf(user.forwardAll, own);
}

/** All seven weekdays not available and leading to one user, with no override that opens a day or leads elsewhere. */
function alwaysAway(user: RoutingUser): string | undefined {
  if (user.weekly === null) return undefined;
  const targets = user.weekly.map((day) => awayTarget(user, day));
  const [first] = targets;
  if (first === undefined || first === null || targets.some((target) => target !== first)) return undefined;
  const opened = user.overrides.some((override) => awayTarget(user, override) !== first);
  return opened ? undefined : first;
}

function awayTarget(user: RoutingUser, day: OverrideData | NonNullable<RoutingUser['weekly']>[number]) {
  if (day === null || day.available) return null;
  return day.fallbackUserId ?? user.fallbackUserId;
}

function userOf(target: Target | null | undefined, own: OwnTarget): string | undefined {
  if (target === null || target === undefined) return undefined;
  const followed = target.type === 'external' ? own(target) : target;
  return followed?.type === 'user' ? followed.id : undefined;
}

function placeOf(target: Target | null | undefined, own: OwnTarget): string | undefined {
  if (target === null || target === undefined) return undefined;
  const followed = target.type === 'external' ? own(target) : target;
  return followed?.type === 'user' || followed?.type === 'queue' ? followed.id : undefined;
}

/** Every user and queue to which a call can go on from here. */
export function possibleEdges(place: RoutingUser | RoutingQueue, own: OwnTarget): readonly string[] {
  if (isQueue(place)) {
    const next = placeOf(place.noAgentTarget, own);
    return next === undefined ? [] : [next];
  }
  const user = place;
  const { ifUnavailable } = user;
  const rules = [ifUnavailable, ...Object.values(ifUnavailable.causes ?? {})];
  const days = [...(user.weekly ?? []), ...user.overrides];
  const edges = [
    user.reassignedToUserId,
    user.fallbackUserId,
    placeOf(user.forwardAll, own),
    ...rules.map((rule) => (rule.action === 'forward' ? placeOf(rule.target, own) : undefined)),
    ...days.map((day) => (day === null || day.available ? null : day.fallbackUserId)),
  ];
  return [...new Set(edges.filter((edge) => edge !== null && edge !== undefined))];
}

function isQueue(place: RoutingUser | RoutingQueue): place is RoutingQueue {
  return 'noAgentTarget' in place;
}

/** Users and queues by id. */
type Places = ReadonlyMap<string, RoutingUser | RoutingQueue>;

/** The circle of certain edges that goes through `start`, as the ids along it (`[a, b, a]`); undefined: there is none. */
export function findCertainLoop(
  places: Places,
  start: string,
  own: OwnTarget,
): readonly string[] | undefined {
  const path = [start];
  const seen = new Set<string>();
  for (let id = start; !seen.has(id); ) {
    seen.add(id);
    const place = places.get(id);
    // No call leaves a queue for certain: somebody may answer.
    const next = place === undefined || isQueue(place) ? undefined : certainEdge(place, own);
    if (next === undefined) return undefined;
    path.push(next);
    if (next === start) return path;
    id = next;
  }
  return undefined;
}

/** Circles through `start`, a user or a queue, that are not certain, shortest first, at most ten. */
export function possibleLoops(places: Places, start: string, own: OwnTarget): readonly (readonly string[])[] {
  const loops: string[][] = [];
  const queue: string[][] = [[start]];
  const reached = new Set<string>();
  while (queue.length > 0 && loops.length < 10) {
    const path = queue.shift() ?? [];
    const place = places.get(path.at(-1) ?? '');
    if (place === undefined) continue;
    for (const next of possibleEdges(place, own)) {
      if (next === start) loops.push([...path, next]);
      else if (!reached.has(next)) {
        reached.add(next);
        queue.push([...path, next]);
      }
    }
  }
  return loops;
}
