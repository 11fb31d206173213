import type { PendingCall } from '../../services/routing/domain/pending-call.ts';
import type { StepResult } from '../../services/routing/domain/resume.ts';
import type { LeaveReason } from '../../services/routing/domain/waiting.ts';
import { readTwilioPlace } from '../../services/voicemail/place.ts';
import type { Fields } from './form.ts';
import { dialOutcome, legState, queueOutcome } from './outcome.ts';
import type { SignedRequest } from './signed-request.ts';

/** What Twilio reports, in the words of the domain. Pure. */
export type ReportPage = 'dial-result' | 'gather' | 'recording' | 'queue-result';

/** @param leaving why a caller who waits is to leave, where that is known */
export function readResult(
  page: ReportPage,
  fields: Fields,
  pending: PendingCall,
  leaving: LeaveReason | null = null,
): StepResult {
  const stepId = pending.current;
  switch (page) {
    case 'dial-result':
      return dialResult(stepId, fields, pending);
    case 'gather':
      return fields.Digits === undefined || fields.Digits === ''
        ? { stepId, outcome: 'no-answer' }
        : { stepId, outcome: 'digits', digits: fields.Digits.slice(0, 32) };
    case 'recording':
      return { stepId, outcome: 'completed' };
    case 'queue-result':
      return { stepId, outcome: queueResult(fields, pending, leaving) };
  }
}

const left = { time: 'no-answer', length: 'busy', 'no-agent': 'unreachable' } as const;

/** Whoever leaves so soon was one too many. */
const SOON_SECONDS = 8;

/** Where it is not known why: who left before the longest wait was over left because nobody remained who could answer, or too many waited. */
function queueResult(
  { QueueResult: result, QueueTime: waited }: Fields,
  { steps: [step] }: PendingCall,
  leaving: LeaveReason | null,
) {
  const outcome = queueOutcome(result);
  if (result === 'leave' && leaving !== null) return left[leaving];
  if (result === 'leave' && waited !== undefined && Number(waited) < SOON_SECONDS) return 'busy';
  if (result !== 'leave' || waited === undefined || step?.action !== 'queue') return outcome;
  return Number(waited) < step.maxWaitSeconds ? 'unreachable' : outcome;
}

/** Twilio does not say which of several answered; where one was rung it is clear. */
function dialResult(stepId: string, fields: Fields, pending: PendingCall): StepResult {
  const outcome = dialOutcome(fields.DialCallStatus, fields.DialBridged);
  const [step] = pending.steps;
  const targets = step?.action === 'ring' ? step.targets : [];
  const [only] = targets;
  if (outcome !== 'answered' || only === undefined || targets.length > 1) return { stepId, outcome };
  return { stepId, outcome, answeredBy: only.userId };
}

export function readStatus(fields: Fields) {
  const durationSeconds = readSeconds(fields.CallDuration);
  return { type: 'status', status: fields.CallStatus ?? '', durationSeconds } as const;
}

/** The box is that of the step which recorded: it travels in the token, so it holds when the directory has changed. */
export function readRecording(fields: Fields, pending: PendingCall | null) {
  const step = pending?.steps[0];
  return {
    type: 'recorded',
    mailbox: step?.action === 'voicemail' ? step.mailbox : null,
    from: pending?.from ?? null,
    recordingSid: fields.RecordingSid ?? '',
    url: fields.RecordingUrl ?? '',
    status: fields.RecordingStatus ?? '',
    durationSeconds: readSeconds(fields.RecordingDuration),
  } as const;
}

/**
 * What the end of a recording already says about it: a net for a status report that is lost. Undefined where the
 * address is not that of a recording of this account; then the status report alone counts.
 */
export function readLeftMessage(fields: Fields, pending: PendingCall) {
  const place = readTwilioPlace(fields.RecordingUrl ?? '');
  const durationSeconds = readSeconds(fields.RecordingDuration);
  if (place?.accountSid !== fields.AccountSid || !durationSeconds) return undefined;
  const told = { ...fields, RecordingSid: place?.recordingSid, RecordingStatus: 'completed' };
  return readRecording(told, pending);
}

/** When it happened, as Twilio says, which may be some time ago; never later than now. */
export function readLeg({ callId, fields }: SignedRequest, userId: string, now: number) {
  const { CallStatus: status = '', Timestamp: told = '' } = fields;
  const at = Math.min(now, Date.parse(told) || now);
  return { type: 'leg', at, userId, legId: callId, ...legState(status) } as const;
}

function readSeconds(text: string | undefined): number | null {
  return text !== undefined && /^[0-9]{1,7}$/.test(text) ? Number(text) : null;
}
