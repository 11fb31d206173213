import type { Caller, Dialled } from '../domain/call.ts';
import type { AnsweredBy, Outcome, Step } from '../domain/decision.ts';
import { describeCaller, describeDialled } from './mask.ts';

/** What is kept of one answer on the call path. */
export type CallLogEntry = {
  /** Epoch ms. */
  readonly at: number;
  readonly channel: 'pbx' | 'twilio';
  /** `route`: the call began. `result`: one of its steps has ended. */
  readonly event: 'route' | 'result';
  readonly organizationId: string;
  readonly callId: string;
  readonly from: Caller;
  readonly to: Dialled;
  readonly directoryVersion: number;
  /** What happens next; null: the call is over. */
  readonly next: Step | null;
  readonly answeredBy: AnsweredBy | null;
  /** With `result`: how the step ended. */
  readonly outcome?: Outcome;
};

export type CallLog = {
  /** Never waits, never throws. */
  record(entry: CallLogEntry): void;
};

export type CallLogPorts = {
  readonly write: (line: Readonly<Record<string, unknown>>) => void;
  /** Called for each entry when it is recorded. */
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
  #entries: CallLogEntry[] = [];
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
    while (this.#entries.length > 0) {
      this.#flush(batch);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  record(entry: CallLogEntry): void {
    this.#ports.count(entry);
    if (this.#entries.length < capacity) this.#entries.push(entry);
    else this.#dropped += 1;
    if (this.#entries.length === batch) setImmediate(() => this.#flush(batch));
  }

  #flush(most: number): void {
    if (this.#dropped > 0) {
      this.#ports.countDropped(this.#dropped);
      this.#dropped = 0;
    }
    if (this.#entries.length === 0) return;
    const entries = this.#entries.slice(0, most);
    this.#entries = this.#entries.slice(most);
    for (const entry of entries) this.#ports.write(toLine(entry));
    if (this.#entries.length >= most) setImmediate(() => this.#flush(most));
  }
}

/** Numbers masked; no addresses of devices, no spoken texts. */
export function toLine(entry: CallLogEntry): Readonly<Record<string, unknown>> {
  return {
    event: `call.${entry.event}`,
    at: entry.at,
    channel: entry.channel,
    organizationId: entry.organizationId,
    callId: entry.callId,
    from: describeCaller(entry.from),
    to: describeDialled(entry.to),
    directoryVersion: entry.directoryVersion,
    next: entry.next === null ? null : outcomeOf(entry.next),
    ...(entry.answeredBy === null ? {} : { answeredBy: `${entry.answeredBy.type} ${entry.answeredBy.id}` }),
    ...(entry.outcome === undefined ? {} : { outcome: entry.outcome }),
  };
}

/** One word for what a step does: `ring`, `voicemail`, `reject.not-found` … Also the label of the metrics. */
export function outcomeOf(step: Step): string {
  return step.action === 'reject' ? `reject.${step.reason}` : step.action;
}
