import fc from 'fast-check';
import { test } from 'tap';
import type {
  CalendarExceptionData,
  HolidayData,
  OverrideData,
  WeekData,
  WeekdayData,
  WindowData,
} from '../../../../services/routing/domain/directory-data.ts';
import {
  compileCalendar,
  compileUserSchedule,
  createScheduleCache,
  nextOpen,
  type Schedule,
  type ScheduleState,
  stateAt,
} from '../../../../services/routing/domain/schedule.ts';

/**
 * Schedules against a second calculation that shares no code with them: days, edges and layers the slow way, with
 * Temporal alone, from the words of the rules of time.
 */

const minute = 60_000;
const day = 86_400_000;
const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));

const zones = [
  'America/Havana',
  'Africa/Cairo',
  'America/Santiago',
  'Asia/Beirut',
  'Atlantic/Azores',
  'America/Nuuk',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'Europe/Madrid',
  'Europe/London',
  'America/New_York',
  'America/Los_Angeles',
  'America/St_Johns',
  'America/Asuncion',
  'America/Scoresbysund',
  'Asia/Jerusalem',
  'Asia/Gaza',
  'Australia/Sydney',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Easter',
] as const;

type Facts = {
  readonly zone: string;
  readonly weekly: WeekData | null;
  /** The rule that replaces the week's on a date, or undefined. */
  readonly replaces: (date: Temporal.PlainDate) => WeekdayData | undefined;
};

type Answer = Pick<ScheduleState, 'kind' | 'fallbackUserId'>;

function firstInstant(zone: string, date: Temporal.PlainDate): number {
  return date.toZonedDateTime(zone).epochMilliseconds;
}

function edge(zone: string, date: Temporal.PlainDate, minuteOfDay: number, which: 'start' | 'end'): number {
  const onDate = date.add({ days: Math.floor(minuteOfDay / 1440) });
  const rest = minuteOfDay % 1440;
  if (which === 'end' && rest === 0) return firstInstant(zone, onDate);
  const wall = onDate.toPlainDateTime({ hour: Math.floor(rest / 60), minute: rest % 60 });
  const earlier = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (!earlier.toPlainDateTime().equals(wall)) {
    // In a gap Temporal's "earlier" is before it, by the old offset: the next transition is the end of the gap.
    const after = earlier.getTimeZoneTransition('next');
    if (after === null) throw new Error('a gap without a transition');
    return after.epochMilliseconds;
  }
  if (which === 'start') return earlier.epochMilliseconds;
  return wall.toZonedDateTime(zone, { disambiguation: 'later' }).epochMilliseconds;
}

function ruleOf(facts: Facts, date: Temporal.PlainDate): WeekdayData | null {
  return facts.replaces(date) ?? facts.weekly?.[date.dayOfWeek - 1] ?? null;
}

type OracleDay = {
  readonly first: number;
  readonly end: number;
  readonly rule: WeekdayData | null;
  readonly open: readonly (readonly [number, number])[];
};

/**
 * Rule 4, before an edge becomes an instant: where the clock went back from 00:01 to 23:01 (St. John's until 2011), a
 * window until 23:01 inside one until 24:00 would else end after it.
 */
function unionOf(windows: readonly WindowData[]): readonly WindowData[] {
  const known = unions.get(windows);
  if (known !== undefined) return known;
  const isOpen = new Array<boolean>(2 * 1440 + 1).fill(false);
  for (const [from, to] of windows) isOpen.fill(true, from, to > from ? to : to + 1440);
  const edges = isOpen.flatMap((is, at) => (is === (isOpen[at - 1] ?? false) ? [] : [at]));
  const starts = edges.filter((_at, index) => index % 2 === 0);
  const union = starts.map((start, index): WindowData => [start, edges[2 * index + 1] ?? start]);
  unions.set(windows, union);
  return union;
}

/** The same rule is looked at on many days. */
const unions = new WeakMap<readonly WindowData[], readonly WindowData[]>();

function oracleDay(facts: Facts, date: Temporal.PlainDate): OracleDay {
  const first = firstInstant(facts.zone, date);
  const end = firstInstant(facts.zone, date.add({ days: 1 }));
  const rule = ruleOf(facts, date);
  if (rule === null) return { first, end, rule, open: [[first, end]] };
  if (!rule.available || first === end) return { first, end, rule, open: [] };
  const open = unionOf(rule.windows).map(
    ([from, to]) => [edge(facts.zone, date, from, 'start'), edge(facts.zone, date, to, 'end')] as const,
  );
  return { first, end, rule, open };
}

const open: Answer = { kind: 'open', fallbackUserId: null };
const outside: Answer = { kind: 'outside', fallbackUserId: null };

