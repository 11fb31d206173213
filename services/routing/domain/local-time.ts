/**
 * Local time, and the only place that asks Temporal. Every zone has a table of its offsets, made when the zone is
 * first asked for and extended before its end is reached; all questions after that are integer arithmetic.
 *
 * Units: instants are epoch ms, days are epoch day numbers of a local date (0 is 1970-01-01), minutes are minutes
 * of the local day (0-1440) by the wall clock.
 */

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** No zone has ever been further than this from UTC. */
const widestOffset = 16 * 3_600_000;
/** How much further than asked for a table is extended. */
const extension = 10 * 366 * dayMs;
const lastInstant = 8_640_000_000_000_000;

export type Zone = {
  readonly name: string;
  /** `offsets[i]` (ms) holds in `[starts[i], starts[i + 1])`; the last start is the end of what is known. */
  readonly starts: number[];
  readonly offsets: number[];
  /** The table is complete before this instant; Infinity when the zone has no more transitions. */
  horizon: number;
  /** The interval found last: calls come in the order of time, so it nearly always serves the next one too. */
  since: number;
  until: number;
  offset: number;
};

const zones = new Map<string, Zone>();

/**
 * True for a name of the IANA database in its own spelling ("Europe/Madrid", "UTC", an old name such as
 * "Asia/Calcutta"). False for another case ("europe/madrid"), for an offset ("+02:00"), which knows no summer
 * time, and for what the runtime does not know.
 */
export function isTimeZone(name: string): boolean {
  if (zones.has(name)) return true;
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId === name;
  } catch {
    return false;
  }
}

/** The one Zone of that name. Throws a RangeError for a name that `isTimeZone` refuses. */
export function zoneNamed(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  if (!isTimeZone(name)) throw new RangeError(`unknown time zone: ${name}`);
  const first = Temporal.Instant.fromEpochMilliseconds(-lastInstant).toZonedDateTimeISO(name);
  const zone: Zone = {
    name,
    starts: [-Infinity],
    offsets: [first.offsetNanoseconds / 1e6],
    horizon: -Infinity,
    since: 0,
    until: 0,
    offset: 0,
  };
  zones.set(name, zone);
  return zone;
}

function extend(zone: Zone, ms: number): void {
  if (!(Math.abs(ms) <= lastInstant)) throw new RangeError(`not an instant: ${ms}`);
  const target = Math.min(ms + extension, lastInstant);
  while (zone.horizon <= target) {
    const last = Math.max(zone.starts[zone.starts.length - 1] ?? 0, -lastInstant);
    const next = Temporal.Instant.fromEpochMilliseconds(last)
      .toZonedDateTimeISO(zone.name)
      .getTimeZoneTransition('next');
    if (next === null) {
      zone.horizon = Infinity;
      return;
    }
    zone.starts.push(next.epochMilliseconds);
    zone.offsets.push(next.offsetNanoseconds / 1e6);
    zone.horizon = next.epochMilliseconds;
  }
}

/** The place of the interval that holds `ms`, which is also remembered as the one found last. */
function seek(zone: Zone, ms: number): number {
  if (!(ms < zone.horizon) || !(ms >= -lastInstant)) extend(zone, ms);
  const { starts } = zone;
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (startOf(zone, middle) <= ms) low = middle;
    else high = middle - 1;
  }
  zone.since = startOf(zone, low);
  zone.until = startOf(zone, low + 1);
  zone.offset = zone.offsets[low] ?? 0;
  return low;
}

function startOf(zone: Zone, index: number): number {
  return zone.starts[index] ?? Infinity;
}

/** Local time minus UTC, in ms. */
function offsetAt(zone: Zone, ms: number): number {
  if (ms < zone.since || !(ms < zone.until)) seek(zone, ms);
  return zone.offset;
}

/** The epoch day number of the local date. */
export function localDay(zone: Zone, ms: number): number {
  return Math.floor((ms + offsetAt(zone, ms)) / dayMs);
}

/** The minute of the day that the wall clock shows, 0-1439. */
export function localMinute(zone: Zone, ms: number): number {
  const local = ms + offsetAt(zone, ms);
  return Math.floor((local - Math.floor(local / dayMs) * dayMs) / minuteMs);
}

/** True where no change of the clock is near: one offset holds, and is in `zone.offset`. */
function isPlain(zone: Zone, local: number): boolean {
  offsetAt(zone, local);
  return local - widestOffset >= zone.since && local + widestOffset < zone.until;
}

