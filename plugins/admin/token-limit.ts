import type { AdminContext } from './context.ts';
import { limited } from './refusals.ts';

/** Links have 256 bits, so nobody guesses one; the limit keeps somebody from asking all day. */
const mostInMinute = 60;

export function checkTokenLimit(context: AdminContext, address: string): void {
  const wait = context.limits.take(`one-time:${address}`, mostInMinute, 60_000, context.clock.now());
  if (wait > 0) throw limited(wait);
}