/** The answers from an instant on, one per step, painted: first outside, then all windows, then the days off. */
function oracleEach(facts: Facts, fromMs: number, count: number, step: number): readonly Answer[] {
  const start = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(facts.zone).toPlainDate();
  const days: OracleDay[] = [];
  for (let date = start.subtract({ days: 3 }); ; date = date.add({ days: 1 })) {
    const next = oracleDay(facts, date);
    if (next.first >= fromMs + count * step) break;
    days.push(next);
  }
  const answers = new Array<Answer>(count).fill(outside);
  const place = (ms: number): number => Math.min(count, Math.max(0, Math.ceil((ms - fromMs) / step)));
  for (const [from, to] of days.flatMap((one) => one.open)) answers.fill(open, place(from), place(to));
  for (const { rule, first, end } of days) {
    if (rule?.available !== false) continue;
    const { fallbackUserId } = rule;
    answers.fill({ kind: 'not-available', fallbackUserId }, place(first), place(end));
  }
  return answers;
}

function oracle(facts: Facts, ms: number): Answer {
  return oracleEach(facts, ms, 1, 1)[0] ?? outside;
}

function isSame(a: Answer, b: Answer): boolean {
  return a.kind === b.kind && a.fallbackUserId === b.fallbackUserId;
}

function said(ms: number, { kind, fallbackUserId }: Answer): string {
  return `${Temporal.Instant.fromEpochMilliseconds(ms)} ${kind} ${fallbackUserId}`;
}

function isoOf(date: Temporal.PlainDate): string {
  return date.toString();
}

/** Rule 3, by looking at all of them: a single date beats a range, and the later of equals wins. */
function overrideOn(overrides: readonly OverrideData[], date: Temporal.PlainDate): OverrideData | undefined {
  const text = isoOf(date);
  const covering = overrides.filter(({ from, to }) => from <= text && text <= to);
  return covering.filter(({ from, to }) => from === to).at(-1) ?? covering.at(-1);
}

function coversYearly(from: string, to: string, date: Temporal.PlainDate): boolean {
  const [first, last, text] = [from.slice(5), to.slice(5), isoOf(date).slice(5)];
  return first <= last ? first <= text && text <= last : text >= first || text <= last;
}

function calendarOn(
  exceptions: readonly CalendarExceptionData[],
  holidays: readonly HolidayData[],
  date: Temporal.PlainDate,
): WeekdayData | undefined {
  const text = isoOf(date);
  const covers = (one: { from: string; to: string; yearly: boolean }): boolean =>
    one.yearly ? coversYearly(one.from, one.to, date) : one.from <= text && text <= one.to;
  const single = (one: { from: string; to: string }): boolean => one.from === one.to;
  const hits = exceptions.filter(covers);
  const once = hits.filter((one) => !one.yearly);
  const yearly = hits.filter((one) => one.yearly);
  const exception =
    once.filter(single).at(-1) ?? once.at(-1) ?? yearly.filter(single).at(-1) ?? yearly.at(-1);
  if (exception !== undefined) {
    return exception.closed
      ? { available: false, fallbackUserId: null }
      : { available: true, windows: exception.windows };
  }
  return holidays.some(covers) ? { available: false, fallbackUserId: null } : undefined;
}

const minuteOfDay = fc.oneof(
  fc.constantFrom(0, 1, 30, 59, 60, 61, 90, 119, 120, 121, 150, 179, 180, 210, 360, 1320, 1380, 1410, 1439),
  fc.integer({ min: 0, max: 1439 }),
);
const window: fc.Arbitrary<WindowData> = fc
  .tuple(minuteOfDay, fc.oneof(minuteOfDay, fc.constant(1440)))
  .filter(([from, to]) => from !== to);
const fallback = fc.constantFrom(null, 'ana', 'bob');
const hours: fc.Arbitrary<WeekdayData> = fc
  .array(window, { maxLength: 3 })
  .map((windows) => ({ available: true, windows }));
const dayOff: fc.Arbitrary<WeekdayData> = fallback.map((fallbackUserId) => ({
  available: false,
  fallbackUserId,
}));
const weekday = fc.oneof({ weight: 4, arbitrary: hours }, { weight: 1, arbitrary: dayOff });
const mixedWeek = fc.array(fc.option(weekday, { freq: 8 }), { minLength: 7, maxLength: 7 });
const evenWeek = weekday.map((one) => Array.from({ length: 7 }, () => one));
const shifts: WeekData = Array.from({ length: 7 }, () => ({
  available: true,
  windows: [
    [360, 840],
    [840, 1320],
    [1320, 360],
  ],
}));
const week: fc.Arbitrary<WeekData | null> = fc.oneof(
  { weight: 6, arbitrary: mixedWeek },
  { weight: 2, arbitrary: evenWeek },
  { weight: 1, arbitrary: fc.constantFrom(null, shifts) },
);

