import { type Actor, can } from './access.ts';

/**
 * Which calls somebody sees, and whether with the callers' numbers. The lists and the live stream ask the same
 * questions, so that nobody hears of a call that they could not look up.
 */
export type CallSight = {
  /** Every call of the organization. */
  readonly everybody: boolean;
  /** The person who looks; null: an API key, which takes part in no call. */
  readonly userId: string | null;
  /** Whose calls are seen, oneself included. */
  readonly userIds: ReadonlySet<string>;
  readonly queueIds: ReadonlySet<string>;
  /** Numbers of callers in full; in one's own calls they are shown in any case. */
  readonly numbers: boolean;
  /** Names, devices and hours of others, as the reasons of a decision tell them. */
  readonly others: boolean;
};

/** `everybody`, one's `desk` (with the queues that one is in), or only one's `own`; undefined: no calls at all. */
export type CallReach = 'everybody' | 'desk' | 'own';

export function callReach(actor: Actor): CallReach | undefined {
  if (can(actor, 'calls.read')) return 'everybody';
  if (actor.type !== 'user') return undefined;
  if (can(actor, 'calls.desk')) return 'desk';
  return can(actor, 'profile.read') ? 'own' : undefined;
}

/** Whom a call concerns: the users who were rung, talked or own its box, and the queues that it went through. */
export type CallParties = { readonly userIds: readonly string[]; readonly queueIds: readonly string[] };

export function seesCall(sight: CallSight, { userIds, queueIds }: CallParties): boolean {
  if (sight.everybody) return true;
  return userIds.some((id) => sight.userIds.has(id)) || queueIds.some((id) => sight.queueIds.has(id));
}

export function showsNumbers(sight: CallSight, { userIds }: Pick<CallParties, 'userIds'>): boolean {
  return sight.numbers || (sight.userId !== null && userIds.includes(sight.userId));
}
