import type { Call } from './call.ts';
import type { QueueData } from './directory-data.ts';
import { readFact } from './facts.ts';

type Member = QueueData['members'][number];

/**
 * The members in the order in which they are rung. Priority comes first (1 before 2), the strategy orders those of one
 * priority. `round-robin`, `least-recent` and `fewest-calls` need history, which comes in with the call; without it
 * they keep the order of the list.
 */
export function inOrder(queue: QueueData, call: Call): readonly Member[] {
  const { members, strategy } = queue;
  if (members.length < 2) return members;
  switch (strategy) {
    case 'all':
    case 'sequential':
      return members;
    case 'round-robin':
      return byPriority(members, (group) => behind(group, readFact(call, 'lastRung', queue.id)));
    case 'least-recent':
      return byPriority(members, (group) => ascending(group, call, 'lastAnswered'));
    case 'fewest-calls':
      return byPriority(members, (group) => ascending(group, call, 'callsAnswered'));
    case 'random':
      return byPriority(members, (group) => shuffled(group, call.callId));
  }
}

function byPriority(
  members: readonly Member[],
  order: (group: readonly Member[]) => readonly Member[],
): readonly Member[] {
  const groups = Map.groupBy(members, (member) => member.priority);
  const priorities = [...groups.keys()].sort((one, other) => one - other);
  return priorities.flatMap((priority) => order(groups.get(priority) ?? []));
}

/** Those behind the one who was rung first last time, then from the top again. */
function behind(group: readonly Member[], last: string | undefined): readonly Member[] {
  const start = group.findIndex((member) => member.userId === last) + 1;
  return [...group.slice(start), ...group.slice(0, start)];
}

/** Smallest first; who has no figure has had no call, which is as good as a figure of 0. Equals keep their order. */
function ascending(
  group: readonly Member[],
  call: Call,
  kind: 'lastAnswered' | 'callsAnswered',
): readonly Member[] {
  const figure = (member: Member): number => readFact(call, kind, member.userId) ?? 0;
  return group.toSorted((one, other) => figure(one) - figure(other));
}

/** Fisher-Yates by a generator that is seeded with the call id: the same call is shuffled the same way everywhere. */
function shuffled(group: readonly Member[], seed: string): readonly Member[] {
  const next = generator(hash(seed));
  const result = [...group];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = next() % (last + 1);
    const [one, two] = [result[last], result[other]];
    if (one === undefined || two === undefined) continue;
    result[last] = two;
    result[other] = one;
  }
  return result;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/** Mulberry32: unsigned 32-bit integers. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return (value ^ (value >>> 14)) >>> 0;
  };
}