/** The first instant at which the wall clock shows `local` (ms since 1970 as if it were UTC) or later. */
function firstInstantAt(zone: Zone, local: number): number {
  if (isPlain(zone, local)) return local - zone.offset;
  seek(zone, local + widestOffset);
  let index = seek(zone, local - widestOffset);
  for (;;) {
    const instant = Math.max(startOf(zone, index), local - (zone.offsets[index] ?? 0));
    if (instant < startOf(zone, index + 1)) return instant;
    index += 1;
  }
}

/** The last instant at which the wall clock shows `local`; for a time in a gap, the first instant after the gap. */
function lastInstantAt(zone: Zone, local: number): number {
  if (isPlain(zone, local)) return local - zone.offset;
  const earliest = seek(zone, local - widestOffset);
  for (let index = seek(zone, local + widestOffset); index >= earliest; index -= 1) {
    const instant = local - (zone.offsets[index] ?? 0);
    if (instant >= startOf(zone, index) && instant < startOf(zone, index + 1)) return instant;
  }
  return firstInstantAt(zone, local);
}

/**
 * The first instant whose local date is `day` or later (rule 6): 01:00 where midnight is skipped, the first of two
 * midnights, and for a date that does not exist (Apia 2011-12-30) the first instant of the date after it.
 */
export function firstInstantOfDay(zone: Zone, day: number): number {
  return firstInstantAt(zone, day * dayMs);
}

/** False for the few dates that a zone has skipped as a whole. */
export function dateExists(zone: Zone, day: number): boolean {
  return firstInstantOfDay(zone, day) < firstInstantOfDay(zone, day + 1);
}

/** True where a whole date is missing between two instants: where the clock goes ahead by a day at once. */
export function skipsDate(zone: Zone, fromMs: number, toMs: number): boolean {
  const last = seek(zone, toMs);
  for (let index = seek(zone, fromMs) + 1; index <= last; index += 1) {
    if ((zone.offsets[index] ?? 0) - (zone.offsets[index - 1] ?? 0) >= dayMs) return true;
  }
  return false;
}

/**
 * When a window that starts at this local time starts (rule 5): at the first of two occurrences, and inside a gap
 * at the first instant after it. 02:30 when the clock goes from 02:00 to 03:00 is 03:00.
 */
export function startInstant(zone: Zone, day: number, minute: number): number {
  return firstInstantAt(zone, day * dayMs + minute * minuteMs);
}

/**
 * When a window that ends at this local time ends (rule 5): at the last of two occurrences, and inside a gap at the
 * first instant after it. Midnight, be it 0 of this day or 1440, is always the first instant of the day that it
 * begins. More than 1440 is a time of the next day.
 */
export function endInstant(zone: Zone, day: number, minute: number): number {
  const local = day * dayMs + minute * minuteMs;
  return minute % 1440 === 0 ? firstInstantAt(zone, local) : lastInstantAt(zone, local);
}

/** Monday is 0. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** The epoch day number of a date of the proleptic Gregorian calendar; month and date may overflow. */
export function dayOf(year: number, month: number, date: number): number {
  // Counted from 1 March, so that the leap day is the last of its year.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + date - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

export type LocalDate = { readonly year: number; readonly month: number; readonly date: number };

/** The other way round: 0 is { year: 1970, month: 1, date: 1 }. */
export function dateOf(day: number): LocalDate {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    date: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

/** The day number of "YYYY-MM-DD"; undefined for anything else, and for a date like 2026-02-30. */
export function parseDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const month = Number(match[2]);
  if (month < 1 || month > 12) return undefined;
  const day = dayOf(Number(match[1]), month, Number(match[3]));
  return formatDate(day) === text ? day : undefined;
}

/** "YYYY-MM-DD". */
export function formatDate(day: number): string {
  const { year, month, date } = dateOf(day);
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(date)}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

/** "HH:MM"; 1440 is "24:00". */
export function formatTimeOfDay(minute: number): string {
  return `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`;
}

/** The minute of "HH:MM", 24 hours, two digits each; "24:00" (1440) only where a window ends. */
export function parseTimeOfDay(text: string, edge: 'from' | 'to'): number | undefined {
  if (text === '24:00') return edge === 'to' ? 1440 : undefined;
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(text)) return undefined;
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

const weekdayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** "Tue 18:20", as the trace has it. */
export function formatLocal(zone: Zone, ms: number): string {
  return `${weekdayNames[weekdayOf(localDay(zone, ms))]} ${formatTimeOfDay(localMinute(zone, ms))}`;
}

/** "Tue 2026-03-10 18:20", where the weekday alone would not be clear. */
export function formatLocalDate(zone: Zone, ms: number): string {
  const day = localDay(zone, ms);
  return `${weekdayNames[weekdayOf(day)]} ${formatDate(day)} ${formatTimeOfDay(localMinute(zone, ms))}`;
}
