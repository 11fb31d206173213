import type { Presence } from '../domain/call.ts';
import { type Columns, copyColumns, createNames, type Names, NONE } from './columns.ts';
import { createTextPlaces } from './text-places.ts';

/** One user's part in one call: rung, talking, or over. It ends by itself. */
export type Leg = {
  readonly userId: string;
  /** ringing, on-call, offline (it has ended, and never comes back). */
  readonly state: Presence;
  /** Counts towards the user's limit of calls. A ring that we only proposed to a PBX does not: who knows whether it rang. */
  readonly counts: boolean;
  /** Whose call it is that rings; null: the user's own. */
  readonly queueId: string | null;
  /** Since when, epoch ms. */
  readonly at: number;
  /** When the user answered; null: not yet, or never. */
  readonly answeredAt: number | null;
  /** Epoch ms. */
  readonly expiresAt: number;
};

/**
 * The calls of an organization and their legs, of each user one in each call. Calls and legs are named by their places in
 * columns of numbers (see columns.ts), which are theirs until they are freed.
 */
export type LegTable = {
  /** `NONE`: nothing is known of it. */
  findCall(callId: string): number;
  takeCall(callId: string): number;
  callIdAt(call: number): string;
  /** With its legs. Of closed ones always the oldest. */
  freeCall(call: number): void;
  /** Epoch ms; undefined: it goes on. */
  closedAt(call: number): number | undefined;
  closeCall(call: number, at: number): void;
  /** Of those that were closed the one that was closed first; `NONE`: there are none. */
  oldestClosed(): number;
  countClosed(): number;
  openCalls(): Generator<number>;
  /** The queue that has rung somebody in this call last; undefined: none has. */
  queueOf(call: number): string | undefined;
  setQueue(call: number, queueId: string): void;
  firstLeg(call: number): number;
  nextLeg(leg: number): number;
  callOfLeg(leg: number): number;
  findLeg(call: number, userId: string): number;
  addLeg(call: number, leg: Leg): number;
  readLeg(leg: number): Leg;
  writeLeg(leg: number, value: Leg): void;
  endLeg(leg: number, at: number, expiresAt: number): void;
  freeLeg(leg: number): void;
  isOpen(leg: number): boolean;
  expiresAt(leg: number): number;
  /** How many of the user's devices are still to end, where there are several; else 0. */
  devicesLeft(leg: number): number;
  setDevicesLeft(leg: number, devices: number): void;
  isNews(leg: number): boolean;
  setNews(leg: number, isNews: boolean): void;
};

const states: readonly Presence[] = ['offline', 'online', 'ringing', 'on-call', 'do-not-disturb'];
const OFFLINE = 0;
const FIRST_LEGS = 8;
const MOST_DEVICES = 255;

