import type { Outcome } from '../../services/routing/domain/decision.ts';

/**
 * How a `<Dial>` ended. Twilio reports a call that was declined as `busy`, so `declined` never comes from here.
 * `DialBridged=false` with a call that was picked up: a mobile's own mailbox answered and nobody pressed 1.
 */
export function dialOutcome(dialCallStatus: string | undefined, dialBridged: string | undefined): Outcome {
  const outcome = dialOutcomes.get(dialCallStatus ?? '') ?? 'no-answer';
  return outcome === 'answered' && dialBridged?.toLowerCase() === 'false' ? 'no-answer' : outcome;
}

const dialOutcomes: ReadonlyMap<string, Outcome> = new Map([
  ['completed', 'answered'],
  ['answered', 'answered'],
  ['busy', 'busy'],
  ['no-answer', 'no-answer'],
  ['failed', 'unreachable'],
  ['canceled', 'canceled'],
]);

/** How an `<Enqueue>` ended. */
export function queueOutcome(queueResult: string | undefined): Outcome {
  return queueOutcomes.get(queueResult ?? '') ?? 'unreachable';
}

const queueOutcomes: ReadonlyMap<string, Outcome> = new Map([
  ['bridged', 'answered'],
  ['bridging-in-process', 'answered'],
  ['redirected-from-bridged', 'answered'],
  ['redirected', 'answered'],
  ['hangup', 'canceled'],
  ['leave', 'no-answer'],
  ['queue-full', 'busy'],
]);

/** `DialCallDuration`: how long was talked; null: Twilio does not say. */
export function dialSeconds(dialCallDuration: string | undefined): number | null {
  return dialCallDuration !== undefined && /^[0-9]{1,7}$/.test(dialCallDuration)
    ? Number(dialCallDuration)
    : null;
}

type LegState = { readonly state: 'ringing' | 'answered' | 'ended'; readonly outcome: Outcome | null };

/** How the leg of somebody who is called stands. `completed`: it was answered, and is over. */
export function legState(callStatus: string): LegState {
  switch (callStatus) {
    case 'in-progress':
    case 'answered':
      return { state: 'answered', outcome: null };
    case 'completed':
      return { state: 'ended', outcome: null };
    case 'busy':
    case 'failed':
    case 'no-answer':
    case 'canceled':
      return { state: 'ended', outcome: dialOutcome(callStatus, undefined) };
    default:
      return { state: 'ringing', outcome: null };
  }
}
