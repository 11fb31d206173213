import { test } from 'tap';
import type {
  CalendarExceptionData,
  OverrideData,
  WeekData,
  WeekdayData,
  WindowData,
} from '../../../../services/routing/domain/directory-data.ts';
import {
  formatDate,
  formatLocalDate,
  formatTimeOfDay,
  parseTimeOfDay,
  zoneNamed,
} from '../../../../services/routing/domain/local-time.ts';
import {
  compileCalendar,
  compileUserSchedule,
  createScheduleCache,
  emptyWindows,
  isAlwaysOpen,
  nextOpen,
  type Schedule,
  stateAt,
} from '../../../../services/routing/domain/schedule.ts';

const madrid = 'Europe/Madrid';

/** "09:00-13:00 14:00-18:00"; an empty text is a day without windows. */
function hours(text: string): WeekdayData {
  const windows = text.split(' ').flatMap((part): WindowData[] => {
    const [from, to] = part.split('-');
    if (from === undefined || to === undefined) return [];
    return [[parseTimeOfDay(from, 'from') ?? Number.NaN, parseTimeOfDay(to, 'to') ?? Number.NaN]];
  });
  return { available: true, windows };
}

function off(fallbackUserId: string | null = null): WeekdayData {
  return { available: false, fallbackUserId };
}

