import type { Caller, Dialled } from './call.ts';
import type { Step, TurnedAway } from './decision.ts';

/**
 * A call between two steps: what is needed to go on, and nothing that can be looked up. It travels in the call token
 * (services/routing/calls/call-token.ts) or lies in the call store, so that any process can go on with the call.
 */
export type PendingCall = {
  readonly organizationId: string;
  readonly callId: string;
  readonly from: Caller;
  readonly to: Dialled;
  /** The first instant, epoch ms. The steps were decided for it. */
  readonly startedAt: number;
  readonly directoryVersion: number;
  /** The number's manual switch was on when the call began, or has been followed since: it is not read again as a new one. */
  readonly overrideAtStart: boolean;
  /** Users who were rung in this call: nobody is rung twice. */
  readonly rung: readonly string[];
  /** How often a menu was answered with digits that are no extension. */
  readonly menuTries: number;
  /** The highest step number given in this call: steps that are added get the numbers after it. */
  readonly lastStep: number;
  /** The id of the step that is being carried out, always the first of `steps`. */
  readonly current: string;
  /** The current step and those that can still come, in the order of the decision. */
  readonly steps: readonly Step[];
  /** Of the steps that can still come. Left out: nobody. */
  readonly turnedAway?: readonly TurnedAway[];
};
