import type { TraceEntry } from './trace.ts';

/** How a step ended. `answered` and `canceled` end the call. */
export type Outcome =
  | 'answered'
  | 'busy'
  | 'declined'
  | 'no-answer'
  | 'unreachable'
  | 'canceled'
  | 'completed'
  | 'digits';

export type DeviceKind = 'sip' | 'app' | 'phone';

export type DeviceTarget = { readonly kind: DeviceKind; readonly address: string };

/** One user to ring, by every device that is left. */
export type RingTarget = {
  readonly userId: string;
  readonly extension: string | null;
  readonly devices: readonly DeviceTarget[];
};

export type Mailbox = { readonly type: 'user' | 'queue'; readonly id: string };

export type StepPlace = {
  /** `s1`, `s2` … in the order of the list. */
  readonly id: string;
  /** The step that this one follows; left out: the one before in the list. */
  readonly after?: string;
  /** Outcomes of that step on which this one runs; left out: every outcome that does not end the call. */
  readonly when?: readonly Outcome[];
};

export type StepAction =
  | {
      readonly action: 'ring';
      /** `all`: every target at once. A list strategy arrives as one ring step after the other. */
      readonly strategy: 'all';
      readonly timeoutSeconds: number;
      readonly targets: readonly RingTarget[];
      /** Set when a queue rings. */
      readonly queueId?: string;
    }
  | {
      readonly action: 'forward';
      /** An outside number in E.164. */
      readonly target: { readonly type: 'external'; readonly number: string };
      readonly timeoutSeconds: number;
      /** The answering person presses 1 first, so that a mobile's own mailbox does not swallow the call. */
      readonly confirm: boolean;
    }
  | { readonly action: 'queue'; readonly queueId: string; readonly maxWaitSeconds: number }
  | { readonly action: 'menu'; readonly prompt: string; readonly timeoutSeconds: number }
  | {
      readonly action: 'voicemail';
      readonly mailbox: Mailbox;
      /** Spoken where there is no sound, and where it cannot be played. */
      readonly greeting: string;
      /** The id of a sound that is played instead: GET /v1/route/sounds/{id}. */
      readonly soundId?: string;
      /** Left out: 300. */
      readonly maxSeconds?: number;
    }
  | { readonly action: 'announce'; readonly text: string }
  | { readonly action: 'reject'; readonly reason: 'not-found' | 'blocked' | 'busy' }
  | { readonly action: 'hangup' };

export type Step = StepPlace & StepAction;

export type AnsweredBy =
  | { readonly type: 'user'; readonly id: string; readonly extension: string | null }
  | { readonly type: 'queue'; readonly id: string; readonly extension: string | null };

/** A queue in which the caller would have waited, and the step that is taken in its stead. */
export type TurnedAway = {
  readonly stepId: string;
  readonly queueId: string;
  /** Too many wait already, or nobody there can take a call before the longest wait is over. */
  readonly reason: 'length' | 'no-agent';
};

/** What the resolver answers. */
export type Decision = {
  readonly callId: string;
  readonly directoryVersion: number;
  /** Epoch ms; null if nothing that was looked at changes within 400 days. */
  readonly validUntil: number | null;
  /** The user of a first ring with one user, the queue when a queue rings or lets wait, else null. */
  readonly answeredBy: AnsweredBy | null;
  readonly steps: readonly Step[];
  /** Empty unless it was asked for. */
  readonly trace: readonly TraceEntry[];
  /** For the figures of queues: counts where its step is carried out. Left out: nobody. */
  readonly turnedAway?: readonly TurnedAway[];
};
