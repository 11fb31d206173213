import type { AnsweredBy, Mailbox, Outcome, Step } from './decision.ts';
import type { KeptReason } from './kept-trace.ts';

/**
 * What is kept of something that happened to a call: plain data that can be written anywhere and read again. `key`
 * names what happened, so that a repetition has the key of its first; of two with one key the earlier counts.
 */
export type CallEvent = {
  readonly key: string;
  /** Epoch ms. */
  readonly at: number;
} & CallEventContent;

export type CallEventContent =
  | { readonly type: 'decided'; readonly data: Decided }
  | { readonly type: 'step-ended'; readonly data: StepEnded }
  | { readonly type: 'status'; readonly data: Status }
  | { readonly type: 'leg'; readonly data: Leg }
  | { readonly type: 'waiting'; readonly data: Waiting }
  | { readonly type: 'recorded'; readonly data: Recorded }
  /** Nothing was heard of the call for too long: it is taken to be over. */
  | { readonly type: 'swept'; readonly data: Readonly<Record<string, never>> };

export type Decided = {
  readonly carrier: 'pbx' | 'twilio';
  readonly from: { readonly kind: string; readonly value: string | null };
  readonly to: { readonly kind: string; readonly value: string };
  /** Whose extension the call came from; left out: nobody's here. */
  readonly callerUserId?: string;
  readonly numberId: string | null;
  readonly userId: string | null;
  readonly queueId: string | null;
  /** The local date on which the call began, `2026-11-24`: the figures of that day are its own, whatever moves later. */
  readonly day: string;
  readonly directoryVersion: number;
  /** RFC 3339. */
  readonly validUntil: string | null;
  readonly answeredBy: AnsweredBy | null;
  readonly steps: readonly Step[];
  /** Left out where only the state of the call is asked for. */
  readonly trace?: readonly KeptReason[];
};

export type StepEnded = {
  readonly stepId: string;
  readonly outcome: Outcome;
  readonly answeredBy: string | null;
  /** How long was talked, where the carrier says so. */
  readonly talkSeconds: number | null;
  /** null: the call is over. */
  readonly next: Step | null;
  readonly trace: readonly KeptReason[];
};

export type Status = { readonly status: string; readonly durationSeconds: number | null };

export type Leg = {
  readonly userId: string;
  readonly legId: string;
  readonly state: 'ringing' | 'answered' | 'ended';
  readonly outcome: Outcome | null;
};

/** In a queue that waits. `userId`: the member it was offered to. */
export type Waiting = {
  readonly queueId: string;
  readonly state: 'entered' | 'offered' | 'declined' | 'answered' | 'left';
  readonly userId: string | null;
};

export type Recorded = {
  readonly mailbox: Mailbox | null;
  readonly recordingSid: string;
  readonly status: string;
  readonly durationSeconds: number | null;
};

/** What happened, without when: a repetition has the key of its first. */
export function keyOf({ type, data }: CallEventContent): string {
  switch (type) {
    case 'decided':
    case 'swept':
      return type;
    case 'step-ended':
      return `step:${data.stepId}`;
    case 'status':
      return `status:${data.status}`;
    case 'leg':
      return `leg:${data.userId}:${data.legId}:${data.state}`;
    case 'waiting':
      return `waiting:${data.queueId}:${data.state}:${data.userId ?? ''}`;
    case 'recorded':
      return `recorded:${data.recordingSid}:${data.status}`;
  }
}
