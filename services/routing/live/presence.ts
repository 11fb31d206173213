import type { CallLog, CallLogEntry } from '../calls/call-log.ts';
import type { Presence as PresenceState } from '../domain/call.ts';
import type { Directory } from '../domain/directory.ts';
import type { FactsSource } from '../domain/facts.ts';
import { firstInstantOfDay, localDay, zoneNamed } from '../domain/local-time.ts';
import type { Clock } from '../ports.ts';
import { buildCallWatch, type CallWatch } from './presence-calls.ts';
import { buildPresenceMemory, callOf, type PresenceChanges, type PresenceMemory } from './presence-memory.ts';
import { deviceSource, type Lease } from './presence-people.ts';

/** A telephone as its PBX describes it. */
export type DeviceReport = { readonly userId: string; readonly state: PresenceState };

/** People of all organizations, as far as this process knows: never I/O, and never an error. */
export type Presence = CallLog & {
  /** Right after the answer of every call event. */
  note(entry: CallLogEntry): void;
  /** What is known of now, without this call's own part. Valid until the event loop's next turn. */
  readonly factsOf: FactsSource;
  /** From calls, browsers and telephones; the user's own do-not-disturb is in the directory and wins (`presenceOf`). */
  stateOf(organizationId: string, userId: string): PresenceState;
  /** A websocket of the user is open, until `disconnected`. */
  connected(organizationId: string, userId: string, socketId: string): void;
  disconnected(organizationId: string, userId: string, socketId: string): void;
  report(organizationId: string, devices: readonly DeviceReport[], expiresAt: number): void;
  setWaiting(organizationId: string, queueId: string, callers: number): void;
};

/** The other side of the memory: for who writes it down and reads what others wrote. */
export type PresenceExchange = {
  /** Takes what has changed since the last time, by organization. */
  takeChanges(): ReadonlyMap<string, PresenceChanges>;
  /** What others wrote: of this process' own sockets it knows better. */
  learn(organizationId: string, leases: readonly Lease[]): void;
  /** What another process has told just now. */
  learnChanges(organizationId: string, changes: PresenceChanges): void;
  memoryOf(organizationId: string): PresenceMemory;
  /** Counts of today are those of this day. */
  beginDay(directory: Directory, now: number): void;
  /** Sockets are there for another while. */
  renew(): void;
  /** This process ends, and all its sockets with it. */
  leave(): void;
  sweep(): void;
};

export type PresencePorts = { readonly clock: Clock; readonly processId: string };

/** Longer than three rounds of renewal. */
const socketLifeMs = 70_000;
/** Of an organization while Postgres does not answer: calls come and go, and only their last state is kept. */
const mostPending = 50_000;

/** What the memory has given out, in the order of the news; what comes twice is sorted out when it is taken. */
type Pending = {
  leases: Lease[];
  closedCalls: PresenceChanges['closedCalls'];
  readonly rung: Map<string, { readonly userId: string; readonly at: number }>;
};
type Watched = {
  readonly memory: PresenceMemory;
  readonly calls: CallWatch;
  readonly sockets: Map<string, Set<string>>;
  pending: Pending;
  dayEndsAt: number;
};

