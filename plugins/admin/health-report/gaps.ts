import { coverage } from '../../../services/routing/domain/coverage.ts';
import type { Directory } from '../../../services/routing/domain/directory.ts';
import type { NumberData } from '../../../services/routing/domain/directory-data.ts';

/** Hours of a span in which nobody answers a number. */
export type Gap = { readonly from: number; readonly to: number };

export type GapSearch = {
  readonly from: number;
  readonly to: number;
  /** How many numbers have a target, and how many of them have been looked at. */
  readonly total: number;
  readonly checked: number;
  readonly found: readonly { readonly number: NumberData; readonly gaps: readonly Gap[] }[];
};

type Known = { readonly from: number; readonly gapsOf: Map<string, readonly Gap[]> };

/**
 * What was found for a directory, while it is in hand: who asks again has the rest looked at and waits for nothing that
 * is known. Another version is another directory, so nothing here is ever out of date but the span.
 */
const known = new WeakMap<Directory, Known>();

const spanMs = 7 * 86_400_000;
/** The span begins anew after this long. */
const keptMs = 10 * 60_000;
/** A number takes about a millisecond, and somebody waits for the answer. */
const mostAnew = 3_000;
/** A number that is known takes a few microseconds. */
const knownAtOnce = 500;

/** All numbers with a target; those that lead to the same by the same hours are looked at once. */
export async function searchGaps(directory: Directory, now: number): Promise<GapSearch> {
  const { from, gapsOf } = begin(directory, now);
  const to = from + spanMs;
  const numbers = directory.data.numbers.filter((number) => number.target !== null);
  const found: { number: NumberData; gaps: readonly Gap[] }[] = [];
  let anew = 0;
  let checked = 0;
  for (const [index, number] of numbers.entries()) {
    const key = routeOf(number);
    let gaps = gapsOf.get(key);
    if (gaps === undefined && anew < mostAnew) {
      anew += 1;
      gaps = gapsIn(directory, number.number, from, to);
      gapsOf.set(key, gaps);
      // Calls that came in the meantime are answered between two numbers.
      await nextTurn();
    } else if (index % knownAtOnce === 0) await nextTurn();
    if (gaps === undefined) continue;
    checked += 1;
    if (gaps.length > 0) found.push({ number, gaps });
  }
  return { from, to, total: numbers.length, checked, found };
}

function begin(directory: Directory, now: number): Known {
  const before = known.get(directory);
  if (before !== undefined && before.from <= now && now < before.from + keptMs) return before;
  const search: Known = { from: now, gapsOf: new Map() };
  known.set(directory, search);
  return search;
}

function gapsIn(directory: Directory, number: string, from: number, to: number): readonly Gap[] {
  const { intervals } = coverage(directory, { kind: 'number', number }, { from, to });
  return intervals
    .filter((interval) => interval.kind === 'gap')
    .map((gap) => ({ from: gap.from, to: gap.to }));
}

/** Everything of a number that decides who answers, and when. */
function routeOf({ target, override, callerRules, calendar, timeZone }: NumberData): string {
  return JSON.stringify([target, override, callerRules, calendar, timeZone]);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
