import type { IfUnavailable, Target } from './target.ts';

/**
 * The facts that the resolver needs about one organization, as plain JSON: what one repeatable-read load of
 * Postgres gives, what Redis and the last-known-good file hold. `compileDirectory` in directory.ts makes it fast.
 *
 * Units: minutes of the local day (0-1440), dates `YYYY-MM-DD`, instants epoch ms, durations seconds.
 */
export type DirectoryData = {
  /** Raised when this shape changes: an entry of another format is not used. */
  readonly format: 1;
  /** The organization's version: every change of routing raises it by at least one. */
  readonly version: number;
  readonly organization: OrganizationData;
  readonly users: readonly UserData[];
  readonly queues: readonly QueueData[];
  readonly numbers: readonly NumberData[];
  readonly leads: readonly LeadData[];
  readonly apiKeys: readonly ApiKeyData[];
  readonly carrierAccounts: readonly CarrierAccountData[];
};

export type OrganizationData = {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly timeZone: string;
  /** ISO 3166 alpha-2. */
  readonly defaultCountry: string;
  readonly language: Language;
  /** The organization's own spoken texts; one that is missing is spoken in `language` from texts.ts. */
  readonly texts: { readonly [name in TextName]?: string };
  readonly sipDomain: string;
  readonly forwarding: {
    readonly countries: readonly string[];
    readonly kinds: readonly ('fixed' | 'mobile')[];
    readonly confirm: boolean;
  };
  readonly anonymousCallers: 'allow' | 'reject';
  /** E.164, or a prefix ending in `*`. */
  readonly blockList: readonly string[];
  readonly holidays: readonly HolidayData[];
  /** null: announcement and hang-up. */
  readonly lastResort: Target | null;
  readonly ringSeconds: number;
  readonly policies: {
    readonly forwardBeatsDnd: boolean;
    readonly voicemailOf: 'first' | 'last';
    /** Length of a recording; left out: 300. */
    readonly voicemailMaxSeconds?: number;
  };
};

export type Language = 'en' | 'es' | 'fr' | 'de';
export type TextName = 'unavailable' | 'closed' | 'noNumber' | 'voicemailGreeting' | 'confirm';
export type HolidayData = {
  readonly from: string;
  readonly to: string;
  readonly yearly: boolean;
  readonly name: string;
};

/** `[from, to)` in minutes; `to <= from` ends on the next day; `to` up to 1440. */
export type WindowData = readonly [from: number, to: number];

export type WeekdayData =
  | { readonly available: true; readonly windows: readonly WindowData[] }
  | { readonly available: false; readonly fallbackUserId: string | null };

/** Monday first, seven entries; null: that weekday is left out, so available all day. */
export type WeekData = readonly (WeekdayData | null)[];

/** In the order of creation: among equals the later one wins. */
export type OverrideData = WeekdayData & {
  readonly id: string;
  /** First date, inclusive. */
  readonly from: string;
  /** Last date, inclusive; the same as `from` for a single date. */
  readonly to: string;
};

export type DeviceData = {
  readonly kind: 'sip' | 'app' | 'phone';
  readonly address: string;
  readonly enabled: boolean;
};

export type UserStatus = 'active' | 'inactive' | 'pending' | 'deleted';

export type UserData = {
  readonly id: string;
  /** First and last name, for the trace. */
  readonly name: string;
  readonly status: UserStatus;
  readonly extension: string | null;
  readonly timeZone: string;
  readonly fallbackUserId: string | null;
  readonly reassignedToUserId: string | null;
  readonly ifUnavailable: IfUnavailable;
  /** null: the organization's. */
  readonly ringSeconds: number | null;
  /** null: no limit. */
  readonly callLimit: number | null;
  readonly doNotDisturb: { readonly on: boolean; readonly until: number | null };
  readonly forwardAll: Target | null;
  readonly devices: readonly DeviceData[];
  readonly mobile: { readonly ringApp: boolean; readonly quietHours: WindowData | null };
  /** null: always available. */
  readonly weekly: WeekData | null;
  readonly overrides: readonly OverrideData[];
  /** What the own voicemail box says; left out: what the organization's boxes say. */
  readonly greeting?: GreetingData;
};

/** `text` null: the organization's, where the sound cannot be played. `soundId` null: the text is spoken. */
export type GreetingData = { readonly text: string | null; readonly soundId: string | null };

export type QueueStrategy = 'all' | 'sequential' | 'round-robin' | 'least-recent' | 'fewest-calls' | 'random';

/** Callers wait for the next free member. */
export type WaitingData = {
  readonly maxWaitSeconds: number;
  /** Who calls while so many wait goes to `overflow` at once. */
  readonly maxWaiting: number;
  /** 1-100, 1 is served first. Counts between the queues of one member; a number may say otherwise. */
  readonly priority: number;
  /** After the longest wait, and while too many wait; null: as when there is no agent. */
  readonly overflow: Target | null;
};

export type QueueData = {
  readonly id: string;
  readonly name: string;
  readonly kind: 'queue' | 'department';
  readonly parentQueueId: string | null;
  readonly extension: string | null;
  readonly strategy: QueueStrategy;
  readonly ringSeconds: number;
  readonly noAgentTarget: Target | null;
  /** null or left out: callers do not wait, the members are rung at once. */
  readonly waiting?: WaitingData | null;
  readonly greeting?: GreetingData;
  /** Ordered: by priority (1 is rung first), then as they were added. */
  readonly members: readonly { readonly userId: string; readonly priority: number }[];
};

export type CallerMatch = {
  readonly prefix?: string;
  readonly number?: string;
  readonly kind?: 'internal' | 'external' | 'anonymous';
};

export type CalendarExceptionData = {
  readonly from: string;
  readonly to: string;
  readonly yearly: boolean;
  readonly closed: boolean;
  /** Only where not closed. */
  readonly windows: readonly WindowData[];
};

export type NumberData = {
  readonly id: string;
  /** E.164. */
  readonly number: string;
  readonly name: string;
  readonly timeZone: string;
  readonly target: Target | null;
  /** The manual switch; `until` null: until somebody takes it away. */
  readonly override: { readonly target: Target; readonly until: number | null } | null;
  readonly callerRules: readonly { readonly match: CallerMatch; readonly target: Target }[];
  readonly stickyRouting: boolean;
  /** Of its callers in a queue that waits, instead of the queue's; null or left out: the queue's. */
  readonly waitingPriority?: number | null;
  readonly calendar: {
    /** As a user's week; a weekday that is not available is closed. null: open every day. */
    readonly weekly: WeekData | null;
    readonly exceptions: readonly CalendarExceptionData[];
    readonly useHolidays: boolean;
    /** null: the closed announcement and hang-up. */
    readonly closedTarget: Target | null;
  } | null;
  /** The number is shown as the caller id of these users. */
  readonly callerIdFor: readonly string[];
};

export type LeadData = {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string | null;
  /** E.164. */
  readonly numbers: readonly string[];
};

/** Enough to check a key while the stores are down; the key itself is nowhere. */
export type ApiKeyData = {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the whole key, base64url. */
  readonly hash: string;
  readonly permissions: readonly string[];
  readonly expiresAt: number | null;
};

/** The tokens are encrypted with LINEFINDER_SECRET_KEY (services/routing/calls/secret-box.ts). */
export type CarrierAccountData = {
  readonly carrier: 'twilio';
  readonly accountSid: string;
  readonly authTokens: readonly string[];
};
