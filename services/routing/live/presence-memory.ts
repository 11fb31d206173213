import type { Facts, Presence } from '../domain/call.ts';
import { createNames, NONE } from './columns.ts';
import { createLegTable, type Leg } from './leg-table.ts';
import { createPeople, type Lease, type People } from './presence-people.ts';

/** What has happened here and the other processes do not know yet. */
export type PresenceChanges = {
  /** The last news of each source and user. */
  readonly leases: readonly Lease[];
  readonly closedCalls: readonly { readonly callId: string; readonly at: number }[];
  readonly rung: readonly { readonly queueId: string; readonly userId: string; readonly at: number }[];
};

/**
 * What one process knows about the people of one organization at this moment. Kept up to date call by call, so that
 * the facts of a decision are there without a loop and without a copy.
 */
export type PresenceMemory = Pick<
  People,
  'facts' | 'stateOf' | 'putOther' | 'noteRung' | 'recall' | 'setWaiting' | 'beginDay'
> & {
  /** The facts without this call's own part in them: what holds for it when it is asked about again. */
  factsWithout(callId: string): Facts;
  /** A leg never goes back. What is put is news to the others, what is learned is from them. */
  putLeg(callId: string, leg: Leg): void;
  learnLeg(callId: string, leg: Leg): void;
  legOf(callId: string, userId: string): Leg | undefined;
  /** One of each user, ended ones too. */
  legsOf(callId: string): readonly Leg[];
  /** Nobody rings or talks in this call any more, whatever comes late. */
  closeCall(callId: string, at: number): void;
  learnClosed(callId: string, at: number): void;
  isClosed(callId: string): boolean;
  /** False: it is this queue that rings in the call already. */
  beginQueue(callId: string, queueId: string): boolean;
  /** How many of the devices that ring for a leg are still to end, where there are several; else 0. */
  devicesLeft(callId: string, userId: string): number;
  setDevicesLeft(callId: string, userId: string, devices: number): void;
  /** Legs that were put and calls that were closed since the last time, as they are now. */
  takeNews(): Pick<PresenceChanges, 'leases' | 'closedCalls'>;
  /** Takes away what has run out. News that nobody has taken may be lost. */
  sweep(now: number): void;
};

/** Of calls that are over: some hundred a second for as long as they are remembered. */
const mostClosed = 50_000;
/** How long a call that is over keeps late news about it from being believed. */
const afterCallMs = 2 * 60_000;
const rank: Readonly<Record<Presence, number>> = {
  online: 0,
  'do-not-disturb': 0,
  ringing: 1,
  'on-call': 2,
  offline: 3,
};

