import type { CallLogEntry } from '../calls/call-log.ts';
import type { Step } from '../domain/decision.ts';
import type { Leg } from './leg-table.ts';
import { isOpen, over, type PresenceMemory } from './presence-memory.ts';

/** What the events of calls say about the people who are rung and talk. Runs behind every answer: no I/O, no loops over people. */

/** A queue has begun to ring, with this member. */
type Rung = (queueId: string, userId: string, at: number) => void;

type Entry<Type extends CallLogEntry['type']> = Extract<CallLogEntry, { type: Type }>;

/** Of a call in which several devices of somebody ring: the carrier's ids of what has become of them. */
type DeviceNotes = {
  readonly ended: Set<string>;
  /** By user: the one that was picked up. */
  readonly answered: Map<string, string>;
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

export function buildCallWatch(memory: PresenceMemory, onRung: Rung, now: () => number): CallWatch {
  const notes = new Map<string, DeviceNotes>();
  let tellsEnds = false;
  const notesOf = (callId: string): DeviceNotes => {
    const known = notes.get(callId) ?? { ended: new Set(), answered: new Map() };
    notes.set(callId, known);
    return known;
  };
  const put = memory.putLeg;
  const close = ({ callId, at }: CallLogEntry): void => {
    // Few calls have notes, and a map keeps every id that it is asked for in the engine's table of strings.
    if (notes.size > 0) notes.delete(callId);
    memory.closeCall(callId, at);
  };
  const talkMs = ({ carrier }: CallLogEntry): number =>
    carrier === 'twilio' || tellsEnds ? longestTalkMs : untoldTalkMs;

  const ring = (entry: CallLogEntry, step: Step | undefined): void => {
    if (step?.action !== 'ring' || memory.isClosed(entry.callId)) return;
    const { callId, at } = entry;
    const queueId = step.queueId ?? null;
    const [first] = step.targets;
    if (queueId !== null && first !== undefined && memory.beginQueue(callId, queueId)) {
      memory.noteRung(queueId, first.userId);
      onRung(queueId, first.userId, at);
    }
    const expiresAt = at + step.timeoutSeconds * 1000 + ringSlackMs;
    const counts = entry.carrier === 'twilio';
    for (const { userId, devices } of step.targets) {
      if (devices.length === 0) continue;
      put(callId, { userId, state: 'ringing', counts, queueId, at, answeredAt: null, expiresAt });
      if (devices.length > 1) memory.setDevicesLeft(callId, userId, devices.length);
    }
  };
  const answer = (entry: CallLogEntry, userId: string): void => {
    const { callId, at } = entry;
    const before = memory.legOf(callId, userId);
    const queueId = before?.queueId ?? null;
    // The talk may be over by now: then only who answered is news.
    const state = before?.state === 'offline' ? 'offline' : 'on-call';
    put(callId, {
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
    put(callId, {
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
    if (at < now() - lateMs && memory.legsOf(callId).length === 0) return;
    const before = memory.legOf(callId, userId);
    if (state === 'ringing') {
      const { queueId = null, expiresAt = at + 60_000 + ringSlackMs } = before ?? {};
      return put(callId, { userId, state, counts: true, queueId, at, answeredAt: null, expiresAt });
    }
    if (state === 'answered') {
      if (memory.devicesLeft(callId, userId) > 0) notesOf(callId).answered.set(userId, legId);
      answer(entry, userId);
      return endRinging(entry, userId);
    }
    if (before !== undefined && isOpen(before) && isLastLeg(callId, before, legId))
      put(callId, over(before, at));
  };
  /** One of several telephones has stopped ringing: it is over when the last has, or the one that was picked up. */
  const isLastLeg = (callId: string, { userId, state }: Leg, legId: string): boolean => {
    const devices = memory.devicesLeft(callId, userId);
    if (devices === 0) return true;
    const { ended, answered } = notesOf(callId);
    const pickedUp = answered.get(userId);
    if (state === 'on-call') return pickedUp === undefined || pickedUp === legId;
    if (ended.has(legId)) return false;
    ended.add(legId);
    memory.setDevicesLeft(callId, userId, devices - 1);
    return devices === 1;
  };

  /** In a queue that waits, members are rung one at a time and beside the caller's own leg. */
  const noteWaiting = (entry: Entry<'waiting'>): void => {
    const { callId, queueId, userId, state, at } = entry;
    if (userId === null || memory.isClosed(callId)) return;
    const before = memory.legOf(callId, userId);
    if (state === 'offered') {
      const expiresAt = at + longestOfferMs + ringSlackMs;
      put(callId, {
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
