import type { Answers } from '../../services/routing/calls/answers.ts';
import type { CallLog } from '../../services/routing/calls/call-log.ts';
import type { Directory } from '../../services/routing/domain/directory.ts';
import type { FactsSource } from '../../services/routing/domain/facts.ts';
import type { PendingCall } from '../../services/routing/domain/pending-call.ts';
import type { LegEvent } from '../../services/routing/domain/wait-record.ts';
import type { Standing } from '../../services/routing/live/waiting-board.ts';
import type { QueuedCaller } from '../../services/routing/live/waiting-events.ts';
import type { SeenCaller } from '../../services/routing/live/waiting-ports.ts';
import type { Clock, Directories } from '../../services/routing/ports.ts';
import type { GreetingSounds } from '../../services/voicemail/greeting-sounds.ts';

/** What the Twilio scope needs from the service. All of it answers from memory, but for what is a promise. */
export type TwilioPorts = {
  readonly clock: Clock;
  readonly directories: Pick<Directories, 'get' | 'load'>;
  readonly accounts: Accounts;
  readonly tokens: CallTokens;
  readonly answers: Answers;
  readonly callLog: CallLog;
  /** Left out: nothing is known of now. */
  readonly factsOf?: FactsSource;
  /** services/routing/live/waiting-room.ts. Left out: whoever waits in a queue is offered to nobody. */
  readonly waiting?: Waiting;
  /** services/voicemail/greeting-sounds.ts. Left out: greetings are spoken. */
  readonly greetings?: Pick<GreetingSounds, 'addressOf' | 'read'>;
  /** PUBLIC_URL, without a slash at the end. Signatures are made over it. */
  readonly publicUrl: string;
};

/** Callers who wait, from memory. */
export type Waiting = {
  /** Takes note of a caller who is there; what the caller is told. */
  see(directory: Directory, caller: QueuedCaller): SeenCaller;
  /** Who declined a caller that waits, and why the caller leaves. */
  standing(organizationId: string, callId: string): Standing;
  /** Takes note of what the telephone of a member does who was offered the caller. */
  noteMember(organizationId: string, callId: string, offerId: string, leg: LegEvent): void;
};

export type Account = { readonly organizationId: string; readonly authTokens: readonly string[] };

/** services/routing/calls/carrier-accounts.ts. Memory only: an unknown account is refused without a store being asked. */
export type Accounts = { find(accountSid: string): Account | undefined };

/** services/routing/calls/call-token.ts, with its key. */
export type CallTokens = {
  encode(pending: PendingCall): string;
  decode(
    directoryOf: (organizationId: string) => Directory | undefined,
    token: string,
    now: number,
  ):
    | { readonly ok: true; readonly pending: PendingCall }
    | { readonly ok: false; readonly failure: 'damaged' | 'expired' | 'unknown-organization' };
};