type WeekText = { readonly [day in 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun']?: WeekdayData };

/** The days that are not named are without windows. */
function week(days: WeekText): WeekData {
  const { mon, tue, wed, thu, fri, sat, sun } = days;
  return [mon, tue, wed, thu, fri, sat, sun].map((day) => day ?? hours(''));
}

function everyDay(day: WeekdayData | null): WeekData {
  return Array.from({ length: 7 }, () => day);
}

function override(id: string, from: string, to: string, day: WeekdayData): OverrideData {
  return { ...day, id, from, to };
}

/** The instant of "2026-03-10 09:00" in a zone; ":later" takes the second of two. */
function at(zone: string, text: string): number {
  const wall = Temporal.PlainDateTime.from(text.slice(0, 16).replace(' ', 'T'));
  const disambiguation = text.endsWith(':later') ? 'later' : 'compatible';
  return wall.toZonedDateTime(zone, { disambiguation }).epochMilliseconds;
}

/** "open", "outside" or "not-available FALLBACK", and until when, by the wall clock with its offset. */
function stateOf(schedule: Schedule, ms: number): string {
  const { kind, fallbackUserId, until } = stateAt(schedule, ms);
  const who = kind === 'not-available' ? ` ${fallbackUserId}` : '';
  if (until === null) return `${kind}${who} for ever`;
  const end = Temporal.Instant.fromEpochMilliseconds(until).toZonedDateTimeISO(schedule.zone.name);
  return `${kind}${who} until ${end.toString({ smallestUnit: 'minute', timeZoneName: 'never' })}`;
}

type Case = {
  readonly zone?: string;
  readonly weekly: WeekData | null;
  readonly overrides?: readonly OverrideData[];
  readonly states: Readonly<Record<string, string>>;
};

function check(title: string, { zone = madrid, weekly, overrides = [], states }: Case): void {
  test(title, (t) => {
    const schedule = compileUserSchedule({ timeZone: zone, weekly, overrides });
    for (const [when, state] of Object.entries(states)) {
      t.equal(stateOf(schedule, at(zone, when)), state, when);
    }
    t.end();
  });
}

check('rule 1: a window is half-open, to the minute', {
  weekly: everyDay(hours('09:00-18:00')),
  states: {
    '2026-03-10 08:59': 'outside until 2026-03-10T09:00+01:00',
    '2026-03-10 09:00': 'open until 2026-03-10T18:00+01:00',
    '2026-03-10 17:59': 'open until 2026-03-10T18:00+01:00',
    '2026-03-10 18:00': 'outside until 2026-03-11T09:00+01:00',
  },
});

check('rule 1: 23:59 is a minute before midnight, and 24:00 is midnight', {
  weekly: week({ mon: hours('20:00-23:59'), tue: hours('20:00-24:00') }),
  states: {
    '2026-03-09 23:59': 'outside until 2026-03-10T20:00+01:00',
    '2026-03-10 23:59': 'open until 2026-03-11T00:00+01:00',
  },
});

const nightOnFriday = week({ fri: hours('22:00-06:00'), sat: hours('10:00-12:00') });

check('rule 2: a night belongs to the day it starts on, whatever the row of the next day says', {
  weekly: nightOnFriday,
  states: {
    '2026-03-06 05:59': 'outside until 2026-03-06T22:00+01:00',
    '2026-03-06 22:00': 'open until 2026-03-07T06:00+01:00',
    '2026-03-07 05:59': 'open until 2026-03-07T06:00+01:00',
    '2026-03-07 06:00': 'outside until 2026-03-07T10:00+01:00',
    '2026-03-07 22:30': 'outside until 2026-03-13T22:00+01:00',
    '2026-03-08 05:00': 'outside until 2026-03-13T22:00+01:00',
  },
});

check('rule 2: a day that is not available takes the night before it too', {
  weekly: week({ fri: hours('22:00-06:00'), sat: off('bob'), sun: hours('00:00-04:00') }),
  states: {
    '2026-03-06 23:00': 'open until 2026-03-07T00:00+01:00',
    '2026-03-07 00:00': 'not-available bob until 2026-03-08T00:00+01:00',
    '2026-03-07 03:00': 'not-available bob until 2026-03-08T00:00+01:00',
    '2026-03-08 00:00': 'open until 2026-03-08T04:00+01:00',
  },
});

check('rule 3: an override replaces the windows that start on its day and keeps the night before', {
  weekly: everyDay(hours('22:00-06:00')),
  overrides: [override('o', '2026-03-10', '2026-03-10', hours('10:00-11:00'))],
  states: {
    '2026-03-10 05:00': 'open until 2026-03-10T06:00+01:00',
    '2026-03-10 10:30': 'open until 2026-03-10T11:00+01:00',
    '2026-03-10 23:00': 'outside until 2026-03-11T22:00+01:00',
    '2026-03-11 05:00': 'outside until 2026-03-11T22:00+01:00',
  },
});

check('rule 3: an override that is not available takes the night before it', {
  weekly: everyDay(hours('22:00-06:00')),
  overrides: [override('o', '2026-03-10', '2026-03-11', off('ana'))],
  states: {
    '2026-03-09 23:00': 'open until 2026-03-10T00:00+01:00',
    '2026-03-10 05:00': 'not-available ana until 2026-03-12T00:00+01:00',
    '2026-03-12 05:00': 'outside until 2026-03-12T22:00+01:00',
  },
});

check('rule 3: a single date beats a range, and among equals the one created later', {
  weekly: null,
  overrides: [
    override('single', '2026-03-11', '2026-03-11', off('single')),
    override('range', '2026-03-10', '2026-03-13', off('range')),
    override('later range', '2026-03-12', '2026-03-14', off('later')),
    override('first', '2026-03-20', '2026-03-20', off('first')),
    override('second', '2026-03-20', '2026-03-20', off('second')),
  ],
  states: {
    '2026-03-09 12:00': 'open until 2026-03-10T00:00+01:00',
    '2026-03-10 12:00': 'not-available range until 2026-03-11T00:00+01:00',
    '2026-03-11 12:00': 'not-available single until 2026-03-12T00:00+01:00',
    '2026-03-12 12:00': 'not-available later until 2026-03-15T00:00+01:00',
    '2026-03-20 12:00': 'not-available second until 2026-03-21T00:00+01:00',
    '2026-03-21 12:00': 'open for ever',
  },
});

check('an override with no windows is outside hours all day, and days that are alike are one', {
  weekly: everyDay(hours('09:00-17:00')),
  overrides: [override('o', '2026-03-10', '2026-03-11', hours(''))],
  states: {
    '2026-03-09 17:00': 'outside until 2026-03-12T09:00+01:00',
    '2026-03-10 12:00': 'outside until 2026-03-12T09:00+01:00',
  },
});

check('rule 4: windows that overlap or touch are one, also across midnight and the end of the week', {
  weekly: week({
    mon: hours('09:00-12:00 11:00-13:00 13:00-14:00 10:00-10:30'),
    sat: hours('20:00-24:00'),
    sun: hours('00:00-02:00 23:00-01:00'),
  }),
  states: {
    '2026-03-09 00:59': 'open until 2026-03-09T01:00+01:00',
    '2026-03-09 09:00': 'open until 2026-03-09T14:00+01:00',
    '2026-03-14 21:00': 'open until 2026-03-15T02:00+01:00',
    '2026-03-15 23:00': 'open until 2026-03-16T01:00+01:00',
  },
});

check('rule 5: spring in Madrid, where 02:00-03:00 is skipped', {
  weekly: everyDay(hours('01:00-02:30 02:45-04:00')),
  states: { '2026-03-29 01:30': 'open until 2026-03-29T04:00+02:00' },
});

check('rule 5: autumn in Madrid, where 02:00-03:00 comes twice', {
  weekly: everyDay(hours('01:00-02:15 02:45-04:00')),
  states: {
    '2026-10-25 01:30': 'open until 2026-10-25T04:00+01:00',
    '2026-10-25 02:20': 'open until 2026-10-25T04:00+01:00',
    '2026-10-25 02:20:later': 'open until 2026-10-25T04:00+01:00',
  },
});

check('rule 5: a window inside the fold is open from its first start to its last end', {
  weekly: everyDay(hours('02:10-02:20')),
  states: {
    '2026-10-25 02:05': 'outside until 2026-10-25T02:10+02:00',
    '2026-10-25 02:30': 'open until 2026-10-25T02:20+01:00',
    '2026-10-25 02:20:later': 'outside until 2026-10-26T02:10+01:00',
  },
});

check('rule 5: a window wholly inside a gap is empty', {
  weekly: everyDay(hours('02:10-02:50')),
  states: {
    '2026-03-28 02:50': 'outside until 2026-03-30T02:10+02:00',
    '2026-03-29 03:00': 'outside until 2026-03-30T02:10+02:00',
  },
});

check('rule 5: a date that does not exist has no windows, and what would end on it ends with the gap', {
  zone: 'Pacific/Apia',
  weekly: week({
    thu: hours('22:00-06:00'),
    fri: hours('09:00-10:00 23:00-05:00'),
    sat: hours('08:00-09:00'),
  }),
  states: {
    '2011-12-29 23:00': 'open until 2011-12-31T00:00+14:00',
    '2011-12-31 00:00': 'outside until 2011-12-31T08:00+14:00',
  },
});

check('rule 5: three shifts leave nothing out but for a date that is skipped', {
  zone: 'Pacific/Apia',
  weekly: everyDay(hours('06:00-14:00 14:00-22:00 22:00-06:00')),
  states: {
    '2011-12-29 23:00': 'open until 2011-12-31T00:00+14:00',
    '2011-12-31 00:00': 'outside until 2011-12-31T06:00+14:00',
    '2026-01-01 00:00': 'open for ever',
  },
});

check('rule 6: a left-out day and a day off are the whole local day, of 23 and of 25 hours', {
  zone: 'America/Havana',
  weekly: [off('m'), off('m'), off('m'), off('m'), off('m'), off('m'), null],
  states: {
    '2026-03-07 23:59': 'not-available m until 2026-03-08T01:00-04:00',
    '2026-03-08 01:00': 'open until 2026-03-09T00:00-04:00',
    '2026-11-01 00:30': 'open until 2026-11-02T00:00-05:00',
    '2026-11-01 00:30:later': 'open until 2026-11-02T00:00-05:00',
    '2026-10-31 23:59': 'not-available m until 2026-11-01T00:00-04:00',
  },
});

check('rule 6: where the clock shows the old date again, the new day has begun', {
  zone: 'America/St_Johns',
  weekly: week({ sat: off('sat'), sun: off('sun') }),
  states: {
    '2010-11-06 23:30': 'not-available sat until 2010-11-07T00:00-02:30',
    '2010-11-06 23:30:later': 'not-available sun until 2010-11-08T00:00-03:30',
  },
});

check('rule 6: a night may even end two days on, where the clock goes back over midnight', {
  zone: 'America/St_Johns',
  weekly: week({ fri: hours('23:45-23:30') }),
  states: {
    '2010-11-06 23:20:later': 'open until 2010-11-06T23:30-03:30',
    '2010-11-06 23:30:later': 'outside until 2010-11-12T23:45-03:30',
  },
});

test('rule 7: the same week is other instants in another zone', (t) => {
  const weekly = everyDay(hours('09:00-17:00'));
  const noon = Date.UTC(2026, 2, 10, 12);
  const states = ['Asia/Kathmandu', 'Europe/Madrid', 'America/Los_Angeles'].map((timeZone) =>
    stateOf(compileUserSchedule({ timeZone, weekly, overrides: [] }), noon),
  );
  t.same(states, [
    'outside until 2026-03-11T09:00+05:45',
    'open until 2026-03-10T17:00+01:00',
    'outside until 2026-03-10T09:00-07:00',
  ]);
  t.throws(() => compileUserSchedule({ timeZone: 'Mars/Base', weekly, overrides: [] }), RangeError);
  t.end();
});

check('rule 8: an override is a local date of the zone', {
  zone: 'Pacific/Auckland',
  weekly: null,
  overrides: [override('o', '2026-12-25', '2026-12-25', off())],
  states: {
    '2026-12-24 23:59': 'open until 2026-12-25T00:00+13:00',
    '2026-12-25 23:59': 'not-available null until 2026-12-26T00:00+13:00',
  },
});

test('rule 9: a schedule that was compiled once is right years later and earlier', (t) => {
  const schedule = compileUserSchedule({
    timeZone: madrid,
    weekly: everyDay(hours('09:00-17:00')),
    overrides: [],
  });
  const when = [
    '2026-07-01 09:00',
    '2045-01-03 09:00',
    '1999-07-05 09:00',
    '2026-07-01 08:59',
    '2026-07-01 09:00',
  ];
  const kinds = when.map((text) => stateAt(schedule, at(madrid, text)).kind);
  t.same(kinds, ['open', 'open', 'open', 'outside', 'open']);
  t.end();
});

const lateAndEarly = everyDay(hours('23:15-00:30 01:10-02:50'));

for (const [zone, states] of Object.entries({
  'America/Havana': { '2026-03-07 23:30': 'open until 2026-03-08T01:00-04:00' },
  'Africa/Cairo': { '2026-04-23 23:30': 'open until 2026-04-24T01:00+03:00' },
  'America/Santiago': {
    '2026-04-04 23:30': 'open until 2026-04-05T00:30-04:00',
    '2026-04-04 23:05:later': 'open until 2026-04-05T00:30-04:00',
  },
  'Asia/Beirut': { '2026-03-28 23:30': 'open until 2026-03-29T01:00+03:00' },
  'Atlantic/Azores': { '2026-10-24 23:30': 'open until 2026-10-25T00:30-01:00' },
  'America/Nuuk': { '2026-03-28 22:59': 'outside until 2026-03-29T00:00-01:00' },
  'Australia/Lord_Howe': {
    '2026-04-05 01:45': 'open until 2026-04-05T02:50+10:30',
    '2026-10-04 01:30': 'open until 2026-10-04T02:50+11:00',
  },
  'Antarctica/Troll': { '2026-03-29 00:30': 'outside until 2026-03-29T23:15+02:00' },
  'Africa/Casablanca': {
    '2026-02-15 02:45': 'open until 2026-02-15T02:50+00:00',
    '2026-03-22 01:30': 'open until 2026-03-22T03:00+01:00',
  },
  'Pacific/Apia': { '2011-12-29 23:30': 'open until 2011-12-31T00:00+14:00' },
  'Asia/Kathmandu': { '2026-06-01 23:30': 'open until 2026-06-02T00:30+05:45' },
})) {
  check(`rule 10: a late and an early window in ${zone}`, { zone, weekly: lateAndEarly, states });
}

test('what a state is due to is named for the trace', (t) => {
  const schedule = compileUserSchedule({
    timeZone: madrid,
    weekly: everyDay(hours('22:00-06:00')),
    overrides: [
      override('leave', '2026-03-09', '2026-03-10', off('ana')),
      override('late', '2026-03-12', '2026-03-12', hours('23:00-03:00')),
    ],
  });
  const source = (when: string): string => {
    const state = stateAt(schedule, at(madrid, when));
    return `${state.source} ${state.override?.id ?? ''}`;
  };
  t.equal(source('2026-03-08 23:00'), 'weekly ');
  t.equal(source('2026-03-10 04:00'), 'override leave');
  t.equal(source('2026-03-12 05:00'), 'weekly ', 'the night before an override is of the week');
  t.equal(source('2026-03-12 12:00'), 'override late');
  t.equal(source('2026-03-13 02:00'), 'override late', 'the night of an override is its own');
  t.equal(source('2026-03-13 04:00'), 'weekly ');
  t.end();
});

test('a user without hours is always available, and so are whole days and left-out days', (t) => {
  for (const weekly of [
    null,
    everyDay(null),
    everyDay(hours('00:00-24:00')),
    everyDay(hours('00:00-12:00 12:00-24:00')),
  ]) {
    const schedule = compileUserSchedule({ timeZone: madrid, weekly, overrides: [] });
    t.equal(isAlwaysOpen(schedule), true);
    t.match(stateAt(schedule, Date.UTC(2026, 2, 10)), { kind: 'open', source: 'always', until: null });
    t.equal(nextOpen(schedule, 5), 5);
  }
  const once = compileUserSchedule({
    timeZone: madrid,
    weekly: null,
    overrides: [override('o', '2026-03-10', '2026-03-10', off())],
  });
  t.equal(isAlwaysOpen(once), false);
  t.equal(stateOf(once, at(madrid, '2025-02-03 12:00')), 'open until 2026-03-10T00:00+01:00');
  t.equal(stateOf(once, at(madrid, '2025-02-02 12:00')), 'open for ever', 'more than 400 days before');
  t.end();
});

test('the next opening is named for the trace, and is null when nobody comes back', (t) => {
  const zone = zoneNamed(madrid);
  const weekly = week({ wed: hours('09:00-12:00') });
  const open = compileUserSchedule({ timeZone: madrid, weekly, overrides: [] });
  const next = nextOpen(open, at(madrid, '2026-03-10 18:20'));
  t.equal(next === null ? null : formatLocalDate(zone, next), 'Wed 2026-03-11 09:00');
  const leave = compileUserSchedule({
    timeZone: madrid,
    weekly,
    overrides: [override('o', '2026-03-11', '2026-04-01', off('bob'))],
  });
  const after = nextOpen(leave, at(madrid, '2026-03-10 18:20'));
  t.equal(after === null ? null : formatLocalDate(zone, after), 'Wed 2026-04-08 09:00');
  for (const day of [off('bob'), hours('')]) {
    const never = compileUserSchedule({ timeZone: madrid, weekly: everyDay(day), overrides: [] });
    t.equal(nextOpen(never, Date.UTC(2026, 0)), null);
    t.equal(stateAt(never, Date.UTC(2026, 0)).until, null);
  }
  t.end();
});

test('leave until the year 9999 is answered at once', (t) => {
  const overrides = [override('o', '2026-03-10', '9999-12-31', off('bob'))];
  const schedule = compileUserSchedule({ timeZone: madrid, weekly: null, overrides });
  t.equal(stateOf(schedule, at(madrid, '2026-03-11 12:00')), 'not-available bob for ever');
  t.ok(zoneNamed(madrid).starts.length < 400, 'the table of the zone does not grow until then');
  t.end();
});

type CalendarCase = {
  readonly weekly?: WeekData | null;
  readonly exceptions?: readonly CalendarExceptionData[];
  readonly holidays?: Parameters<typeof compileCalendar>[0]['holidays'];
  readonly states: Readonly<Record<string, string>>;
};

function checkCalendar(
  title: string,
  { weekly = null, exceptions = [], holidays = [], states }: CalendarCase,
): void {
  test(title, (t) => {
    const schedule = compileCalendar({ timeZone: madrid, weekly, exceptions, holidays });
    for (const [when, wanted] of Object.entries(states)) {
      const state = stateAt(schedule, at(madrid, when));
      const { override: by } = state;
      const due = by === null ? state.source : `${by.kind} ${by.name ?? by.index}`;
      t.equal(`${state.kind} by ${due}`, wanted, when);
    }
    t.end();
  });
}

function closed(from: string, to = from, yearly = false): CalendarExceptionData {
  return { from, to, yearly, closed: true, windows: [] };
}

checkCalendar('a holiday with a year is of that year only, one without comes every year', {
  holidays: [
    { from: '2026-04-03', to: '2026-04-03', yearly: false, name: 'Good Friday' },
    { from: '2020-12-25', to: '2020-12-26', yearly: true, name: 'Christmas' },
  ],
  states: {
    '2026-04-03 12:00': 'not-available by holiday Good Friday',
    '2027-04-03 12:00': 'open by always',
    '2025-04-03 12:00': 'open by always',
    '2026-12-24 23:59': 'open by always',
    '2026-12-25 00:00': 'not-available by holiday Christmas',
    '2041-12-26 23:59': 'not-available by holiday Christmas',
    '2019-12-25 12:00': 'not-available by holiday Christmas',
  },
});

checkCalendar('a yearly range goes on over the end of the year', {
  exceptions: [closed('2024-12-24', '2025-01-06', true)],
  states: {
    '2026-12-23 12:00': 'open by always',
    '2026-12-24 00:00': 'not-available by exception 0',
    '2027-01-06 23:59': 'not-available by exception 0',
    '2027-01-07 00:00': 'open by always',
    '2026-01-01 12:00': 'not-available by exception 0',
  },
});

checkCalendar('29 February comes in leap years only, as one date and as the end of a range', {
  exceptions: [closed('2024-02-29', '2024-02-29', true)],
  holidays: [{ from: '2024-02-27', to: '2024-02-29', yearly: true, name: 'end' }],
  states: {
    '2026-02-28 12:00': 'not-available by holiday end',
    '2026-03-01 12:00': 'open by always',
    '2028-02-28 12:00': 'not-available by holiday end',
    '2028-02-29 12:00': 'not-available by exception 0',
    '2100-03-01 12:00': 'open by always',
  },
});

checkCalendar(
  'a date goes before a range, a range before a yearly one, and that before holidays and the week',
  {
    weekly: everyDay(hours('09:00-17:00')),
    exceptions: [
      { from: '2026-12-25', to: '2026-12-25', yearly: false, closed: false, windows: [[600, 660]] },
      closed('2026-12-24', '2026-12-28'),
      { from: '2020-12-24', to: '2020-12-31', yearly: true, closed: false, windows: [[720, 780]] },
    ],
    holidays: [{ from: '2020-12-20', to: '2020-12-31', yearly: true, name: 'winter' }],
    states: {
      '2026-12-19 12:30': 'open by weekly',
      '2026-12-20 12:30': 'not-available by holiday winter',
      '2026-12-24 12:30': 'not-available by exception 1',
      '2026-12-25 10:30': 'open by exception 0',
      '2026-12-25 12:30': 'outside by exception 0',
      '2026-12-29 12:30': 'open by exception 2',
      '2026-12-29 13:00': 'outside by exception 2',
    },
  },
);

test('a yearly holiday right before a far exception is not jumped over', (t) => {
  const schedule = compileCalendar({
    timeZone: madrid,
    weekly: null,
    exceptions: [{ from: '2028-02-29', to: '2028-02-29', yearly: false, closed: false, windows: [] }],
    holidays: [{ from: '2020-02-28', to: '2020-02-28', yearly: true, name: 'eve' }],
  });
  t.equal(stateOf(schedule, at(madrid, '2025-01-01 12:00')), 'open until 2025-02-28T00:00+01:00');
  t.equal(stateOf(schedule, at(madrid, '2027-03-01 12:00')), 'open until 2028-02-28T00:00+01:00');
  t.end();
});

check('a week that is open from Saturday to Monday matches on all three days', {
  weekly: week({ sat: hours('00:00-24:00'), sun: hours('00:00-24:00'), mon: hours('00:00-24:00') }),
  states: {
    '2026-03-06 23:59': 'outside until 2026-03-07T00:00+01:00',
    '2026-03-07 12:00': 'open until 2026-03-10T00:00+01:00',
    '2026-03-08 12:00': 'open until 2026-03-10T00:00+01:00',
    '2026-03-09 23:59': 'open until 2026-03-10T00:00+01:00',
    '2026-03-10 00:00': 'outside until 2026-03-14T00:00+01:00',
  },
});

check('a range of dates from Saturday to Monday is three days', {
  weekly: null,
  overrides: [override('o', '2026-03-07', '2026-03-09', off('bob'))],
  states: {
    '2026-03-06 23:59': 'open until 2026-03-07T00:00+01:00',
    '2026-03-08 12:00': 'not-available bob until 2026-03-10T00:00+01:00',
    '2026-03-10 00:00': 'open for ever',
  },
});

check('Sunday night goes on into Monday, not into the Monday before', {
  weekly: week({ sun: hours('22:00-06:00') }),
  states: {
    '2026-03-08 21:59': 'outside until 2026-03-08T22:00+01:00',
    '2026-03-09 05:59': 'open until 2026-03-09T06:00+01:00',
    '2026-03-09 06:00': 'outside until 2026-03-15T22:00+01:00',
  },
});

test('every minute of the day is the minute it says', (t) => {
  for (const [from, to] of [
    [0, 1],
    [1, 2],
    [719, 720],
    [1438, 1439],
    [1439, 1440],
  ] as const) {
    const weekly = everyDay({ available: true, windows: [[from, to]] });
    const schedule = compileUserSchedule({ timeZone: 'Asia/Kathmandu', weekly, overrides: [] });
    const start = at('Asia/Kathmandu', '2026-03-10 00:00');
    const open = Array.from({ length: 1440 }, (_, minute) => minute).filter(
      (minute) => stateAt(schedule, start + minute * 60_000).kind === 'open',
    );
    t.same(open, [from]);
  }
  t.end();
});

test('windows that fall wholly into a gap are told for the coverage report', (t) => {
  const schedule = compileUserSchedule({
    timeZone: madrid,
    weekly: everyDay(hours('02:00-02:20 02:20-03:00 09:00-10:00')),
    overrides: [],
  });
  const found = emptyWindows(schedule, Date.UTC(2026, 0), Date.UTC(2027, 11));
  t.same(
    found.map(({ day, from, to }) => `${formatDate(day)} ${formatTimeOfDay(from)}-${formatTimeOfDay(to)}`),
    ['2026-03-29 02:00-03:00', '2027-03-28 02:00-03:00'],
  );
  const wide = compileUserSchedule({
    timeZone: madrid,
    weekly: everyDay(hours('02:00-03:01')),
    overrides: [],
  });
  t.same(emptyWindows(wide, Date.UTC(2026, 0), Date.UTC(2028, 0)), []);
  const apia = compileUserSchedule({
    timeZone: 'Pacific/Apia',
    weekly: everyDay(hours('09:00-10:00')),
    overrides: [],
  });
  t.same(
    emptyWindows(apia, Date.UTC(2011, 11), Date.UTC(2012, 0)),
    [],
    'a date that does not exist has none',
  );
  t.end();
});

test('users with equal weeks share one schedule, whatever the order of their windows', (t) => {
  const cache = createScheduleCache();
  const one = { timeZone: madrid, weekly: everyDay(hours('09:00-12:00 14:00-18:00')), overrides: [] };
  const same = {
    timeZone: madrid,
    weekly: everyDay(hours('14:00-18:00 09:00-11:00 11:00-12:00')),
    overrides: [],
  };
  const leave = [override('o', '2026-03-10', '2026-03-10', off())];
  const schedule = compileUserSchedule(one, cache);
  t.equal(compileUserSchedule(same, cache), schedule);
  t.equal(compileCalendar({ ...one, exceptions: [], holidays: [] }, cache), schedule);
  t.not(compileUserSchedule({ ...one, timeZone: 'Asia/Kathmandu' }, cache), schedule);
  t.not(compileUserSchedule({ ...one, overrides: leave }, cache), schedule);
  t.equal(compileUserSchedule({ ...one, overrides: leave }, cache).week, schedule.week);
  const offs = ['ana', 'bob', null].map((who) =>
    compileUserSchedule({ timeZone: madrid, weekly: everyDay(off(who)), overrides: [] }, cache),
  );
  t.equal(new Set(offs).size, 3, 'a fallback user is a part of the week');
  t.end();
});

test('what is no date is refused', (t) => {
  const overrides = [override('o', '2026-02-30', '2026-03-01', off())];
  t.throws(() => compileUserSchedule({ timeZone: madrid, weekly: null, overrides }), RangeError);
  t.end();
});
