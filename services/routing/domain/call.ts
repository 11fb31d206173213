/**
 * A call as the resolver sees it: who calls, what was dialled, and what is known about now.
 * Carriers build it in their `normalize.ts`; nothing in it is a proof of identity.
 */
export type Caller =
  /** A caller with a number, in E.164 (`+34911234567`). */
  | { readonly kind: 'number'; readonly number: string }
  /** Withheld, unavailable, or one of the carriers' stand-in numbers. */
  | { readonly kind: 'anonymous' }
  /** One of the organization's own extensions (digits). */
  | { readonly kind: 'extension'; readonly extension: string }
  /** A short code or a national service number that is no E.164 number. */
  | { readonly kind: 'short'; readonly number: string }
  /** `sip:…` or `client:…` that is none of ours. */
  | { readonly kind: 'address'; readonly address: string };

/** What was dialled. `raw` is kept for the answer to a number that nobody knows. */
export type Dialled =
  | { readonly kind: 'number'; readonly number: string }
  | { readonly kind: 'extension'; readonly extension: string }
  | { readonly kind: 'unparsable'; readonly raw: string }
  /** A target by id: simulation and coverage ask for a user or queue, not for a number. */
  | { readonly kind: 'user'; readonly id: string }
  | { readonly kind: 'queue'; readonly id: string };

export type Presence = 'offline' | 'online' | 'ringing' | 'on-call' | 'do-not-disturb';

/** What one fact of each kind is. Each is known of a user, but for `lastRung` and `waiting`, which are of a queue. */
export type FactValues = {
  readonly presence: Presence;
  /** Calls that the user is on at this moment. */
  readonly callsInProgress: number;
  /** When the user last answered a queue call, epoch ms (`least-recent`). */
  readonly lastAnswered: number;
  /** Queue calls that the user has answered today (`fewest-calls`). */
  readonly callsAnswered: number;
  /** The member who was rung first last time (`round-robin` goes on behind them). */
  readonly lastRung: string;
  /** The callers who wait. */
  readonly waiting: number;
};

/**
 * What is known about now and is not in the directory, asked by the id of a user or queue. Comes in with the call, never
 * by I/O. Undefined: nothing is known.
 */
export type Facts = { readonly [Kind in keyof FactValues]: (id: string) => FactValues[Kind] | undefined };

/** Facts by id, where they are few: assumed, or read by a decision. A missing id means: nothing is known. */
export type GivenFacts = {
  readonly [Kind in keyof FactValues]?: Readonly<Record<string, FactValues[Kind]>>;
};

export type FactRead<Kind extends keyof FactValues> = {
  readonly kind: Kind;
  readonly id: string;
  readonly value: FactValues[Kind];
};

/** The facts that a decision has read. With these alone it comes out the same, also when the facts have moved on. */
export type FactsRead = FactRead<keyof FactValues>[];

export type Call = {
  /** 1-128 of `A-Za-z0-9._:@-`; also the seed of the `random` strategy. */
  readonly callId: string;
  readonly from: Caller;
  readonly to: Dialled;
  readonly facts?: Facts;
  /** Where the resolver notes which facts it has read. */
  readonly read?: FactsRead;
};
