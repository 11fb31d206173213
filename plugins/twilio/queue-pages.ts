import type { CallLogEntry } from '../../services/routing/calls/call-log.ts';
import type { Directory } from '../../services/routing/domain/directory.ts';
import type { PendingCall } from '../../services/routing/domain/pending-call.ts';
import { problem } from '../../services/routing/errors.ts';
import { type Asked, answerKey, type Made } from './answer.ts';
import { renderAsk, renderHold, renderJoin } from './hold.ts';
import type { TwilioPorts } from './ports.ts';
import { renderResponse } from './render.ts';
import { readLeg } from './reports.ts';
import type { SignedRequest } from './signed-request.ts';
import { basePathOf, openToken, stagingOf } from './staging.ts';

/** The pages of callers who wait, and of the members who are rung for them. */

export function askWait(ports: TwilioPorts, signed: SignedRequest, token: string): Asked {
  return {
    key: null,
    make(directory, now) {
      const pending = openToken(ports, directory, signed, token, now);
      const [step] = pending.steps;
      const waited = Number(signed.fields.QueueTime ?? 0) || 0;
      // Without an id: the queue was deleted while the caller waited in it.
      if (step?.action !== 'queue' || step.queueId === '') {
        return { twiml: renderResponse('<Leave/>'), entry: null };
      }
      const isOver = waited >= step.maxWaitSeconds;
      const place = seeCaller(ports, directory, signed, pending, waited);
      // Who is being put through stays: a telephone rings for no longer than its time.
      const leaves = (isOver || (place?.leaving ?? null) !== null) && place?.isOffered !== true;
      const entry = place?.isNew === true ? entered(signed, step.queueId, now) : null;
      if (leaves) return { twiml: renderResponse('<Leave/>'), entry };
      const staging = stagingOf(ports, directory, pending, null);
      const left = step.maxWaitSeconds - waited;
      const document = renderHold(staging, waited, left, place?.position ?? null);
      return { twiml: renderResponse(document), entry };
    },
  };
}

function seeCaller(
  { waiting }: TwilioPorts,
  directory: Directory,
  { callId, fields }: SignedRequest,
  { steps: [step], from, to, rung }: PendingCall,
  waitedSeconds: number,
) {
  if (waiting === undefined || step?.action !== 'queue') return undefined;
  const { id: stepId, queueId, maxWaitSeconds } = step;
  const { AccountSid: accountSid = '', QueueSid: queueSid } = fields;
  return waiting.see(directory, {
    ...{ callId, stepId, queueId, maxWaitSeconds, carrier: 'twilio', from, to, rung, waitedSeconds },
    accountSid,
    ...(queueSid === undefined ? {} : { queueSid }),
  });
}

function entered({ organizationId, callId }: SignedRequest, queueId: string, at: number): CallLogEntry {
  const place = { carrier: 'twilio', organizationId, callId, at } as const;
  return { ...place, type: 'waiting', queueId, state: 'entered', userId: null };
}

/** A call that we made to a member: for whom, and by which offer. */
type MemberPlace = {
  readonly callId: string;
  readonly userId: string;
  readonly offerId: string;
  /** An outside telephone, which may be its own mailbox: a person has to press 1. */
  readonly asks: boolean;
};

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const memberQuery = new RegExp(`\\?((?:p=1&)?c=(CA[0-9A-Za-z]{32})&u=(${uuid})&o=(${uuid}))$`);

/** The whole query must be as it was made: what a re-cut has moved into it, or out of it, is not of this form. */
export function memberPlace(url: string): MemberPlace {
  const [, query, callId, userId, offerId] = memberQuery.exec(url) ?? [];
  if (query === undefined || callId === undefined || userId === undefined || offerId === undefined) {
    throw problem('signature.invalid', { detail: 'The address is not one of ours.' });
  }
  return { callId, userId, offerId, asks: query.startsWith('p=1') };
}

/** A member has picked up. */
export function askMember(ports: TwilioPorts, signed: SignedRequest, place: MemberPlace): Asked {
  const { Digits: digits } = signed.fields;
  if (!place.asks || digits === '1') return joinMember(ports, signed, place);
  const make = (directory: Directory | undefined): Made => {
    if (digits !== undefined) return { twiml: renderResponse('<Hangup/>'), entry: null };
    return { twiml: renderResponse(renderAsk(directory?.organization, actionOf(ports, place))), entry: null };
  };
  return { key: null, make, rescue: make };
}

function actionOf({ publicUrl }: TwilioPorts, { callId, userId, offerId }: MemberPlace): string {
  return `${basePathOf(publicUrl)}/twilio/member?p=1&c=${callId}&u=${userId}&o=${offerId}`;
}

/** With the caller. Where the caller has left, or talks already, the telephone is hung up on. */
function joinMember(ports: TwilioPorts, signed: SignedRequest, { callId, offerId }: MemberPlace): Asked {
  const make = (_directory: Directory | undefined, at: number): Made => {
    const { organizationId, callId: legId } = signed;
    const leg = { legId, state: 'answered', outcome: null, at } as const;
    ports.waiting?.noteMember(organizationId, callId, offerId, leg);
    return { twiml: renderResponse(renderJoin(callId)), entry: null };
  };
  return { key: answerKey(signed, 'member', offerId), make, rescue: make };
}

/** How the telephone of a member rings. Who hears of it is decided by the waiting room. */
export function askMemberStatus(ports: TwilioPorts, signed: SignedRequest, place: MemberPlace): Asked {
  const { callId, userId, offerId, asks } = place;
  const make = (_directory: Directory | undefined, now: number): Made => {
    const { legId, state, outcome, at } = readLeg(signed, userId, now);
    // Where 1 has to be pressed, that somebody or something picked up says nothing.
    const isNews = !asks || state !== 'answered';
    // Whoever picks up is asked or joined before anything ends, so an end alone is no answer: we may have stopped it.
    const told = state === 'ended' ? (outcome ?? 'no-answer') : outcome;
    if (isNews) {
      ports.waiting?.noteMember(signed.organizationId, callId, offerId, { legId, state, outcome: told, at });
    }
    return { twiml: '', entry: null };
  };
  return { key: answerKey(signed, 'member-status', offerId), make, rescue: make };
}
