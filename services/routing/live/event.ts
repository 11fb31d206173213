/** What is told to whoever watches an organization. */
export type LiveTopic = 'presence' | 'calls' | 'activity' | 'jobs' | 'coverage';

export type NewLiveEvent = {
  readonly topic: LiveTopic;
  /** call.changed, call.missed, presence.changed, voicemail.received, job.changed … */
  readonly name: string;
  /** Epoch ms: when it happened, not when it was written. */
  readonly at: number;
  /** Plain data; callers' numbers in full, masked by the hub for who may not see them. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Whom it is about: who may only see their own sees it if they are among these. */
  readonly userIds: readonly string[];
  readonly queueIds: readonly string[];
};

export type LiveEvent = NewLiveEvent & { readonly organizationId: string; readonly seq: number };
