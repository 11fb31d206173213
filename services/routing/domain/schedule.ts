import type { CalendarExceptionData, HolidayData, OverrideData, WeekData } from './directory-data.ts';
import {
  dateExists,
  endInstant,
  firstInstantOfDay,
  localDay,
  skipsDate,
  startInstant,
  type Zone,
  zoneNamed,
} from './local-time.ts';
import {
  calendarLayers,
  compileWeek,
  type DayRule,
  flatten,
  hasSpan,
  type Layer,
  noSpans,
  overrideLayers,
  ruleOf,
  type ScheduleOverride,
  type Spans,
  spanFrom,
  steadinessOf,
  type Week,
  weekKey,
} from './schedule-days.ts';

/**
 * Who is open when: the weeks and overrides of users, and the calendars of numbers. A schedule holds rules and no
 * instants but the answer it gave last, with the interval in which that answer holds, so nothing in it expires.
 */

const dayMs = 86_400_000;
/** How far ahead a change is looked for. */
const horizonMs = 400 * dayMs;
/** Looked at beyond the horizon, so that an answer "no change within 400 days" can be kept for a while. */
const beyondMs = 30 * dayMs;

export type ScheduleState = {
  readonly kind: 'open' | 'outside' | 'not-available';
  /** 'always': no hours are set at all. 'override': the day is ruled by `override`. */
  readonly source: 'always' | 'weekly' | 'override';
  readonly override: ScheduleOverride | null;
  /** The fallback user of that day; only where not available. */
  readonly fallbackUserId: string | null;
  /** The first instant with another kind or fallback user; null if there is none within 400 days. */
  readonly until: number | null;
};

export type Schedule = {
  readonly zone: Zone;
  readonly week: Week;
  /** Lowest first; empty where none is yearly, as the spans are complete then. */
  readonly layers: readonly Layer[];
  /** The layers flattened; made again when a day outside of what they are complete for is asked for. */
  spans: Spans;
  /** The last answer, and the instants `[since, until)` at which it is the answer. */
  since: number;
  until: number;
  state: ScheduleState;
};

/** Shares what is equal between the schedules of one load of a directory; make a new one for each load. */
export type ScheduleCache = {
  /** By the week as it is written down; equal ones may be compiled twice if they are not the same object. */
  readonly compiled: Map<WeekData | null, { readonly week: Week; readonly key: string }>;
  readonly weeks: Map<string, Week>;
  readonly schedules: Map<string, Schedule>;
};

export function createScheduleCache(): ScheduleCache {
  return { compiled: new Map(), weeks: new Map(), schedules: new Map() };
}

export type UserScheduleInput = {
  readonly timeZone: string;
  readonly weekly: WeekData | null;
  readonly overrides: readonly OverrideData[];
};

export type CalendarInput = {
  readonly timeZone: string;
  readonly weekly: WeekData | null;
  readonly exceptions: readonly CalendarExceptionData[];
  /** The organization's; empty where the number does not use them. */
  readonly holidays: readonly HolidayData[];
};

/** Throws a RangeError for an unknown zone and for what is not a date. */
export function compileUserSchedule(input: UserScheduleInput, cache?: ScheduleCache): Schedule {
  return compile(input.timeZone, input.weekly, overrideLayers(input.overrides), cache);
}

/** A calendar is a schedule without fallback users: closed is 'not-available', or 'outside' its hours. */
export function compileCalendar(input: CalendarInput, cache?: ScheduleCache): Schedule {
  return compile(input.timeZone, input.weekly, calendarLayers(input.exceptions, input.holidays), cache);
}

function compile(
  timeZone: string,
  weekly: WeekData | null,
  layers: readonly Layer[],
  cache: ScheduleCache | undefined,
): Schedule {
  const zone = zoneNamed(timeZone);
  if (cache === undefined) return scheduleOf(zone, compileWeek(weekly), layers);
  const { week, key } = shared(cache.compiled, weekly, () => {
    const compiled = compileWeek(weekly);
    const made = weekKey(compiled);
    return { week: shared(cache.weeks, made, () => compiled), key: made };
  });
  if (layers.length > 0) return scheduleOf(zone, week, layers);
  return shared(cache.schedules, `${zone.name} ${key}`, () => scheduleOf(zone, week, layers));
}

function shared<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

const noLayers: readonly Layer[] = [];

const alwaysOpen: ScheduleState = {
  kind: 'open',
  source: 'always',
  override: null,
  fallbackUserId: null,
  until: null,
};

function scheduleOf(zone: Zone, week: Week, layers: readonly Layer[]): Schedule {
  const always = week.steady === 'open' && layers.length === 0;
  return {
    zone,
    week,
    layers: layers.some((layer) => layer.yearly) ? layers : noLayers,
    spans: flatten(layers, 0, 0),
    // No answer yet: no instant is before the end. Never a small integer, or each schedule changes its shape when asked.
    since: -Infinity,
    until: always ? Infinity : -Infinity,
    state: alwaysOpen,
  };
}

/** True when the schedule is open at every instant, whatever the date. */
export function isAlwaysOpen(schedule: Schedule): boolean {
  return schedule.week.steady === 'open' && schedule.spans === noSpans;
}

/** The state at an instant. Asking at any instant before `until` gives the same kind and fallback user. */
export function stateAt(schedule: Schedule, ms: number): ScheduleState {
  if (ms >= schedule.since && ms < schedule.until) return schedule.state;
  const piece = pieceAt(schedule, ms);
  const { change, same } = nextChange(schedule, piece, ms + horizonMs + beyondMs);
  // "Within 400 days" is counted from the instant asked: an answer is kept for the instants that would get the same.
  const near = change - ms <= horizonMs;
  schedule.since = near ? Math.max(piece.since, change - horizonMs) : piece.since;
  schedule.until = near ? same : Math.min(same, change - horizonMs);
  schedule.state = {
    kind: piece.kind,
    source: piece.rule.override !== null ? 'override' : schedule.week.steady === 'open' ? 'always' : 'weekly',
    override: piece.rule.override,
    fallbackUserId: piece.rule.fallbackUserId,
    until: near ? change : null,
  };
  return schedule.state;
}

