import type { OfferRow } from '../../storage/queue-offers.ts';
import type { WaitRow } from '../../storage/queue-waits.ts';
import type { CallLogEntry } from '../calls/call-log.ts';
import type { RingTarget } from '../domain/decision.ts';
import { type LegEvent, openLegs, type WaitRecord } from '../domain/wait-record.ts';

/** What is to be done once a transaction about callers who wait is committed. */

/** Rings one member for one caller. */
export type Ring = {
  readonly organizationId: string;
  readonly offerId: string;
  readonly callId: string;
  readonly accountSid: string;
  readonly from: string;
  readonly target: RingTarget;
  readonly timeoutSeconds: number;
  /** Outside telephones ask whether a person picked up, and not their own mailbox. */
  readonly confirm: boolean;
};

export type Effects = {
  readonly rings: Ring[];
  readonly hangUps: { readonly accountSid: string; readonly legId: string }[];
  readonly removals: { readonly accountSid: string; readonly queueSid: string }[];
  readonly entries: CallLogEntry[];
  /** Queues with another number of callers than before. */
  readonly changedQueues: Set<string>;
};

export function noEffects(): Effects {
  return { rings: [], hangUps: [], removals: [], entries: [], changedQueues: new Set() };
}

type NewsState = Extract<CallLogEntry, { readonly type: 'waiting' }>['state'];

export function tell(
  effects: Effects,
  wait: WaitRow,
  state: NewsState,
  userId: string | null,
  at: number,
): void {
  const { organization_id: organizationId, carrier, call_id: callId, queue_id: queueId } = wait;
  effects.entries.push({ carrier, organizationId, callId, at, type: 'waiting', queueId, state, userId });
}

/** A member's telephone, told only once it is clear whether it took the call. */
export function tellLeg(effects: Effects, wait: WaitRow, userId: string, leg: LegEvent): void {
  const { organization_id: organizationId, carrier, call_id: callId } = wait;
  effects.entries.push({ carrier, organizationId, callId, type: 'leg', userId, ...leg });
}

export function hangUp(
  effects: Effects,
  { account_sid: accountSid }: WaitRow,
  legIds: readonly string[],
): void {
  if (accountSid === null) return;
  for (const legId of legIds) effects.hangUps.push({ accountSid, legId });
}

export function hangUpOffer(effects: Effects, wait: WaitRow, offer: Pick<OfferRow, 'legs'>): void {
  hangUp(effects, wait, openLegs(offer));
}

/** What follows from a wait that is another one now. */
export function tellWait(
  effects: Effects,
  row: WaitRow,
  before: WaitRecord,
  after: WaitRecord,
  at: number,
): void {
  if (before.state === after.state) return;
  if ((before.state === 'waiting') !== (after.state === 'waiting')) effects.changedQueues.add(row.queue_id);
  const isAnswer = after.answeredAt !== null && before.answeredAt === null;
  if (isAnswer) tell(effects, row, 'answered', after.answeredBy, after.answeredAt ?? at);
  if (before.endedAt !== null || after.endedAt === null) return;
  if (after.answeredAt === null) tell(effects, row, 'left', null, after.endedAt);
  const { account_sid: accountSid, queue_sid: queueSid } = row;
  if (accountSid !== null && queueSid !== null) effects.removals.push({ accountSid, queueSid });
}
