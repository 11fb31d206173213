import type { CallLogEntry } from '../calls/call-log.ts';
import type { Step } from '../domain/decision.ts';
import { callPrefix, isOpen, type Lease, over, type PresenceMemory } from './presence-memory.ts';

/** What the events of calls say about the people who are rung and talk. Runs behind every answer: no I/O, no loops over people. */

export type PresenceNews = {
  changed(lease: Lease): void;
  /** Every leg of this call is over, also those that only others know about. */
  closed(callId: string, at: number): void;
  rung(queueId: string, userId: string, at: number): void;
};

type Entry<Type extends CallLogEntry['type']> = Extract<CallLogEntry, { type: Type }>;

/** What is known of a call beside its legs, until it is over; only where there is something to know. */
type CallNotes = {
  /** How many devices of a user are still to end, of those who have several. */
  readonly devices: Map<string, number>;
  readonly endedLegs: Set<string>;
  readonly answeredLegs: Map<string, string>;
  /** Queues that have rung somebody in this call. */
  readonly queues: Set<string>;
};

/** Carriers tell that a ring is over when its time is; this much later nobody believes in it any more. */
const ringSlackMs = 15_000;
/** What a `<Dial>` may last, and some minutes for the news of its end. */
const longestTalkMs = 250 * 60_000;
/** A PBX that has never told the end of a call may never do so, and its people are not to be busy for hours. */
const untoldTalkMs = 15 * 60_000;

const endStatuses = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

export type CallWatch = {
  note(entry: CallLogEntry): void;
  /** Forgets what nobody can tell about any more. */
  sweep(): void;
};

/** No queue rings a member for longer. */
const longestOfferMs = 300_000;
/** What is told about a call that is long over comes later than this. */
const lateMs = 2 * 60_000;

