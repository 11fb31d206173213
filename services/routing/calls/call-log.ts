import type { Call, Caller } from '../domain/call.ts';
import { isPlain } from '../domain/characters.ts';
import type { Decision, Mailbox, Outcome, Step, TurnedAway } from '../domain/decision.ts';
import type { Directory } from '../domain/directory.ts';
import type { TraceEntry } from '../domain/trace.ts';
import { describeCaller, describeDialled } from './mask.ts';

type CallPlace = {
  readonly carrier: 'pbx' | 'twilio';
  readonly organizationId: string;
  readonly callId: string;
  /** Epoch ms. */
  readonly at: number;
};

/** Something that happened to a call. */
export type CallLogEntry = CallPlace &
  (
    | {
        readonly type: 'decided';
        readonly call: Call;
        readonly decision: Decision;
        /** The one that decided: the trace is written from it, behind the answer. */
        readonly directory: Directory;
      }
    | {
        readonly type: 'step-ended';
        readonly stepId: string;
        readonly outcome: Outcome;
        readonly digits?: string;
        readonly answeredBy?: string;
        /** How long was talked, where the carrier says so with the end of the step. */
        readonly talkSeconds?: number | null;
        /** What comes next; null: the call is over. */
        readonly next: Step | null;
        readonly trace: readonly TraceEntry[];
        /** By queues that `next` stands in for. */
        readonly turnedAway?: readonly TurnedAway[];
        /** The one that went on with the call: in it the names are found that the trace speaks of. */
        readonly directory?: Directory;
      }
    | { readonly type: 'status'; readonly status: string; readonly durationSeconds: number | null }
    /** The way to one user: a device that rings, talks, or has ended. */
    | {
        readonly type: 'leg';
        readonly userId: string;
        /** The carrier's id of this leg. */
        readonly legId: string;
        readonly state: 'ringing' | 'answered' | 'ended';
        /** How it ended without an answer. */
        readonly outcome: Outcome | null;
      }
    /** In a queue that waits. `userId`: the member whom the call is offered to, who declined or who answered. */
    | {
        readonly type: 'waiting';
        readonly queueId: string;
        readonly state: 'entered' | 'offered' | 'declined' | 'answered' | 'left';
        readonly userId: string | null;
      }
    | {
        readonly type: 'recorded';
        readonly mailbox: Mailbox | null;
        /** Who left it; null: nobody can say. */
        readonly from: Caller | null;
        readonly recordingSid: string;
        readonly url: string;
        readonly status: string;
        readonly durationSeconds: number | null;
      }
  );

export type CallLog = {
  /** Takes the entry and returns at once; writing it is no matter of the call. Never throws. */
  append(entry: CallLogEntry): void;
};

/** JSON: the members of an object, without its braces. */
export type CallLine = string;

export type CallLogPorts = {
  /** A batch of lines, as they are to be written. */
  readonly write: (lines: readonly CallLine[]) => void;
  /** Called for each entry when it is appended. */
  readonly count: (entry: CallLogEntry) => void;
  /** Entries that found the buffer full. */
  readonly countDropped: (entries: number) => void;
};

const capacity = 20_000;
const flushMs = 100;
/** Lines written before the event loop gets a turn. */
const batch = 500;

/**
 * One line for each entry, written in batches behind the answers: a slow log fills the buffer, and what does not fit
 * is counted and dropped, because a call never waits for its log.
 */
export class BufferedCallLog implements CallLog {
  readonly #ports: CallLogPorts;
  /** Not the entries: a decision with all that hangs on it is a hundred times what is written of it. */
  #lines: CallLine[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(ports: CallLogPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#flush(batch), flushMs).unref();
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    while (this.#lines.length > 0) {
      this.#flush(batch);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  append(entry: CallLogEntry): void {
    this.#ports.count(entry);
    if (this.#lines.length < capacity) this.#lines.push(toLine(entry));
    else this.#dropped += 1;
    if (this.#lines.length === batch) setImmediate(() => this.#flush(batch));
  }

  #flush(most: number): void {
    if (this.#dropped > 0) {
      this.#ports.countDropped(this.#dropped);
      this.#dropped = 0;
    }
    if (this.#lines.length === 0) return;
    const lines = this.#lines.slice(0, most);
    this.#lines = this.#lines.slice(most);
    this.#ports.write(lines);
    if (this.#lines.length >= most) setImmediate(() => this.#flush(most));
  }
}

/** Numbers masked; no digits that were dialled, no addresses of devices, no spoken texts, no places of recordings. */
export function toLine(entry: CallLogEntry): CallLine {
  const { carrier, organizationId, callId, at } = entry;
  const place = { event: `call.${entry.type}`, at, carrier, organizationId, callId };
  switch (entry.type) {
    case 'decided':
      return describeDecision(entry);
    case 'step-ended': {
      const { stepId, outcome, answeredBy, next } = entry;
      return members({ ...place, stepId, outcome, answeredBy, next: next === null ? null : outcomeOf(next) });
    }
    case 'leg': {
      const { userId, legId, state, outcome } = entry;
      return members({ ...place, userId, legId, state, outcome });
    }
    case 'waiting':
      return members({ ...place, queueId: entry.queueId, state: entry.state, userId: entry.userId });
    case 'status':
      return members({ ...place, status: entry.status, durationSeconds: entry.durationSeconds });
    case 'recorded': {
      const { status, durationSeconds } = entry;
      const mailbox = entry.mailbox === null ? null : `${entry.mailbox.type} ${entry.mailbox.id}`;
      return members({ ...place, status, durationSeconds, mailbox });
    }
  }
}

function members(line: object): CallLine {
  return JSON.stringify(line).slice(1, -1);
}

/** Nearly every line is of this kind: put together here it costs half of what an object and its JSON do. */
function describeDecision({
  carrier,
  organizationId,
  callId,
  at,
  call,
  decision,
}: Extract<CallLogEntry, { readonly type: 'decided' }>): CallLine {
  const { steps, answeredBy, directoryVersion } = decision;
  const [first] = steps;
  const next = first === undefined ? 'null' : quote(outcomeOf(first));
  const user = answeredBy === null ? 'null' : quote(`${answeredBy.type} ${answeredBy.id}`);
  const parties = `"from":${quote(describeCaller(call.from))},"to":${quote(describeDialled(call.to))}`;
  const place = `"carrier":"${carrier}","organizationId":${quote(organizationId)},"callId":${quote(callId)}`;
  const decided = `"directoryVersion":${directoryVersion},"steps":${steps.length},"next":${next},"answeredBy":${user}`;
  return `"event":"call.decided","at":${at},${place},${parties},${decided}`;
}

/** As `JSON.stringify`, which most texts here do not need. */
function quote(text: string): string {
  return isPlain(text) ? `"${text}"` : JSON.stringify(text);
}

/** One word for what a step does: `ring`, `voicemail`, `reject.not-found` … Also the label of the metrics. */
export function outcomeOf(step: Step): string {
  return step.action === 'reject' ? `reject.${step.reason}` : step.action;
}