export function buildPresenceMemory(): PresenceMemory {
  const users = createNames();
  const people = createPeople(users);
  const table = createLegTable(users);
  /** Places of legs and calls. */
  let newsOfLegs: number[] = [];
  let newsOfCalls: number[] = [];

  const takeCall = (callId: string): number => {
    const call = table.findCall(callId);
    return call === NONE ? table.takeCall(callId) : call;
  };
  const findLeg = (callId: string, userId: string): number => {
    const call = table.findCall(callId);
    return call === NONE ? NONE : table.findLeg(call, userId);
  };
  const readLegs = (call: number): readonly Leg[] => {
    const legs: Leg[] = [];
    if (call === NONE) return legs;
    for (let leg = table.firstLeg(call); leg !== NONE; leg = table.nextLeg(leg))
      legs.push(table.readLeg(leg));
    return legs;
  };
  /** The place of the leg; `NONE`: this is no news. */
  const write = (call: number, leg: Leg): number => {
    if (table.closedAt(call) !== undefined && leg.state !== 'offline') return NONE;
    const place = table.findLeg(call, leg.userId);
    const before = place === NONE ? undefined : table.readLeg(place);
    const after = before === undefined ? leg : later(before, leg);
    if (after === undefined) return NONE;
    people.change(leg.userId, before, after);
    const isAnswer = (before?.answeredAt ?? null) === null && after.answeredAt !== null;
    if (isAnswer && after.queueId !== null) people.noteAnswered(leg.userId, after.answeredAt ?? leg.at);
    if (place === NONE) return table.addLeg(call, after);
    table.writeLeg(place, after);
    return place;
  };
  const note = (leg: number): void => {
    if (leg === NONE || table.isNews(leg)) return;
    table.setNews(leg, true);
    newsOfLegs.push(leg);
  };
  /** @param each for the place of each leg that this ended; false: it was closed already */
  const close = (call: number, at: number, each: (leg: number) => void): boolean => {
    if (table.closedAt(call) !== undefined) return false;
    for (let leg = table.firstLeg(call); leg !== NONE; leg = table.nextLeg(leg)) {
      if (!table.isOpen(leg)) continue;
      const before = table.readLeg(leg);
      people.change(before.userId, before, undefined);
      table.endLeg(leg, at, at + afterCallMs);
      each(leg);
    }
    table.closeCall(call, at);
    return true;
  };
  const sweepClosed = (now: number): void => {
    let surplus = table.countClosed() - mostClosed;
    for (let call = table.oldestClosed(); call !== NONE; call = table.oldestClosed()) {
      if (surplus <= 0 && (table.closedAt(call) ?? 0) + afterCallMs > now) return;
      table.freeCall(call);
      surplus -= 1;
    }
  };
  const sweepOpen = (call: number, now: number): void => {
    let isRemembered = false;
    for (let leg = table.firstLeg(call); leg !== NONE; ) {
      const next = table.nextLeg(leg);
      const isDue = table.expiresAt(leg) <= now;
      isRemembered ||= !isDue;
      if (isDue && table.isOpen(leg)) {
        const before = table.readLeg(leg);
        table.freeLeg(leg);
        people.change(before.userId, before, undefined);
      }
      leg = next;
    }
    if (!isRemembered) table.freeCall(call);
  };

  return {
    ...people,
    factsWithout(callId) {
      const call = table.findCall(callId);
      if (call === NONE || table.firstLeg(call) === NONE) return people.facts;
      const open = readLegs(call).filter(isOpen);
      return open.length === 0 ? people.facts : people.factsWithout(open);
    },
    putLeg: (callId, leg) => note(write(takeCall(callId), leg)),
    learnLeg: (callId, leg) => void write(takeCall(callId), leg),
    legOf(callId, userId) {
      const leg = findLeg(callId, userId);
      return leg === NONE ? undefined : table.readLeg(leg);
    },
    legsOf: (callId) => readLegs(table.findCall(callId)),
    closeCall(callId, at) {
      const call = takeCall(callId);
      if (close(call, at, note)) newsOfCalls.push(call);
    },
    learnClosed: (callId, at) => void close(takeCall(callId), at, () => undefined),
    isClosed(callId) {
      const call = table.findCall(callId);
      return call !== NONE && table.closedAt(call) !== undefined;
    },
    beginQueue(callId, queueId) {
      const call = takeCall(callId);
      if (table.queueOf(call) === queueId) return false;
      table.setQueue(call, queueId);
      return true;
    },
    devicesLeft(callId, userId) {
      const leg = findLeg(callId, userId);
      return leg === NONE ? 0 : table.devicesLeft(leg);
    },
    setDevicesLeft(callId, userId, devices) {
      const leg = findLeg(callId, userId);
      if (leg !== NONE) table.setDevicesLeft(leg, devices);
    },
    takeNews() {
      const leases = newsOfLegs.map((leg): Lease => {
        table.setNews(leg, false);
        return Object.assign(table.readLeg(leg), { source: sourceOf(table.callIdAt(table.callOfLeg(leg))) });
      });
      const closedCalls = newsOfCalls.map((call) => ({
        callId: table.callIdAt(call),
        at: table.closedAt(call) ?? 0,
      }));
      newsOfLegs = [];
      newsOfCalls = [];
      return { leases, closedCalls };
    },
    sweep(now) {
      sweepClosed(now);
      for (const call of table.openCalls()) sweepOpen(call, now);
      people.sweep(now);
    },
  };
}

const callPrefix = 'call:';

function sourceOf(callId: string): string {
  return `${callPrefix}${callId}`;
}

/** Undefined: a browser's or a telephone's. */
export function callOf({ source }: Lease): string | undefined {
  return source.startsWith(callPrefix) ? source.slice(callPrefix.length) : undefined;
}

/** What is known of a leg once `told` is too; undefined: nothing new. It goes on, from ringing to talking to its end. */
function later(before: Leg, told: Leg): Leg | undefined {
  const isCounted = before.state === told.state && told.counts && !before.counts;
  const isOn = rank[told.state] > rank[before.state] || isCounted;
  const isLonger = before.state === told.state && told.expiresAt > before.expiresAt;
  const isAnswer = told.answeredAt !== null && before.answeredAt === null;
  if (!isOn && !isLonger && !isAnswer) return undefined;
  const queueId = before.queueId ?? told.queueId;
  const answeredAt = before.answeredAt ?? told.answeredAt;
  // An answer that is told when the leg is over already is one all the same.
  return { ...(isOn || isLonger ? told : before), queueId, answeredAt };
}

export function over(leg: Leg, at: number): Leg {
  return { ...leg, state: 'offline', at, expiresAt: at + afterCallMs };
}

export function isOpen(leg: Leg): boolean {
  return leg.state !== 'offline';
}