export function buildCallWatch(memory: PresenceMemory, news: PresenceNews, now: () => number): CallWatch {
  const notes = new Map<string, CallNotes>();
  let tellsEnds = false;
  const notesOf = (callId: string): CallNotes => {
    let known = notes.get(callId);
    if (known === undefined) {
      known = { devices: new Map(), endedLegs: new Set(), answeredLegs: new Map(), queues: new Set() };
      notes.set(callId, known);
    }
    return known;
  };
  const legOf = (callId: string, userId: string): Lease | undefined =>
    memory.legsOf(callId).find((lease) => lease.userId === userId);
  const put = (callId: string, lease: Lease): void => {
    const after = memory.putLeg(callId, lease);
    if (after !== undefined) news.changed(after);
  };
  const close = ({ callId, at }: CallLogEntry): void => {
    notes.delete(callId);
    for (const lease of memory.closeCall(callId, at)) news.changed(lease);
    news.closed(callId, at);
  };
  const talkMs = ({ carrier }: CallLogEntry): number =>
    carrier === 'twilio' || tellsEnds ? longestTalkMs : untoldTalkMs;

  const ring = (entry: CallLogEntry, step: Step | undefined): void => {
    if (step?.action !== 'ring' || memory.isClosed(entry.callId)) return;
    const { callId, at } = entry;
    const queueId = step.queueId ?? null;
    const [first] = step.targets;
    if (queueId !== null && first !== undefined && !notesOf(callId).queues.has(queueId)) {
      notesOf(callId).queues.add(queueId);
      memory.noteRung(queueId, first.userId);
      news.rung(queueId, first.userId, at);
    }
    const source = `${callPrefix}${callId}`;
    const expiresAt = at + step.timeoutSeconds * 1000 + ringSlackMs;
    const counts = entry.carrier === 'twilio';
    for (const { userId, devices } of step.targets) {
      if (devices.length === 0) continue;
      if (devices.length > 1) notesOf(callId).devices.set(userId, devices.length);
      put(callId, { source, userId, state: 'ringing', counts, queueId, at, answeredAt: null, expiresAt });
    }
  };
  const answer = (entry: CallLogEntry, userId: string): void => {
    const { callId, at } = entry;
    const source = `${callPrefix}${callId}`;
    const before = legOf(callId, userId);
    const queueId = before?.queueId ?? null;
    // The talk may be over by now: then only who answered is news.
    const state = before?.state === 'offline' ? 'offline' : 'on-call';
    put(callId, {
      source,
      userId,
      state,
      counts: true,
      queueId,
      at,
      answeredAt: at,
      expiresAt: at + talkMs(entry),
    });
  };
  const endRinging = ({ callId, at }: CallLogEntry, but?: string): void => {
    for (const lease of memory.legsOf(callId)) {
      if (lease.state === 'ringing' && lease.userId !== but) put(callId, over(lease, at));
    }
  };

  const noteDecided = (entry: Entry<'decided'>): void => {
    const { call, decision, directory, callId, at } = entry;
    const step = decision.steps.find(({ action }) => action !== 'announce');
    ring(entry, step);
    if (call.from.kind !== 'extension' || step?.action === 'reject' || memory.isClosed(callId)) return;
    const caller = directory.extensions.get(call.from.extension);
    if (caller?.type !== 'user') return;
    const seconds = step?.action === 'ring' ? step.timeoutSeconds : 0;
    const shortMs = seconds * 1000 + ringSlackMs;
    const expiresAt = at + (entry.carrier === 'twilio' || tellsEnds ? longestTalkMs : shortMs);
    const source = `${callPrefix}${callId}`;
    put(callId, {
      source,
      userId: caller.id,
      state: 'on-call',
      counts: true,
      queueId: null,
      at,
      answeredAt: null,
      expiresAt,
    });
  };
  const noteStepEnded = (entry: Entry<'step-ended'>): void => {
    const { carrier, callId, outcome, next } = entry;
    if (outcome === 'answered') {
      const ringing = memory.legsOf(callId).filter((lease) => lease.state === 'ringing');
      const only = ringing.length === 1 ? ringing[0]?.userId : undefined;
      const who = entry.answeredBy ?? only;
      if (who !== undefined) answer(entry, who);
      endRinging(entry, who);
      // Twilio reports a <Dial> when the talk is over; a PBX a step when somebody has picked up.
      if (carrier === 'twilio') close(entry);
      else prolongCaller(entry);
      return;
    }
    if (next === null) return close(entry);
    endRinging(entry);
    ring(entry, next);
  };
  const prolongCaller = (entry: CallLogEntry): void => {
    for (const lease of memory.legsOf(entry.callId)) {
      const isTalking = lease.state === 'on-call';
      if (isTalking)
        put(entry.callId, { ...lease, expiresAt: Math.max(lease.expiresAt, entry.at + talkMs(entry)) });
    }
  };
  const noteLeg = (entry: Entry<'leg'>): void => {
    const { carrier, callId, userId, legId, state, at } = entry;
    if (carrier === 'pbx') tellsEnds = true;
    if (memory.isClosed(callId)) return;
    // Of a call that nobody remembers: news of now begins something, a letter from before does not.
    if (memory.legsOf(callId).length === 0 && at < now() - lateMs) return;
    const source = `${callPrefix}${callId}`;
    const before = legOf(callId, userId);
    if (state === 'ringing') {
      const { queueId = null, expiresAt = at + 60_000 + ringSlackMs } = before ?? {};
      return put(callId, { source, userId, state, counts: true, queueId, at, answeredAt: null, expiresAt });
    }
    if (state === 'answered') {
      const known = notes.get(callId);
      if (known?.devices.has(userId)) known.answeredLegs.set(userId, legId);
      answer(entry, userId);
      return endRinging(entry, userId);
    }
    if (before !== undefined && isOpen(before) && isLastLeg(before, legId)) put(callId, over(before, at));
  };
  /** One of several telephones has stopped ringing: it is over when the last has, or the one that was picked up. */
  const isLastLeg = ({ source, userId, state }: Lease, legId: string): boolean => {
    const known = notes.get(source.slice(callPrefix.length));
    const devices = known?.devices.get(userId);
    if (known === undefined || devices === undefined) return true;
    const answered = known.answeredLegs.get(userId);
    if (state === 'on-call') return answered === undefined || answered === legId;
    if (known.endedLegs.has(legId)) return false;
    known.endedLegs.add(legId);
    known.devices.set(userId, devices - 1);
    return devices <= 1;
  };

  /** In a queue that waits, members are rung one at a time and beside the caller's own leg. */
  const noteWaiting = (entry: Entry<'waiting'>): void => {
    const { callId, queueId, userId, state, at } = entry;
    if (userId === null || memory.isClosed(callId)) return;
    const source = `${callPrefix}${callId}`;
    const before = legOf(callId, userId);
    if (state === 'offered') {
      const expiresAt = at + longestOfferMs + ringSlackMs;
      put(callId, {
        source,
        userId,
        state: 'ringing',
        counts: true,
        queueId,
        at,
        answeredAt: null,
        expiresAt,
      });
    } else if (state === 'answered') {
      answer(entry, userId);
    } else if (before !== undefined && isOpen(before)) {
      put(callId, over(before, at));
    }
  };

  return {
    note(entry) {
      switch (entry.type) {
        case 'decided':
          return noteDecided(entry);
        case 'step-ended':
          return noteStepEnded(entry);
        case 'leg':
          return noteLeg(entry);
        case 'waiting':
          return noteWaiting(entry);
        case 'status':
          if (!endStatuses.has(entry.status)) return;
          if (entry.carrier === 'pbx') tellsEnds = true;
          return close(entry);
        default:
          return;
      }
    },
    sweep() {
      for (const callId of notes.keys()) {
        if (!memory.legsOf(callId).some(isOpen)) notes.delete(callId);
      }
    },
  };
}