/** The transitions of a zone with some days without one, so that zones like Kathmandu are looked at too. */
function interestingInstants(zone: string): readonly number[] {
  const end = Date.UTC(2038, 0);
  const instants = [Date.UTC(2026, 1, 28, 22), Date.UTC(2031, 11, 31, 20)];
  if (zone === 'Pacific/Apia') instants.push(Date.UTC(2011, 11, 30, 10));
  if (zone === 'America/St_Johns') instants.push(Date.UTC(2010, 10, 7, 2, 31));
  let next = Temporal.Instant.from('2024-01-01T00:00Z')
    .toZonedDateTimeISO(zone)
    .getTimeZoneTransition('next');
  while (next !== null && next.epochMilliseconds < end) {
    instants.push(next.epochMilliseconds);
    next = next.getTimeZoneTransition('next');
  }
  return instants;
}

/** Overrides by their distance in days from an instant. */
const distances = fc.array(
  fc.tuple(fc.integer({ min: -3, max: 2 }), fc.integer({ min: 0, max: 2 }), weekday),
  {
    maxLength: 3,
  },
);

function overridesAround(
  zone: string,
  instants: readonly number[],
  list: readonly (readonly [number, number, WeekdayData])[],
): readonly OverrideData[] {
  return instants.flatMap((ms) => {
    const date = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate();
    return list.map(([first, length, rule], index) => {
      const from = date.add({ days: first });
      return { ...rule, id: `${ms}-${index}`, from: isoOf(from), to: isoOf(from.add({ days: length })) };
    });
  });
}

function checkAround(facts: Facts, schedule: Schedule, middle: number): number {
  const from = middle - 30 * 60 * minute;
  let change: number | null | undefined;
  let before: Answer | undefined;
  const answers = oracleEach(facts, from, 60 * 60, minute);
  for (const [index, want] of answers.entries()) {
    const ms = from + index * minute;
    const found = stateAt(schedule, ms);
    const at = (): string => `${facts.zone} ${said(ms, found)}`;
    if (!isSame(found, want)) throw new Error(`${at()}, not ${said(ms, want)}`);
    if (before !== undefined && !isSame(before, want) && change !== ms)
      throw new Error(`${at()}: until was ${change}`);
    if (before !== undefined && isSame(before, want) && change !== null && change !== found.until) {
      throw new Error(`${at()}: until moved from ${change} to ${found.until}`);
    }
    if (found.until !== null && found.until <= ms) throw new Error(`${at()}: until is not after it`);
    change = found.until;
    before = want;
  }
  return answers.length;
}

test('a schedule is right in every minute around every transition 2024-2037, and so is until', (t) => {
  t.comment(`FC_SEED=${seed}`);
  let minutes = 0;
  for (const zone of zones) {
    const instants = interestingInstants(zone);
    fc.assert(
      fc.property(week, distances, (weekly, list) => {
        const overrides = overridesAround(zone, instants, list);
        const facts: Facts = { zone, weekly, replaces: (date) => overrideOn(overrides, date) };
        const schedule = compileUserSchedule({ timeZone: zone, weekly, overrides });
        for (const middle of instants) minutes += checkAround(facts, schedule, middle);
      }),
      { seed, numRuns: 8 },
    );
  }
  t.ok(minutes > 4_000_000, `${minutes} minutes`);
  t.end();
});

const someInstant = fc.integer({ min: Date.UTC(2025, 0) / minute, max: Date.UTC(2030, 0) / minute });
const someDate = fc
  .integer({ min: 0, max: 5 * 366 })
  .map((days) => isoOf(Temporal.PlainDate.from('2025-01-01').add({ days })));
const someRange = fc
  .tuple(
    fc.oneof(someDate, fc.constantFrom('2028-02-29', '2028-02-28', '2025-12-24')),
    fc.constantFrom(0, 0, 1, 9, 300),
  )
  .map(([from, days]) => ({ from, to: isoOf(Temporal.PlainDate.from(from).add({ days })) }));
const overrideList: fc.Arbitrary<readonly OverrideData[]> = fc
  .array(fc.tuple(someRange, weekday), { maxLength: 6 })
  .map((list) => list.map(([range, rule], index) => ({ ...rule, ...range, id: `o${index}` })));

