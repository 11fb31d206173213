import type { Directory } from './directory.ts';
import { forwardingRefusal } from './e164.ts';

/**
 * Why calls may not go to this outside number, as a sentence; null: they may. Reading a number takes 10 µs, so the
 * answer is kept beside the directory that it belongs to.
 */
export function refusalOf(directory: Directory, number: string): string | null {
  const known = directory.refusals.get(number);
  if (known !== undefined) return known;
  const refusal = forwardingRefusal(number, directory.organization.forwarding) ?? null;
  directory.refusals.set(number, refusal);
  return refusal;
}
