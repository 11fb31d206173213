import { type Static, Type } from 'typebox';
import type { WeekData, WeekdayData, WindowData } from '../../services/routing/domain/directory-data.ts';
import {
  formatTimeOfDay,
  isTimeZone,
  parseDate,
  parseTimeOfDay,
} from '../../services/routing/domain/local-time.ts';
import type { Issues } from './issues.ts';
import { closed, Window } from './schemas.ts';

/** Hours as the API has them (names of weekdays, "09:00") and as routing has them (minutes), and the way between. */
export const weekdayNames = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

export const DayHours = Type.Object(
  {
    available: Type.Boolean(),
    windows: Type.Optional(
      Type.Array(Window, {
        maxItems: 48,
        description: 'Needed with `available: true`; an empty list means outside hours all day.',
      }),
    ),
    fallbackUserId: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'Only with `available: false`: who takes the calls of that day.',
      }),
    ),
  },
  closed,
);
export type DayHours = Static<typeof DayHours>;
type WindowBody = Static<typeof Window>;

/** Pairs of minutes; reports every time that is none. */
export function parseWindows(
  issues: Issues,
  pointer: string,
  windows: readonly WindowBody[],
): readonly WindowData[] {
  return windows.map((window, index) => parseWindow(issues, `${pointer}/${index}`, window));
}

export function parseWindow(issues: Issues, pointer: string, window: WindowBody): WindowData {
  const from = parseTimeOfDay(window.from, 'from');
  const to = parseTimeOfDay(window.to, 'to');
  if (from === undefined) {
    const ends = window.from === '24:00' ? ' 24:00 is only an end; a day starts at 00:00.' : '';
    issues.add(`${pointer}/from`, 'time', `Use a time from 00:00 to 23:59, two digits each.${ends}`);
  }
  if (to === undefined) {
    issues.add(`${pointer}/to`, 'time', 'Use a time from 00:00 to 23:59, or 24:00 for the end of the day.');
  }
  if (from !== undefined && from === to) {
    issues.add(
      `${pointer}/to`,
      'empty-window',
      'Use another end: this window has no length. A whole day is 00:00 to 24:00.',
    );
  }
  return [from ?? 0, to ?? 0];
}

/** One weekday, or the hours of an override. Users that are named are checked by the caller. */
export function parseDayHours(issues: Issues, pointer: string, day: DayHours): WeekdayData {
  if (day.available) {
    if (day.fallbackUserId !== undefined) {
      issues.add(
        `${pointer}/fallbackUserId`,
        'contradiction',
        'Leave this out, or send available: false: a fallback user takes the calls of days that are not available.',
      );
    }
    if (day.windows === undefined) {
      issues.add(`${pointer}/windows`, 'required', 'Send the windows of the day; an empty list closes it.');
    }
    return { available: true, windows: parseWindows(issues, `${pointer}/windows`, day.windows ?? []) };
  }
  if (day.windows !== undefined) {
    issues.add(
      `${pointer}/windows`,
      'contradiction',
      'Leave this out, or send available: true: a day that is not available has no windows.',
    );
  }
  return { available: false, fallbackUserId: day.fallbackUserId ?? null };
}

export function toWindows(windows: readonly WindowData[]): WindowBody[] {
  return windows.map(toWindow);
}

export function toWindow([from, to]: WindowData): WindowBody {
  return { from: formatTimeOfDay(from), to: formatTimeOfDay(to) };
}

export function toDayHours(day: WeekdayData): DayHours {
  if (day.available) return { available: true, windows: toWindows(day.windows) };
  return { available: false, ...(day.fallbackUserId === null ? {} : { fallbackUserId: day.fallbackUserId }) };
}

export type WeekBody<D> = { readonly [name in (typeof weekdayNames)[number]]?: D };

/** Monday first; null for a weekday that is left out. */
export function parseWeek<D extends DayHours>(issues: Issues, pointer: string, week: WeekBody<D>): WeekData {
  return weekdayNames.map((name) => {
    const day = week[name];
    return day === undefined ? null : parseDayHours(issues, `${pointer}/${name}`, day);
  });
}

export function toWeek(week: WeekData): WeekBody<DayHours> {
  const days = weekdayNames.flatMap((name, index) => {
    const day = week[index];
    return day === undefined || day === null ? [] : [[name, toDayHours(day)] as const];
  });
  return Object.fromEntries(days);
}

export function checkZone(issues: Issues, pointer: string, zone: string | null | undefined): void {
  if (zone === null || zone === undefined || isTimeZone(zone)) return;
  issues.add(
    pointer,
    'time-zone',
    'Use the name of a zone of the IANA database in its own spelling, such as Europe/Madrid.',
  );
}

/** Both ends of a range of dates, inclusive. */
export function checkDates(issues: Issues, pointer: string, from: string, to: string): void {
  const first = checkDate(issues, `${pointer}/from`, from);
  // One date: what is wrong with it was said.
  if (to === from) return;
  const last = checkDate(issues, `${pointer}/to`, to);
  if (first !== undefined && last !== undefined && last < first) {
    issues.add(`${pointer}/to`, 'order', 'Use a last date that is not before the first one.');
  }
}

function checkDate(issues: Issues, pointer: string, text: string): number | undefined {
  const day = parseDate(text);
  if (day !== undefined && day >= 0 && text < '2200-01-01') return day;
  issues.add(pointer, 'date', 'Use a date that exists, written like 2026-12-24.');
  return undefined;
}
