import type { Facts, Presence } from '../domain/call.ts';
import { type Columns, copyColumns, type Names, NONE } from './columns.ts';
import type { Leg } from './leg-table.ts';

/** Why somebody is ringing, talking or there: a call, a browser, the PBX' word about a telephone. */
export type Lease = Leg & {
  /** `call:<call id>`, `socket:<process id>`, `device`. */
  readonly source: string;
};

/** What a user's calls, browsers and telephones add up to. */
export type People = {
  /** Changed as calls come and go: ask at once, keep nothing of it. */
  readonly facts: Facts;
  /** The same without these open legs, of different users. */
  factsWithout(legs: readonly Leg[]): Facts;
  stateOf(userId: string): Presence;
  /** Undefined: there is none. */
  change(userId: string, before: Leg | undefined, after: Leg | undefined): void;
  /** Of a browser or a telephone. False: it says nothing new. */
  putOther(lease: Lease): boolean;
  noteAnswered(userId: string, at: number): void;
  noteRung(queueId: string, userId: string): void;
  /** What was counted before this process began: the last answer of a queue's call, and how many there were today. */
  recall(userId: string, lastAnswered: number, answeredToday: number): void;
  setWaiting(queueId: string, callers: number): void;
  /** Counts of queue calls begin anew at this instant. */
  beginDay(from: number): void;
  /** Browsers and telephones that nobody has heard of any more. */
  sweep(now: number): void;
};

/** Legs that ring, that talk, and those of both that count towards the limit. */
type Counts = { readonly ringing: number; readonly talking: number; readonly counting: number };

export const deviceSource = 'device';

const FIRST_PEOPLE = 8;
const nothing: ReadonlyMap<string, Lease> = new Map();

