import type { Facts, Presence } from '../domain/call.ts';
import { createCallMap } from './call-map.ts';

/**
 * What one process knows about the people of one organization at this moment. Kept up to date call by call, so that
 * the facts of a decision are there without a loop and without a copy.
 */

/** Why somebody is ringing, talking or there: a call, a browser, the PBX' word about a telephone. It ends by itself. */
export type Lease = {
  /** `call:<call id>`, `socket:<process id>`, `device`. */
  readonly source: string;
  readonly userId: string;
  /** Of a call: ringing, on-call, offline (the leg has ended, and never comes back). */
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

export type PresenceMemory = {
  /** Changed as calls come and go: read it at once, keep nothing of it. */
  readonly facts: Facts;
  /** The facts without this call's own part in them: what holds for it when it is asked about again. */
  factsWithout(callId: string): Facts;
  /** Takes a lease, and gives it as it is known now. Undefined: it says nothing new. A leg of a call never goes back. */
  put(lease: Lease): Lease | undefined;
  putLeg(callId: string, lease: Lease): Lease | undefined;
  /** Leases of one call, one of each user, ended ones too. */
  legsOf(callId: string): readonly Lease[];
  /** Nobody rings or talks in this call any more, whatever comes late. Gives the leases that this ended. */
  closeCall(callId: string, at: number): readonly Lease[];
  isClosed(callId: string): boolean;
  noteRung(queueId: string, userId: string): void;
  /** What was counted before this process began: the last answer of a queue's call, and how many there were today. */
  recall(userId: string, lastAnswered: number, answeredToday: number): void;
  setWaiting(queueId: string, callers: number): void;
  /** Counts of queue calls begin anew at this instant. */
  beginDay(from: number): void;
  stateOf(userId: string): Presence;
  /** Takes away what has run out. */
  sweep(now: number): void;
};

type Person = {
  /** Legs that ring, that talk, and those of both that count towards the limit. */
  ringing: number;
  talking: number;
  counting: number;
  readonly others: ReadonlyMap<string, Lease>;
};
type KnownPerson = Person & { others: ReadonlyMap<string, Lease> };
/** Few people ring in a call: a list takes a fifth of the room of a `Map`, which the collector would carry along. */
type LiveCall = { readonly legs: Lease[]; readonly closedAt: number | null };

const nobody: readonly Lease[] = [];
const nothing: ReadonlyMap<string, Lease> = new Map();

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
  const people = new Map<string, KnownPerson>();
  const calls = createCallMap<LiveCall>();
  /** In the order in which they ended, so that nobody walks through all of them. */
  const closed = createCallMap<LiveCall>();
  const facts = {
    presence: emptyRecord<Presence>(),
    callsInProgress: emptyRecord<number>(),
    lastAnswered: emptyRecord<number>(),
    callsAnswered: emptyRecord<number>(),
    lastRung: emptyRecord<string>(),
    waiting: emptyRecord<number>(),
  };
  let dayFrom = 0;

  const callOf = (callId: string): LiveCall => {
    const known = calls.get(callId) ?? closed.get(callId);
    if (known !== undefined) return known;
    const call = { legs: [], closedAt: null };
    calls.set(callId, call);
    return call;
  };
  const personOf = (userId: string): KnownPerson => {
    const known = people.get(userId);
    if (known !== undefined) return known;
    const person = { ringing: 0, talking: 0, counting: 0, others: nothing };
    people.set(userId, person);
    return person;
  };
  const refresh = (userId: string, person: Person): void => {
    const state = stateOfPerson(person);
    const count = callsOf(person);
    if (state === 'offline') delete facts.presence[userId];
    else facts.presence[userId] = state;
    // Said aloud where nothing counts: the resolver would count somebody who rings.
    if (count === 0 && state !== 'ringing') delete facts.callsInProgress[userId];
    else facts.callsInProgress[userId] = count;
    if (person.ringing + person.talking === 0 && person.others.size === 0) people.delete(userId);
  };
  const recount = (userId: string, before: Lease | undefined, after: Lease | undefined): void => {
    const person = personOf(userId);
    if (before !== undefined) add(person, before, -1);
    if (after !== undefined) add(person, after, 1);
    refresh(userId, person);
  };
  const noteAnswered = (userId: string, at: number): void => {
    facts.lastAnswered[userId] = Math.max(facts.lastAnswered[userId] ?? 0, at);
    if (at >= dayFrom) facts.callsAnswered[userId] = (facts.callsAnswered[userId] ?? 0) + 1;
  };
  const putLeg = (callId: string, lease: Lease): Lease | undefined => {
    const call = callOf(callId);
    const { userId, state } = lease;
    const at = call.legs.findIndex((leg) => leg.userId === userId);
    const before = call.legs[at];
    const isCounted = before?.state === state && lease.counts && !before.counts;
    const isNews = before === undefined || rank[state] > rank[before.state] || isCounted;
    const answersNow = lease.answeredAt !== null && (before?.answeredAt ?? null) === null;
    const isLonger = before?.state === state && lease.expiresAt > before.expiresAt;
    if (call.closedAt !== null && state !== 'offline') return undefined;
    if (!isNews && !answersNow && !isLonger) return undefined;
    const queueId = before?.queueId ?? lease.queueId;
    const answeredAt = before?.answeredAt ?? lease.answeredAt;
    // An answer that is told when the leg is over already is one all the same.
    const kept = isNews || before === undefined || isLonger ? lease : before;
    const isWhole = kept.queueId === queueId && kept.answeredAt === answeredAt;
    const after = isWhole ? kept : { ...kept, queueId, answeredAt };
    if (before === undefined) call.legs.push(after);
    else call.legs[at] = after;
    recount(userId, before, after);
    if (answersNow && queueId !== null) noteAnswered(userId, lease.answeredAt ?? lease.at);
    return after;
  };
  const putOther = (lease: Lease): Lease | undefined => {
    const person = personOf(lease.userId);
    const before = person.others.get(lease.source);
    if (before !== undefined && before.at > lease.at) return undefined;
    person.others = new Map(person.others).set(lease.source, lease);
    refresh(lease.userId, person);
    return before?.state !== lease.state || before.expiresAt < lease.expiresAt ? lease : undefined;
  };

  return {
    facts,
    factsWithout(callId) {
      const legs = calls.get(callId)?.legs;
      if (legs === undefined) return facts;
      const open = legs.filter(isOpen);
      if (open.length === 0) return facts;
      // Never a copy of what is known of everybody: that would cost more the more people there are.
      const own = { presence: emptyRecord<Presence>(), callsInProgress: emptyRecord<number>() };
      for (const lease of open) {
        const { userId } = lease;
        const without = { ...personOf(userId) };
        add(without, lease, -1);
        own.presence[userId] = stateOfPerson(without);
        own.callsInProgress[userId] = callsOf(without);
      }
      return { ...facts, withoutThisCall: own };
    },
    put: (lease) =>
      lease.source.startsWith(callPrefix)
        ? putLeg(lease.source.slice(callPrefix.length), lease)
        : putOther(lease),
    putLeg,
    legsOf: (callId) => (calls.get(callId) ?? closed.get(callId))?.legs ?? nobody,
    closeCall(callId, at) {
      if (closed.get(callId) !== undefined) return [];
      const legs = calls.get(callId)?.legs ?? [];
      const ended: Lease[] = [];
      for (const lease of legs) {
        if (!isOpen(lease)) continue;
        const after = putLeg(callId, over(lease, at));
        if (after !== undefined) ended.push(after);
      }
      calls.delete(callId);
      closed.set(callId, { legs, closedAt: at });
      return ended;
    },
    isClosed: (callId) => closed.get(callId) !== undefined,
    noteRung(queueId, userId) {
      facts.lastRung[queueId] = userId;
    },
    recall(userId, lastAnswered, answeredToday) {
      facts.lastAnswered[userId] = Math.max(facts.lastAnswered[userId] ?? 0, lastAnswered);
      if (answeredToday === 0) return;
      facts.callsAnswered[userId] = Math.max(facts.callsAnswered[userId] ?? 0, answeredToday);
    },
    setWaiting(queueId, callers) {
      if (callers === 0) delete facts.waiting[queueId];
      else facts.waiting[queueId] = callers;
    },
    beginDay(from) {
      if (from === dayFrom) return;
      // What was counted before anybody asked for the first time is of today.
      const isFirst = dayFrom === 0;
      dayFrom = from;
      if (isFirst) return;
      for (const userId of Object.keys(facts.callsAnswered)) delete facts.callsAnswered[userId];
    },
    stateOf: (userId) => facts.presence[userId] ?? 'offline',
    sweep(now) {
      let surplus = closed.size - mostClosed;
      for (const [callId, { closedAt }] of closed.entries()) {
        if (surplus <= 0 && closedAt !== null && closedAt + afterCallMs > now) break;
        closed.delete(callId);
        surplus -= 1;
      }
      for (const [callId, call] of calls.entries()) {
        for (const lease of call.legs.filter((leg) => isOpen(leg) && leg.expiresAt <= now)) {
          call.legs.splice(call.legs.indexOf(lease), 1);
          recount(lease.userId, lease, undefined);
        }
        if (isForgotten(call, now)) calls.delete(callId);
      }
      for (const [userId, person] of people) {
        const there = [...person.others].filter(([, lease]) => lease.expiresAt > now);
        if (there.length === person.others.size) continue;
        person.others = new Map(there);
        refresh(userId, person);
      }
    },
  };
}