/** The states between an instant and the change that is promised, and what comes at it. */
function checkPromise(facts: Facts, schedule: Schedule, ms: number, inside: readonly number[]): void {
  const state = stateAt(schedule, ms);
  const at = `${facts.zone} ${said(ms, state)}`;
  if (!isSame(state, oracle(facts, ms))) throw new Error(`${at}, not ${said(ms, oracle(facts, ms))}`);
  const end = state.until ?? ms + 400 * day;
  if (end > ms + 400 * day) throw new Error(`${at}: until is too far`);
  const samples = [...inside.map((part) => Math.floor(ms + part * (end - ms))), end - 1];
  for (const sample of samples) {
    const then = oracle(facts, sample);
    if (!isSame(state, then))
      throw new Error(`${at}: promised the same before ${end}, but ${said(sample, then)}`);
  }
  if (state.until !== null && isSame(state, oracle(facts, end)))
    throw new Error(`${at}: nothing changes at ${end}`);
  checkNextOpen(facts, schedule, ms, inside);
}

function checkNextOpen(facts: Facts, schedule: Schedule, ms: number, inside: readonly number[]): void {
  const next = nextOpen(schedule, ms);
  const end = next ?? ms + 400 * day;
  for (const part of inside) {
    const sample = Math.floor(ms + part * (end - ms));
    if (sample < end && oracle(facts, sample).kind === 'open')
      throw new Error(`${said(sample, open)} before ${next}`);
  }
  if (next !== null && oracle(facts, next).kind !== 'open') throw new Error(`${said(next, open)}: it is not`);
  if (next !== null && next > ms && oracle(facts, next - 1).kind === 'open')
    throw new Error(`open before ${next}`);
}

const parts = fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), { minLength: 4, maxLength: 4 });
const someInstants = fc.array(someInstant, { minLength: 3, maxLength: 3 });
const someZone = fc.constantFrom(...zones);

test('until is exact years around, for users with weeks of leave', (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(
      someZone,
      week,
      overrideList,
      someInstants,
      parts,
      (zone, weekly, overrides, instants, inside) => {
        const facts: Facts = { zone, weekly, replaces: (date) => overrideOn(overrides, date) };
        const schedule = compileUserSchedule({ timeZone: zone, weekly, overrides });
        for (const at of instants) checkPromise(facts, schedule, at * minute, inside);
      },
    ),
    { seed, numRuns: 200 },
  );
  t.pass('no counterexample');
  t.end();
});

const exceptionList: fc.Arbitrary<readonly CalendarExceptionData[]> = fc
  .array(fc.tuple(someRange, fc.boolean(), hours, fc.boolean()), { maxLength: 5 })
  .map((list) =>
    list.map(([range, yearly, rule, closed]) => ({
      ...range,
      yearly,
      closed,
      windows: closed || !rule.available ? [] : rule.windows,
    })),
  );
const holidayList: fc.Arbitrary<readonly HolidayData[]> = fc
  .array(fc.tuple(someRange, fc.boolean()), { maxLength: 4 })
  .map((list) => list.map(([range, yearly]) => ({ ...range, yearly, name: range.from })));

test('until is exact years around, for the calendars of numbers', (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(
      fc.tuple(someZone, week, exceptionList, holidayList),
      someInstants,
      parts,
      ([zone, weekly, exceptions, holidays], instants, inside) => {
        const facts: Facts = { zone, weekly, replaces: (date) => calendarOn(exceptions, holidays, date) };
        const schedule = compileCalendar({ timeZone: zone, weekly, exceptions, holidays });
        for (const at of instants) checkPromise(facts, schedule, at * minute, inside);
      },
    ),
    { seed, numRuns: 200 },
  );
  t.pass('no counterexample');
  t.end();
});

test('an answer does not depend on what was asked before, nor on who shares the schedule', (t) => {
  t.comment(`FC_SEED=${seed}`);
  const cache = createScheduleCache();
  fc.assert(
    fc.property(
      someZone,
      week,
      fc.oneof(overrideList, fc.constant([])),
      fc.array(fc.tuple(someInstant, fc.constantFrom(0, 1, 60, 1440, 10_080)), {
        minLength: 5,
        maxLength: 20,
      }),
      (timeZone, weekly, overrides, instants) => {
        const kept = compileUserSchedule({ timeZone, weekly, overrides }, cache);
        for (const [first, gap] of instants) {
          for (const ms of [first * minute, (first + gap) * minute, (first - 2 * gap) * minute]) {
            const fresh = stateAt(compileUserSchedule({ timeZone, weekly, overrides }), ms);
            const found = stateAt(kept, ms);
            if (JSON.stringify(found) !== JSON.stringify(fresh)) {
              throw new Error(`${timeZone} ${said(ms, fresh)}: ${JSON.stringify([found, fresh])}`);
            }
          }
        }
      },
    ),
    { seed, numRuns: 200 },
  );
  t.pass('no counterexample');
  t.end();
});