/** @param users who may have legs */
export function createLegTable(users: Names): LegTable {
  const ids = createTextPlaces();
  const queues = createNames();
  let ofCalls = callColumns(ids.capacity);
  let ofLegs = legColumns(FIRST_LEGS);
  let [usedLegs, firstFreeLeg] = [0, NONE];
  let [oldest, newest, closed] = [NONE, NONE, 0];

  const newLeg = (): number => {
    if (firstFreeLeg !== NONE) {
      const leg = firstFreeLeg;
      firstFreeLeg = ofLegs.next[leg] ?? NONE;
      return leg;
    }
    if (usedLegs === ofLegs.next.length) ofLegs = legColumns(usedLegs * 2, ofLegs);
    usedLegs += 1;
    return usedLegs - 1;
  };
  const leaveLeg = (leg: number): void => {
    ofLegs.next[leg] = firstFreeLeg;
    firstFreeLeg = leg;
  };
  const firstLeg = (call: number): number => ofCalls.firstLeg[call] ?? NONE;
  const nextLeg = (leg: number): number => ofLegs.next[leg] ?? NONE;
  const isClosed = (call: number): boolean => !Number.isNaN(ofCalls.closedAt[call]);
  const writeLeg = (leg: number, value: Leg): void => {
    const { userId, state, counts, queueId, at, answeredAt, expiresAt } = value;
    ofLegs.user[leg] = users.placeOf(userId);
    ofLegs.state[leg] = states.indexOf(state);
    ofLegs.counts[leg] = counts ? 1 : 0;
    ofLegs.queue[leg] = queueId === null ? NONE : queues.placeOf(queueId);
    ofLegs.at[leg] = at;
    ofLegs.answeredAt[leg] = answeredAt ?? Number.NaN;
    ofLegs.expiresAt[leg] = expiresAt;
  };

  return {
    findCall: ids.find,
    takeCall(callId) {
      const call = ids.take(callId);
      if (ids.capacity > ofCalls.firstLeg.length) ofCalls = callColumns(ids.capacity, ofCalls);
      ofCalls.isTaken[call] = 1;
      ofCalls.firstLeg[call] = NONE;
      ofCalls.closedAt[call] = Number.NaN;
      ofCalls.queue[call] = NONE;
      return call;
    },
    callIdAt: ids.textAt,
    freeCall(call) {
      for (let leg = firstLeg(call); leg !== NONE; ) {
        const next = nextLeg(leg);
        leaveLeg(leg);
        leg = next;
      }
      if (call === oldest) {
        oldest = ofCalls.after[call] ?? NONE;
        closed -= 1;
      }
      ofCalls.isTaken[call] = 0;
      ids.free(call);
    },
    closedAt: (call) => (isClosed(call) ? ofCalls.closedAt[call] : undefined),
    closeCall(call, at) {
      ofCalls.closedAt[call] = at;
      ofCalls.after[call] = NONE;
      if (oldest === NONE) oldest = call;
      else ofCalls.after[newest] = call;
      newest = call;
      closed += 1;
    },
    oldestClosed: () => oldest,
    countClosed: () => closed,
    *openCalls() {
      for (let call = 0; call < ofCalls.isTaken.length; call += 1) {
        if (ofCalls.isTaken[call] === 1 && !isClosed(call)) yield call;
      }
    },
    queueOf: (call) => queues.nameAt(ofCalls.queue[call] ?? NONE),
    setQueue(call, queueId) {
      ofCalls.queue[call] = queues.placeOf(queueId);
    },
    firstLeg,
    nextLeg,
    callOfLeg: (leg) => ofLegs.call[leg] ?? NONE,
    findLeg(call, userId) {
      const user = users.find(userId);
      // Whoever was never heard of is in no call; asking does not make them known.
      let leg = user === NONE ? NONE : firstLeg(call);
      while (leg !== NONE && ofLegs.user[leg] !== user) leg = nextLeg(leg);
      return leg;
    },
    addLeg(call, value) {
      const leg = newLeg();
      ofLegs.call[leg] = call;
      ofLegs.next[leg] = NONE;
      ofLegs.devicesLeft[leg] = 0;
      ofLegs.isNews[leg] = 0;
      writeLeg(leg, value);
      // Behind the others: whoever was rung first comes first.
      let last = firstLeg(call);
      if (last === NONE) ofCalls.firstLeg[call] = leg;
      else {
        for (let next = nextLeg(last); next !== NONE; next = nextLeg(last)) last = next;
        ofLegs.next[last] = leg;
      }
      return leg;
    },
    readLeg(leg) {
      const answeredAt = ofLegs.answeredAt[leg] ?? Number.NaN;
      return {
        userId: users.nameAt(ofLegs.user[leg] ?? NONE) ?? '',
        state: states[ofLegs.state[leg] ?? OFFLINE] ?? 'offline',
        counts: ofLegs.counts[leg] === 1,
        queueId: queues.nameAt(ofLegs.queue[leg] ?? NONE) ?? null,
        at: ofLegs.at[leg] ?? 0,
        answeredAt: Number.isNaN(answeredAt) ? null : answeredAt,
        expiresAt: ofLegs.expiresAt[leg] ?? 0,
      };
    },
    writeLeg,
    endLeg(leg, at, expiresAt) {
      ofLegs.state[leg] = OFFLINE;
      ofLegs.at[leg] = at;
      ofLegs.expiresAt[leg] = expiresAt;
    },
    freeLeg(leg) {
      const call = ofLegs.call[leg] ?? NONE;
      if (firstLeg(call) === leg) ofCalls.firstLeg[call] = nextLeg(leg);
      else {
        let before = firstLeg(call);
        while (nextLeg(before) !== leg) before = nextLeg(before);
        ofLegs.next[before] = nextLeg(leg);
      }
      leaveLeg(leg);
    },
    isOpen: (leg) => ofLegs.state[leg] !== OFFLINE,
    expiresAt: (leg) => ofLegs.expiresAt[leg] ?? 0,
    devicesLeft: (leg) => ofLegs.devicesLeft[leg] ?? 0,
    setDevicesLeft(leg, devices) {
      ofLegs.devicesLeft[leg] = Math.min(devices, MOST_DEVICES);
    },
    isNews: (leg) => ofLegs.isNews[leg] === 1,
    setNews(leg, isNews) {
      ofLegs.isNews[leg] = Number(isNews);
    },
  };
}

/** With what stands in narrower ones. */
function callColumns(length: number, from: Columns = {}) {
  const columns = {
    isTaken: new Uint8Array(length),
    firstLeg: new Int32Array(length),
    closedAt: new Float64Array(length),
    queue: new Int32Array(length),
    /** Of a closed one, the one that was closed next. */
    after: new Int32Array(length),
  };
  return copyColumns(columns, from);
}

function legColumns(length: number, from: Columns = {}) {
  const columns = {
    call: new Int32Array(length),
    user: new Int32Array(length),
    state: new Uint8Array(length),
    counts: new Uint8Array(length),
    queue: new Int32Array(length),
    at: new Float64Array(length),
    answeredAt: new Float64Array(length),
    expiresAt: new Float64Array(length),
    devicesLeft: new Uint8Array(length),
    isNews: new Uint8Array(length),
    /** The next leg of the same call; of a free one, the next free one. */
    next: new Int32Array(length),
  };
  return copyColumns(columns, from);
}