export const callPrefix = 'call:';

export function over(lease: Lease, at: number): Lease {
  return { ...lease, state: 'offline', at, expiresAt: at + afterCallMs };
}

export function isOpen(lease: Lease): boolean {
  return lease.state !== 'offline';
}

function add(person: Person, { state, counts }: Lease, sign: 1 | -1): void {
  if (state === 'ringing') person.ringing += sign;
  if (state === 'on-call') person.talking += sign;
  if (counts && state !== 'offline') person.counting += sign;
}

/** Nobody rings or talks, and the last news is some time ago. */
function isForgotten(call: LiveCall, now: number): boolean {
  for (const lease of call.legs) if (isOpen(lease) || lease.expiresAt > now) return false;
  return true;
}

/** The PBX' word that a telephone is not to be disturbed wins, as the user's own would; then calls, then being there. */
function stateOfPerson({ ringing, talking, others }: Person): Presence {
  const device = others.get(deviceSource)?.state;
  if (device === 'do-not-disturb') return device;
  if (talking > 0 || device === 'on-call') return 'on-call';
  if (ringing > 0 || device === 'ringing') return 'ringing';
  for (const lease of others.values()) if (isOpen(lease)) return 'online';
  return 'offline';
}

/** The PBX may tell of a telephone that is busy with a call that we sent there: it is one call. */
function callsOf({ counting, others }: Person): number {
  const device = others.get(deviceSource)?.state;
  return Math.max(counting, device === 'on-call' || device === 'ringing' ? 1 : 0);
}

export const deviceSource = 'device';

/** Without a prototype: keys are ids, and come and go. */
function emptyRecord<Value>(): Record<string, Value> {
  return Object.create(null);
}
