import type {
  CalendarExceptionData,
  HolidayData,
  OverrideData,
  WeekData,
  WindowData,
} from './directory-data.ts';
import { dateOf, dayOf, type LocalDate, parseDate, weekdayOf } from './local-time.ts';

/**
 * Which rule rules a local day: the layers of dates over the week, flattened to spans of days that do not overlap.
 * Days are epoch day numbers, minutes are minutes of the local day.
 */

/** What a day was replaced by, for the trace. */
export type ScheduleOverride = {
  readonly kind: 'override' | 'exception' | 'holiday';
  /** Of an override. */
  readonly id: string | null;
  /** The place in the list that it came from. */
  readonly index: number;
  /** Of a holiday. */
  readonly name: string | null;
  readonly from: string;
  readonly to: string;
  readonly yearly: boolean;
};

export type DayRule = {
  readonly available: boolean;
  /** Merged and sorted; `to` is above 1440 where it is a time of the next day. */
  readonly windows: readonly WindowData[];
  readonly fallbackUserId: string | null;
  /** null: the week. */
  readonly override: ScheduleOverride | null;
};

/** What a day is from its first to its last instant, where that is one thing. */
export type Steadiness = 'open' | 'outside' | 'not-available' | 'mixed';

export type Week = {
  readonly days: readonly DayRule[];
  /** What all days are; 'mixed' also where they differ. */
  readonly steady: Steadiness;
  /** The windows leave no minute of the week out, as three shifts do that meet at 06:00, 14:00 and 22:00. */
  readonly covered: boolean;
};

/** A layer of dates; a yearly one has months and dates instead of days. */
export type Layer = {
  readonly first: number;
  readonly last: number;
  readonly yearly: boolean;
  readonly rule: DayRule;
};

/** `rules[i]` rules the days `firsts[i]` to `lasts[i]`; complete for the days from `since` to `until`. */
export type Spans = {
  readonly firsts: readonly number[];
  readonly lasts: readonly number[];
  readonly rules: readonly DayRule[];
  readonly since: number;
  readonly until: number;
};

export const noSpans: Spans = { firsts: [], lasts: [], rules: [], since: -Infinity, until: Infinity };

const wholeDay: DayRule = { available: true, windows: [[0, 1440]], fallbackUserId: null, override: null };

/** Sorted, those that overlap or touch as one (rule 4), an end on the next day as more than 1440 (rule 2). */
export function mergeWindows(windows: readonly WindowData[]): readonly WindowData[] {
  const sorted = windows
    .map(([from, to]): WindowData => (to > from ? [from, to] : [from, to + 1440]))
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const merged: WindowData[] = [];
  for (const window of sorted) {
    const last = merged[merged.length - 1];
    if (last === undefined || last[1] < window[0]) merged.push(window);
    else if (window[1] > last[1]) merged[merged.length - 1] = [last[0], window[1]];
  }
  return merged;
}

export function compileWeek(weekly: WeekData | null): Week {
  const days = Array.from({ length: 7 }, (_, weekday): DayRule => {
    const day = weekly?.[weekday] ?? null;
    if (day === null) return wholeDay;
    if (!day.available) {
      return { available: false, windows: [], fallbackUserId: day.fallbackUserId, override: null };
    }
    return { available: true, windows: mergeWindows(day.windows), fallbackUserId: null, override: null };
  });
  const steady = steadinessOf(days[0] ?? wholeDay);
  const same = days.every(
    (day) => steadinessOf(day) === steady && day.fallbackUserId === days[0]?.fallbackUserId,
  );
  return { days, steady: same ? steady : 'mixed', covered: isCovered(days) };
}

function isCovered(days: readonly DayRule[]): boolean {
  // Sunday's spill comes first, so that Monday morning can be covered by it.
  let reached = Math.max(0, ...(days[6]?.windows ?? []).map(([, to]) => to - 1440));
  for (const [weekday, day] of days.entries()) {
    if (!day.available) return false;
    for (const [from, to] of day.windows) {
      if (weekday * 1440 + from > reached) return false;
      reached = Math.max(reached, weekday * 1440 + to);
    }
  }
  return reached >= 7 * 1440;
}

/** What a day is like from its first to its last instant, but for the spill of the day before. */
export function steadinessOf(rule: DayRule): Steadiness {
  if (!rule.available) return 'not-available';
  const [first] = rule.windows;
  if (first === undefined) return 'outside';
  return first[0] === 0 && first[1] >= 1440 ? 'open' : 'mixed';
}

/** The same text for weeks that are the same in all that matters here. */
export function weekKey(week: Week): string {
  return JSON.stringify(week.days.map((day) => (day.available ? day.windows : day.fallbackUserId)));
}

/** In the order of creation; a single date beats a range (rule 3). */
export function overrideLayers(overrides: readonly OverrideData[]): readonly Layer[] {
  const layers = overrides.map((data, index): Layer => {
    const { id, from, to } = data;
    const override: ScheduleOverride = { kind: 'override', id, index, name: null, from, to, yearly: false };
    const rule: DayRule = data.available
      ? { available: true, windows: mergeWindows(data.windows), fallbackUserId: null, override }
      : { available: false, windows: [], fallbackUserId: data.fallbackUserId, override };
    return datedLayer(data, rule);
  });
  return singleDatesLast(layers);
}