export function createPeople(names: Names): People {
  let columns = peopleColumns(FIRST_PEOPLE);
  /** By place; few have any. */
  const others = new Map<number, ReadonlyMap<string, Lease>>();
  const lastRung = new Map<string, string>();
  const waiting = new Map<string, number>();
  let dayFrom = 0;

  const placeOf = (userId: string): number => {
    const place = names.placeOf(userId);
    if (place >= columns.ringing.length) columns = peopleColumns(columns.ringing.length * 2, columns);
    return place;
  };
  const othersOf = (place: number): ReadonlyMap<string, Lease> =>
    others.size === 0 ? nothing : (others.get(place) ?? nothing);
  const countsOf = (place: number): Counts => ({
    ringing: columns.ringing[place] ?? 0,
    talking: columns.talking[place] ?? 0,
    counting: columns.counting[place] ?? 0,
  });
  const stateOf = (userId: string): Presence => {
    const place = names.find(userId);
    return place === NONE ? 'offline' : stateBy(countsOf(place), othersOf(place));
  };
  const add = (place: number, { state, counts }: Leg, sign: 1 | -1): void => {
    const { ringing, talking, counting } = columns;
    if (state === 'ringing') ringing[place] = (ringing[place] ?? 0) + sign;
    if (state === 'on-call') talking[place] = (talking[place] ?? 0) + sign;
    if (counts && state !== 'offline') counting[place] = (counting[place] ?? 0) + sign;
  };

  const facts: Facts = {
    presence(userId) {
      const state = stateOf(userId);
      return state === 'offline' ? undefined : state;
    },
    callsInProgress(userId) {
      const place = names.find(userId);
      if (place === NONE) return undefined;
      const counts = countsOf(place);
      const calls = callsBy(counts, othersOf(place));
      // Said aloud where nothing counts: the resolver would count somebody who rings.
      return calls > 0 || stateBy(counts, othersOf(place)) === 'ringing' ? calls : undefined;
    },
    lastAnswered: (userId) => columns.lastAnswered[names.find(userId)] || undefined,
    callsAnswered: (userId) => columns.callsAnswered[names.find(userId)] || undefined,
    lastRung: (queueId) => lastRung.get(queueId),
    waiting: (queueId) => waiting.get(queueId),
  };

  return {
    facts,
    factsWithout(legs) {
      // Never a copy of what is known of everybody: that would cost more the more people there are.
      const without = (leg: Leg): Counts => {
        const { ringing, talking, counting } = countsOf(placeOf(leg.userId));
        return {
          ringing: ringing - Number(leg.state === 'ringing'),
          talking: talking - Number(leg.state === 'on-call'),
          counting: counting - Number(leg.counts),
        };
      };
      const legOf = (userId: string) => legs.find((leg) => leg.userId === userId);
      return {
        ...facts,
        presence(userId) {
          const leg = legOf(userId);
          return leg === undefined
            ? facts.presence(userId)
            : stateBy(without(leg), othersOf(placeOf(userId)));
        },
        callsInProgress(userId) {
          const leg = legOf(userId);
          return leg === undefined
            ? facts.callsInProgress(userId)
            : callsBy(without(leg), othersOf(placeOf(userId)));
        },
      };
    },
    stateOf,
    change(userId, before, after) {
      const place = placeOf(userId);
      if (before !== undefined) add(place, before, -1);
      if (after !== undefined) add(place, after, 1);
    },
    putOther(lease) {
      const place = placeOf(lease.userId);
      const before = othersOf(place).get(lease.source);
      if (before !== undefined && before.at > lease.at) return false;
      others.set(place, new Map(othersOf(place)).set(lease.source, lease));
      return before?.state !== lease.state || before.expiresAt < lease.expiresAt;
    },
    noteAnswered(userId, at) {
      const place = placeOf(userId);
      columns.lastAnswered[place] = Math.max(columns.lastAnswered[place] ?? 0, at);
      if (at >= dayFrom) columns.callsAnswered[place] = (columns.callsAnswered[place] ?? 0) + 1;
    },
    noteRung: (queueId, userId) => void lastRung.set(queueId, userId),
    recall(userId, lastAnswered, answeredToday) {
      const place = placeOf(userId);
      columns.lastAnswered[place] = Math.max(columns.lastAnswered[place] ?? 0, lastAnswered);
      columns.callsAnswered[place] = Math.max(columns.callsAnswered[place] ?? 0, answeredToday);
    },
    setWaiting(queueId, callers) {
      if (callers === 0) waiting.delete(queueId);
      else waiting.set(queueId, callers);
    },
    beginDay(from) {
      if (from === dayFrom) return;
      // What was counted before anybody asked for the first time is of today.
      const isFirst = dayFrom === 0;
      dayFrom = from;
      if (!isFirst) columns.callsAnswered.fill(0);
    },
    sweep(now) {
      for (const [place, leases] of others) {
        const there = [...leases].filter(([, lease]) => lease.expiresAt > now);
        if (there.length === 0) others.delete(place);
        else if (there.length < leases.size) others.set(place, new Map(there));
      }
    },
  };
}

/** The PBX' word that a telephone is not to be disturbed wins, as the user's own would; then calls, then being there. */
function stateBy({ ringing, talking }: Counts, others: ReadonlyMap<string, Lease>): Presence {
  const device = others.get(deviceSource)?.state;
  if (device === 'do-not-disturb') return device;
  if (talking > 0 || device === 'on-call') return 'on-call';
  if (ringing > 0 || device === 'ringing') return 'ringing';
  for (const { state } of others.values()) if (state !== 'offline') return 'online';
  return 'offline';
}

/** The PBX may tell of a telephone that is busy with a call that we sent there: it is one call. */
function callsBy({ counting }: Counts, others: ReadonlyMap<string, Lease>): number {
  const device = others.get(deviceSource)?.state;
  return Math.max(counting, device === 'on-call' || device === 'ringing' ? 1 : 0);
}

/** With what stands in narrower ones. */
function peopleColumns(length: number, from: Columns = {}) {
  const columns = {
    ringing: new Int32Array(length),
    talking: new Int32Array(length),
    counting: new Int32Array(length),
    /** Epoch ms; 0: never. */
    lastAnswered: new Float64Array(length),
    callsAnswered: new Int32Array(length),
  };
  return copyColumns(columns, from);
}