export function buildPresence({ clock, processId }: PresencePorts): Presence & PresenceExchange {
  const organizations = new Map<string, Watched>();
  const watched = (organizationId: string): Watched => {
    const known = organizations.get(organizationId);
    if (known !== undefined) return known;
    const begun = buildWatched(clock);
    organizations.set(organizationId, begun);
    return begun;
  };
  const put = (known: Watched, lease: Lease): void => {
    if (known.memory.putOther(lease)) keep(known.pending, lease);
  };
  const socketSource = `socket:${processId}`;
  const socketLease = (userId: string, state: PresenceState): Lease => {
    const at = clock.now();
    return {
      source: socketSource,
      userId,
      state,
      counts: false,
      queueId: null,
      at,
      answeredAt: null,
      expiresAt: at + socketLifeMs,
    };
  };
  const learn = (organizationId: string, leases: readonly Lease[]): void => {
    const { memory } = watched(organizationId);
    const now = clock.now();
    for (const lease of leases) {
      const isNews = lease.state === 'offline' || lease.expiresAt > now;
      const callId = callOf(lease);
      if (!isNews) continue;
      if (callId !== undefined) memory.learnLeg(callId, lease);
      else if (lease.source !== socketSource) memory.putOther(lease);
    }
  };
  const note = (entry: CallLogEntry): void => watched(entry.organizationId).calls.note(entry);

  return {
    note,
    append: note,
    factsOf(directory, callId, now) {
      const known = watched(directory.organizationId);
      if (now >= known.dayEndsAt) beginDay(known, directory, now);
      return known.memory.factsWithout(callId);
    },
    stateOf: (organizationId, userId) =>
      organizations.get(organizationId)?.memory.stateOf(userId) ?? 'offline',
    connected(organizationId, userId, socketId) {
      const known = watched(organizationId);
      const sockets = known.sockets.get(userId) ?? new Set();
      known.sockets.set(userId, sockets.add(socketId));
      if (sockets.size === 1) put(known, socketLease(userId, 'online'));
    },
    disconnected(organizationId, userId, socketId) {
      const known = watched(organizationId);
      const sockets = known.sockets.get(userId);
      if (sockets?.delete(socketId) !== true || sockets.size > 0) return;
      known.sockets.delete(userId);
      put(known, socketLease(userId, 'offline'));
    },
    report(organizationId, devices, expiresAt) {
      const known = watched(organizationId);
      const rest = {
        source: deviceSource,
        counts: false,
        queueId: null,
        at: clock.now(),
        answeredAt: null,
        expiresAt,
      };
      for (const { userId, state } of devices) put(known, { ...rest, userId, state });
    },
    setWaiting: (organizationId, queueId, callers) =>
      watched(organizationId).memory.setWaiting(queueId, callers),
    takeChanges() {
      const taken = new Map<string, PresenceChanges>();
      for (const [organizationId, known] of organizations) {
        // What the memory gives out at once has each leg once.
        const isRepeated = known.pending.leases.length > 0;
        settle(known);
        const { leases, closedCalls, rung } = known.pending;
        if (leases.length + closedCalls.length + rung.size === 0) continue;
        known.pending = emptyPending();
        taken.set(organizationId, {
          leases: isRepeated ? latest(leases) : leases,
          closedCalls,
          rung: [...rung].map(([queueId, last]) => ({ queueId, ...last })),
        });
      }
      return taken;
    },
    learn,
    learnChanges(organizationId, { leases, closedCalls, rung }) {
      const { memory } = watched(organizationId);
      learn(organizationId, leases);
      for (const { callId, at } of closedCalls) memory.learnClosed(callId, at);
      for (const { queueId, userId } of rung) memory.noteRung(queueId, userId);
    },
    memoryOf: (organizationId) => watched(organizationId).memory,
    beginDay(directory, now) {
      const known = watched(directory.organizationId);
      if (now >= known.dayEndsAt) beginDay(known, directory, now);
    },
    leave() {
      for (const known of organizations.values()) {
        for (const userId of known.sockets.keys()) put(known, socketLease(userId, 'offline'));
        known.sockets.clear();
      }
    },
    renew() {
      for (const known of organizations.values()) {
        for (const userId of known.sockets.keys()) put(known, socketLease(userId, 'online'));
      }
    },
    sweep() {
      for (const known of organizations.values()) {
        settle(known);
        known.memory.sweep(clock.now());
        known.calls.sweep();
      }
    },
  };
}

function buildWatched(clock: Clock): Watched {
  const memory = buildPresenceMemory();
  const onRung = (queueId: string, userId: string, at: number): void =>
    void known.pending.rung.set(queueId, { userId, at });
  const known: Watched = {
    memory,
    calls: buildCallWatch(memory, onRung, clock.now),
    sockets: new Map(),
    pending: emptyPending(),
    dayEndsAt: 0,
  };
  return known;
}

function emptyPending(): Pending {
  return { leases: [], closedCalls: [], rung: new Map() };
}

/** What is news of calls is kept outside the memory, which may forget calls from now on. */
function settle({ memory, pending }: Watched): void {
  const { leases, closedCalls } = memory.takeNews();
  for (const lease of leases) keep(pending, lease);
  pending.closedCalls = [...pending.closedCalls, ...closedCalls].slice(-mostPending);
}

/** Of thousands of telephones and browsers, one after the other: nothing is copied for each. */
function keep(pending: Pending, lease: Lease): void {
  pending.leases.push(lease);
  if (pending.leases.length >= 2 * mostPending) pending.leases = latest(pending.leases).slice(-mostPending);
}

/** One after the other, and no more than can wait: then the oldest are lost. */
export function mergeChanges(batches: readonly PresenceChanges[]): PresenceChanges {
  const [only] = batches;
  if (only !== undefined && batches.length === 1) return only;
  const rung = new Map(batches.flatMap((batch) => batch.rung.map((last) => [last.queueId, last] as const)));
  return {
    leases: latest(batches.flatMap(({ leases }) => leases)).slice(-mostPending),
    closedCalls: batches.flatMap(({ closedCalls }) => closedCalls).slice(-mostPending),
    rung: [...rung.values()],
  };
}

/**
 * The last news of each source and user. Found by the user, whose id is a text that lives on, and most have one source: a
 * text made of both would be made and hashed for every lease.
 */
function latest(leases: readonly Lease[]): Lease[] {
  const sources = new Map<string, string | Set<string>>();
  const isLast = ({ userId, source }: Lease): boolean => {
    const later = sources.get(userId);
    if (later === source) return false;
    if (later instanceof Set) return !later.has(source) && later.add(source).has(source);
    sources.set(userId, later === undefined ? source : new Set([later, source]));
    return true;
  };
  return leases.toReversed().filter(isLast).reverse();
}

/** Calls are counted by the organization's local day. */
function beginDay(known: Watched, { organization }: Directory, now: number): void {
  const zone = zoneNamed(organization.timeZone);
  const day = localDay(zone, now);
  known.memory.beginDay(firstInstantOfDay(zone, day));
  known.dayEndsAt = firstInstantOfDay(zone, day + 1);
}