/** Holidays, over them yearly exceptions, over these ranges, and single dates on top. */
export function calendarLayers(
  exceptions: readonly CalendarExceptionData[],
  holidays: readonly HolidayData[],
): readonly Layer[] {
  const ofHolidays = holidays.map((data, index): Layer => {
    const { from, to, yearly, name } = data;
    const override: ScheduleOverride = { kind: 'holiday', id: null, index, name, from, to, yearly };
    return datedLayer(data, closedRule(override));
  });
  const ofExceptions = exceptions.map((data, index): Layer => {
    const { from, to, yearly } = data;
    const override: ScheduleOverride = { kind: 'exception', id: null, index, name: null, from, to, yearly };
    if (data.closed) return datedLayer(data, closedRule(override));
    const windows = mergeWindows(data.windows);
    return datedLayer(data, { available: true, windows, fallbackUserId: null, override });
  });
  return [
    ...singleDatesLast(ofHolidays),
    ...singleDatesLast(ofExceptions.filter((layer) => layer.yearly)),
    ...singleDatesLast(ofExceptions.filter((layer) => !layer.yearly)),
  ];
}

function closedRule(override: ScheduleOverride): DayRule {
  return { available: false, windows: [], fallbackUserId: null, override };
}

/** Throws a RangeError for what is no date: the stores hold none. */
function datedLayer(data: { from: string; to: string; yearly?: boolean }, rule: DayRule): Layer {
  const first = parseDate(data.from);
  const last = parseDate(data.to);
  if (first === undefined || last === undefined)
    throw new RangeError(`not a date: ${data.from} to ${data.to}`);
  return { first, last, yearly: data.yearly ?? false, rule };
}

function singleDatesLast(layers: readonly Layer[]): readonly Layer[] {
  const single = (layer: Layer): boolean => layer.first === layer.last;
  return [...layers.filter((layer) => !single(layer)), ...layers.filter(single)];
}

type MutableSpans = { firsts: number[]; lasts: number[]; rules: DayRule[] };

/** The layers, lowest first, as spans that are complete for the days from `since` to `until` at least. */
export function flatten(layers: readonly Layer[], since: number, until: number): Spans {
  if (layers.length === 0) return noSpans;
  const firstYear = dateOf(since).year;
  const lastYear = dateOf(until).year;
  const spans: MutableSpans = { firsts: [], lasts: [], rules: [] };
  for (const layer of layers) {
    if (!layer.yearly) {
      paint(spans, layer.first, layer.last, layer.rule);
      continue;
    }
    // The year before, because 24 December to 6 January reaches into the first year.
    for (let year = firstYear - 1; year <= lastYear; year += 1) {
      const [first, last] = inYear(layer, year);
      paint(spans, first, last, layer.rule);
    }
  }
  // Arrays that grew have room for more: copied to their size, as there is one of these for each user with leave.
  const exact = { firsts: spans.firsts.slice(), lasts: spans.lasts.slice(), rules: spans.rules.slice() };
  if (!layers.some((layer) => layer.yearly)) return { ...exact, since: -Infinity, until: Infinity };
  return { ...exact, since: dayOf(firstYear, 1, 1), until: dayOf(lastYear, 12, 31) };
}

/** A yearly range in the year that it begins in; 29 February alone is empty (last < first) but in leap years. */
function inYear(layer: Layer, year: number): readonly [first: number, last: number] {
  const from = dateOf(layer.first);
  const to = dateOf(layer.last);
  const wraps = to.month < from.month || (to.month === from.month && to.date < from.date);
  const endYear = wraps ? year + 1 : year;
  return [
    // In other years 29 February overflows to 1 March: where a range that starts on it should start,
    dayOf(year, from.month, from.date),
    // and where one that ends on it should have ended the day before.
    dayOf(endYear, to.month, to.date) - (isLeapDay(to) && !isLeapYear(endYear) ? 1 : 0),
  ];
}

function isLeapDay({ month, date }: LocalDate): boolean {
  return month === 2 && date === 29;
}

function isLeapYear(year: number): boolean {
  return dayOf(year, 3, 1) - dayOf(year, 2, 1) === 29;
}

/** Puts a span over those that are there already. */
function paint(spans: MutableSpans, first: number, last: number, rule: DayRule): void {
  if (last < first) return;
  const { firsts, lasts, rules } = spans;
  let begin = 0;
  while (begin < lasts.length && (lasts[begin] ?? 0) < first) begin += 1;
  let end = begin;
  while (end < firsts.length && (firsts[end] ?? 0) <= last) end += 1;
  const newFirsts = [first];
  const newLasts = [last];
  const newRules = [rule];
  const [leftFirst, leftRule] = [firsts[begin], rules[begin]];
  if (begin < end && leftFirst !== undefined && leftRule !== undefined && leftFirst < first) {
    newFirsts.unshift(leftFirst);
    newLasts.unshift(first - 1);
    newRules.unshift(leftRule);
  }
  const [rightLast, rightRule] = [lasts[end - 1], rules[end - 1]];
  if (begin < end && rightLast !== undefined && rightRule !== undefined && rightLast > last) {
    newFirsts.push(last + 1);
    newLasts.push(rightLast);
    newRules.push(rightRule);
  }
  firsts.splice(begin, end - begin, ...newFirsts);
  lasts.splice(begin, end - begin, ...newLasts);
  rules.splice(begin, end - begin, ...newRules);
}

/** The place of the first span that ends on `day` or later; `firsts.length` when there is none. */
export function spanFrom(spans: Spans, day: number): number {
  let low = 0;
  let high = spans.lasts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans.lasts[middle] ?? 0) < day) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** True when a span has a day from `first` to `last`. */
export function hasSpan(spans: Spans, first: number, last: number): boolean {
  return (spans.firsts[spanFrom(spans, first)] ?? Infinity) <= last;
}

/** The rule of a local day. */
export function ruleOf(week: Week, spans: Spans, day: number): DayRule {
  if (spans.firsts.length > 0) {
    const index = spanFrom(spans, day);
    const rule = spans.rules[index];
    if (rule !== undefined && (spans.firsts[index] ?? 0) <= day) return rule;
  }
  return week.days[weekdayOf(day)] ?? wholeDay;
}