/** The first instant, from `ms` on and within 400 days, at which the schedule is open; null if there is none. */
export function nextOpen(schedule: Schedule, ms: number): number | null {
  const limit = ms + horizonMs;
  let instant = ms;
  while (instant <= limit) {
    const piece = pieceAt(schedule, instant);
    if (piece.kind === 'open') return instant;
    instant = nextChange(schedule, piece, limit + 1).change;
  }
  return null;
}

export type EmptyWindow = { readonly day: number; readonly from: number; readonly to: number };

/**
 * The windows that fall wholly into a gap of the clock, by the local day they start on: nobody can be reached in
 * them, though the week looks as if. Windows that touch are one.
 */
export function emptyWindows(schedule: Schedule, fromMs: number, toMs: number): readonly EmptyWindow[] {
  const { zone } = schedule;
  const empty: EmptyWindow[] = [];
  for (let day = localDay(zone, fromMs); firstInstantOfDay(zone, day) < toMs; day += 1) {
    if (!dateExists(zone, day)) continue;
    for (const [from, to] of ruleFor(schedule, day).windows) {
      const start = startInstant(zone, day, from);
      if (start >= fromMs && start < toMs && start >= endInstant(zone, day, to))
        empty.push({ day, from, to });
    }
  }
  return empty;
}

function ruleFor(schedule: Schedule, day: number): DayRule {
  const { spans } = schedule;
  if (day < spans.since || day > spans.until) schedule.spans = flatten(schedule.layers, day - 31, day + 800);
  return ruleOf(schedule.week, schedule.spans, day);
}

/** A stretch around an instant in which nothing changes, cut at every edge of a window and of the day. */
type Piece = {
  readonly kind: ScheduleState['kind'];
  /** The rule that makes it so: of the day, or of the day whose window spills into it. */
  readonly rule: DayRule;
  readonly day: number;
  readonly since: number;
  readonly until: number;
};

function pieceAt(schedule: Schedule, ms: number): Piece {
  const { zone } = schedule;
  let day = localDay(zone, ms);
  let until = firstInstantOfDay(zone, day + 1);
  // Where midnight comes twice, the clock may show the old date again after the new day has begun (rule 6).
  while (until <= ms) {
    day += 1;
    until = firstInstantOfDay(zone, day + 1);
  }
  const first = firstInstantOfDay(zone, day);
  let since = first;
  const today = ruleFor(schedule, day);
  if (!today.available) return { kind: 'not-available', rule: today, day, since, until };
  let open: DayRule | undefined;
  for (let back = 0; back <= 2; back += 1) {
    const rule = ruleFor(schedule, day - back);
    for (const [from, to] of rule.windows) {
      const end = endInstant(zone, day - back, to);
      if (end <= first || (back > 0 && !dateExists(zone, day - back))) continue;
      const start = startInstant(zone, day - back, from);
      if (start >= end) continue;
      if (start <= ms && ms < end) open ??= rule;
      for (const edge of [start, end]) {
        if (edge <= ms && edge > since) since = edge;
        if (edge > ms && edge < until) until = edge;
      }
    }
  }
  return { kind: open === undefined ? 'outside' : 'open', rule: open ?? today, day, since, until };
}

/**
 * Walks on from a piece. `change` is the first instant with another kind or fallback user if that is not after
 * `limit`, else an instant after `limit` up to which nothing changes; `same` is how far even the reason is the same.
 */
function nextChange(
  schedule: Schedule,
  from: Piece,
  limit: number,
): { readonly change: number; readonly same: number } {
  let same = 0;
  let piece = from;
  for (;;) {
    const change = steadyUntil(schedule, piece);
    if (change > limit) return { change, same: same === 0 ? change : same };
    piece = pieceAt(schedule, change);
    if (same === 0 && piece.rule.override !== from.rule.override) same = change;
    if (piece.kind !== from.kind || piece.rule.fallbackUserId !== from.rule.fallbackUserId) {
      return { change, same: same === 0 ? change : same };
    }
  }
}

/** The end of the piece, or a later instant where whole days follow that are the same: weeks of leave are one step. */
function steadyUntil(schedule: Schedule, piece: Piece): number {
  const { zone, week } = schedule;
  const rule = ruleFor(schedule, piece.day);
  const { spans } = schedule;
  const covered = week.covered && rule.override === null && !hasSpan(spans, piece.day - 2, piece.day);
  if (!covered && (piece.rule !== rule || piece.kind !== steadinessOf(rule))) return piece.until;
  const index = spanFrom(spans, piece.day);
  let last = Infinity;
  if (rule.override !== null) last = spans.lasts[index] ?? piece.day;
  else if (!covered && week.steady === 'mixed') return piece.until;
  else if (index < spans.firsts.length) last = (spans.firsts[index] ?? 0) - 1;
  // Dates with a year are there beyond what the spans are complete for, but a yearly one may come before them.
  last = Math.min(last, spans.until);
  if (week.steady !== 'mixed' && last === Infinity) return Infinity;
  // No further than is ever asked, so that leave until the year 9999 does not make tables of zones until then.
  const end = firstInstantOfDay(zone, Math.min(last, piece.day + 900) + 1);
  return covered && week.steady === 'mixed' && skipsDate(zone, piece.since - 2 * dayMs, end)
    ? piece.until
    : end;
}
