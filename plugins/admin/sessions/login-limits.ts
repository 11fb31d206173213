import type { Limits } from '../limits.ts';

/**
 * Failed logins. By account and address together, and by address: both wait. By account alone there is only a pause,
 * never a lock, because anybody can fail in somebody else's name.
 */
const mostPerAccountAndAddress = 10;
const mostPerAddress = 30;
const mostPerAccount = 20;
const windowMs = 60_000;
const accountWindowMs = 15 * 60_000;
const accountPauseMs = 1_000;

export type Attempt = { readonly account: string; readonly address: string };

/** Seconds to wait before the next try; 0: go on. */
export function loginWait(limits: Limits, attempt: Attempt, instant: number): number {
  return Math.max(
    limits.peek(pairKey(attempt), mostPerAccountAndAddress, instant),
    limits.peek(addressKey(attempt), mostPerAddress, instant),
  );
}

/** How long an answer is held back for an account that many fail at, whoever asks and whether it exists or not. */
export function loginPause(limits: Limits, attempt: Attempt, instant: number): number {
  return limits.peek(accountKey(attempt), mostPerAccount, instant) > 0 ? accountPauseMs : 0;
}

export function noteFailure(limits: Limits, attempt: Attempt, instant: number): void {
  limits.take(pairKey(attempt), mostPerAccountAndAddress, windowMs, instant);
  limits.take(addressKey(attempt), mostPerAddress, windowMs, instant);
  limits.take(accountKey(attempt), mostPerAccount, accountWindowMs, instant);
}

export function noteSuccess(limits: Limits, attempt: Attempt): void {
  limits.forget(pairKey(attempt));
  limits.giveBack(addressKey(attempt));
  limits.giveBack(accountKey(attempt));
}

/** Neither failed nor in: the count is as before. */
export function noteUndecided(limits: Limits, attempt: Attempt): void {
  for (const key of [pairKey(attempt), addressKey(attempt), accountKey(attempt)]) limits.giveBack(key);
}

function pairKey({ account, address }: Attempt): string {
  return `login:${address}:${account}`;
}

function addressKey({ address }: Attempt): string {
  return `login-address:${address}`;
}

function accountKey({ account }: Attempt): string {
  return `login-account:${account}`;
}
