import { test } from 'tap';
import {
  dateExists,
  dateOf,
  dayOf,
  endInstant,
  firstInstantOfDay,
  formatDate,
  formatLocal,
  formatLocalDate,
  formatTimeOfDay,
  isTimeZone,
  localDay,
  localMinute,
  parseDate,
  parseTimeOfDay,
  skipsDate,
  startInstant,
  weekdayOf,
  zoneNamed,
} from '../../../../services/routing/domain/local-time.ts';

function dayNamed(date: string): number {
  const day = parseDate(date);
  if (day === undefined) throw new Error(`no date: ${date}`);
  return day;
}

/** The minute of "HH:MM", also of "24:00". */
function minuteNamed(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function utc(ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toString();
}

test('a table of offsets equals Temporal in every zone, before, at and after every transition 2024-2037', (t) => {
  const names = [
    ...Intl.supportedValuesOf('timeZone'),
    'UTC',
    'Europe/Kyiv',
    'America/Nuuk',
    'Asia/Kathmandu',
  ];
  const from = Temporal.Instant.from('2024-01-01T00:00Z');
  const to = Temporal.Instant.from('2038-01-01T00:00Z').epochMilliseconds;
  const wrong: string[] = [];
  let compared = 0;
  for (const name of names) {
    const zone = zoneNamed(name);
    const instants = [from.epochMilliseconds, to];
    let next = from.toZonedDateTimeISO(name).getTimeZoneTransition('next');
    while (next !== null && next.epochMilliseconds < to) {
      const at = next.epochMilliseconds;
      instants.push(at - 1, at, at + 1, at + 86_400_000);
      next = next.getTimeZoneTransition('next');
    }
    for (const ms of instants) {
      const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(name);
      const expected = `${local.toPlainDate()} ${local.hour * 60 + local.minute} ${local.dayOfWeek - 1}`;
      const day = localDay(zone, ms);
      const found = `${formatDate(day)} ${localMinute(zone, ms)} ${weekdayOf(day)}`;
      compared += 1;
      if (found !== expected) wrong.push(`${name} ${utc(ms)}: ${found}, not ${expected}`);
    }
  }
  t.same(wrong, []);
  t.ok(compared > 14_000, `${compared} instants`);
  t.end();
});

test('the past and the far future are asked in any order, and the table is extended before its end', (t) => {
  const zone = zoneNamed('America/New_York');
  const years = [2026, 1890, 2199, 1942, 2050, 1969, 2500, 2007];
  for (const year of years) {
    for (const month of [1, 7]) {
      const local = Temporal.ZonedDateTime.from({
        year,
        month,
        day: 4,
        hour: 5,
        timeZone: 'America/New_York',
      });
      t.equal(formatDate(localDay(zone, local.epochMilliseconds)), local.toPlainDate().toString());
      t.equal(localMinute(zone, local.epochMilliseconds), 300);
    }
  }
  t.throws(() => localDay(zone, Number.NaN), RangeError);
  t.throws(() => localDay(zone, Infinity), RangeError);
  t.end();
});

test('rule 1: a minute of the day is read from HH:MM and written back, 24:00 only as an end', (t) => {
  for (let minute = 0; minute < 1440; minute += 1) {
    const text = formatTimeOfDay(minute);
    t.equal(parseTimeOfDay(text, 'from'), minute);
    t.equal(parseTimeOfDay(text, 'to'), minute);
  }
  t.equal(formatTimeOfDay(1439), '23:59', 'the last minute is not midnight');
  t.equal(formatTimeOfDay(1440), '24:00');
  t.equal(parseTimeOfDay('24:00', 'to'), 1440);
  t.equal(parseTimeOfDay('24:00', 'from'), undefined);
  for (const text of [
    '',
    '9:00',
    '09:0',
    '09:60',
    '24:01',
    '25:00',
    '09.00',
    ' 09:00',
    '09:00:00',
    '-1:00',
    '٠٩:٠٠',
  ]) {
    t.equal(parseTimeOfDay(text, 'to'), undefined, `"${text}"`);
  }
  t.end();
});

type Edge = {
  readonly zone: string;
  readonly date: string;
  readonly time: string;
  readonly start?: string;
  readonly end: string;
};

function checkEdges(title: string, edges: Readonly<Record<string, Edge>>): void {
  test(title, (t) => {
    for (const [what, { zone, date, time, start, end }] of Object.entries(edges)) {
      const at = [zoneNamed(zone), dayNamed(date), minuteNamed(time)] as const;
      if (start !== undefined) t.equal(utc(startInstant(...at)), start, `${what}: start`);
      t.equal(utc(endInstant(...at)), end, `${what}: end`);
    }
    t.end();
  });
}

const madrid = 'Europe/Madrid';

checkEdges('rule 5: a start and an end on an ordinary day, in a gap and in a fold', {
  'an ordinary morning': {
    zone: madrid,
    date: '2026-03-10',
    time: '09:00',
    start: '2026-03-10T08:00:00Z',
    end: '2026-03-10T08:00:00Z',
  },
  'inside the gap 02:00-03:00': {
    zone: madrid,
    date: '2026-03-29',
    time: '02:30',
    start: '2026-03-29T01:00:00Z',
    end: '2026-03-29T01:00:00Z',
  },
  'the first minute of the gap': {
    zone: madrid,
    date: '2026-03-29',
    time: '02:00',
    start: '2026-03-29T01:00:00Z',
    end: '2026-03-29T01:00:00Z',
  },
  'the first minute after the gap': {
    zone: madrid,
    date: '2026-03-29',
    time: '03:00',
    start: '2026-03-29T01:00:00Z',
    end: '2026-03-29T01:00:00Z',
  },
  'inside the fold 02:00-03:00': {
    zone: madrid,
    date: '2026-10-25',
    time: '02:30',
    start: '2026-10-25T00:30:00Z',
    end: '2026-10-25T01:30:00Z',
  },
  'the first minute of the fold': {
    zone: madrid,
    date: '2026-10-25',
    time: '02:00',
    start: '2026-10-25T00:00:00Z',
    end: '2026-10-25T01:00:00Z',
  },
  'the first minute after the fold': {
    zone: madrid,
    date: '2026-10-25',
    time: '03:00',
    start: '2026-10-25T02:00:00Z',
    end: '2026-10-25T02:00:00Z',
  },
});

checkEdges('rule 5: an end of 24:00 or 00:00 is the first instant of the next day', {
  '24:00 on an ordinary day': {
    zone: madrid,
    date: '2026-03-10',
    time: '24:00',
    end: '2026-03-10T23:00:00Z',
  },
  '00:00 of the next day': { zone: madrid, date: '2026-03-11', time: '00:00', end: '2026-03-10T23:00:00Z' },
  'midnight skipped': {
    zone: 'Africa/Cairo',
    date: '2026-04-23',
    time: '24:00',
    end: '2026-04-23T22:00:00Z',
  },
  'midnight twice, 24:00': {
    zone: 'America/Havana',
    date: '2026-10-31',
    time: '24:00',
    end: '2026-11-01T04:00:00Z',
  },
  'midnight twice, 00:00': {
    zone: 'America/Havana',
    date: '2026-11-01',
    time: '00:00',
    start: '2026-11-01T04:00:00Z',
    end: '2026-11-01T04:00:00Z',
  },
  'on a date that does not exist': {
    zone: 'Pacific/Apia',
    date: '2011-12-30',
    time: '06:00',
    start: '2011-12-30T10:00:00Z',
    end: '2011-12-30T10:00:00Z',
  },
});

type Day = { readonly zone: string; readonly date: string; readonly first: string; readonly hours: number };

function checkDays(title: string, days: Readonly<Record<string, Day>>): void {
  test(title, (t) => {
    for (const [what, { zone, date, first, hours }] of Object.entries(days)) {
      const named = zoneNamed(zone);
      const day = dayNamed(date);
      const start = firstInstantOfDay(named, day);
      t.equal(utc(start), first, `${what}: first instant`);
      t.equal((firstInstantOfDay(named, day + 1) - start) / 3_600_000, hours, `${what}: hours`);
      t.equal(dateExists(named, day), hours > 0, `${what}: exists`);
      if (hours > 0) t.equal(localDay(named, start), day, `${what}: the first instant is of that date`);
      t.ok(localDay(named, start - 1) < day, `${what}: the instant before is not`);
    }
    t.end();
  });
}

checkDays('rules 6 and 10: the first instant and the length of a day where it is not 00:00 or 24 hours', {
  'an ordinary day': { zone: madrid, date: '2026-03-10', first: '2026-03-09T23:00:00Z', hours: 24 },
  'spring in Madrid': { zone: madrid, date: '2026-03-29', first: '2026-03-28T23:00:00Z', hours: 23 },
  'autumn in Madrid': { zone: madrid, date: '2026-10-25', first: '2026-10-24T22:00:00Z', hours: 25 },
  'Havana skips midnight': {
    zone: 'America/Havana',
    date: '2026-03-08',
    first: '2026-03-08T05:00:00Z',
    hours: 23,
  },
  'Havana has midnight twice': {
    zone: 'America/Havana',
    date: '2026-11-01',
    first: '2026-11-01T04:00:00Z',
    hours: 25,
  },
  'Cairo skips midnight': {
    zone: 'Africa/Cairo',
    date: '2026-04-24',
    first: '2026-04-23T22:00:00Z',
    hours: 23,
  },
  'Cairo has 23:00-24:00 twice': {
    zone: 'Africa/Cairo',
    date: '2026-10-29',
    first: '2026-10-28T21:00:00Z',
    hours: 25,
  },
  'Santiago skips midnight': {
    zone: 'America/Santiago',
    date: '2026-09-06',
    first: '2026-09-06T04:00:00Z',
    hours: 23,
  },
  'Santiago has 23:00-24:00 twice': {
    zone: 'America/Santiago',
    date: '2026-04-04',
    first: '2026-04-04T03:00:00Z',
    hours: 25,
  },
  'Beirut skips midnight': {
    zone: 'Asia/Beirut',
    date: '2026-03-29',
    first: '2026-03-28T22:00:00Z',
    hours: 23,
  },
  'Azores skip midnight': {
    zone: 'Atlantic/Azores',
    date: '2026-03-29',
    first: '2026-03-29T01:00:00Z',
    hours: 23,
  },
  'Azores have midnight twice': {
    zone: 'Atlantic/Azores',
    date: '2026-10-25',
    first: '2026-10-25T00:00:00Z',
    hours: 25,
  },
  'Nuuk skips 23:00-24:00': {
    zone: 'America/Nuuk',
    date: '2026-03-28',
    first: '2026-03-28T02:00:00Z',
    hours: 23,
  },
  'Nuuk, the day after': {
    zone: 'America/Nuuk',
    date: '2026-03-29',
    first: '2026-03-29T01:00:00Z',
    hours: 24,
  },
  'Lord Howe, half an hour less': {
    zone: 'Australia/Lord_Howe',
    date: '2026-10-04',
    first: '2026-10-03T13:30:00Z',
    hours: 23.5,
  },
  'Lord Howe, half an hour more': {
    zone: 'Australia/Lord_Howe',
    date: '2026-04-05',
    first: '2026-04-04T13:00:00Z',
    hours: 24.5,
  },
  'Troll, two hours less': {
    zone: 'Antarctica/Troll',
    date: '2026-03-29',
    first: '2026-03-29T00:00:00Z',
    hours: 22,
  },
  'Troll, two hours more': {
    zone: 'Antarctica/Troll',
    date: '2026-10-25',
    first: '2026-10-24T22:00:00Z',
    hours: 26,
  },
  'Casablanca, back for Ramadan': {
    zone: 'Africa/Casablanca',
    date: '2026-02-15',
    first: '2026-02-14T23:00:00Z',
    hours: 25,
  },
  'Casablanca, ahead after Ramadan': {
    zone: 'Africa/Casablanca',
    date: '2026-03-22',
    first: '2026-03-22T00:00:00Z',
    hours: 23,
  },
  'Apia, the date that was skipped': {
    zone: 'Pacific/Apia',
    date: '2011-12-30',
    first: '2011-12-30T10:00:00Z',
    hours: 0,
  },
  'Apia, the date after it': {
    zone: 'Pacific/Apia',
    date: '2011-12-31',
    first: '2011-12-30T10:00:00Z',
    hours: 24,
  },
  'Kathmandu is 5:45 ahead': {
    zone: 'Asia/Kathmandu',
    date: '2026-06-01',
    first: '2026-05-31T18:15:00Z',
    hours: 24,
  },
  'St. John’s fell back from 00:01 to the day before': {
    zone: 'America/St_Johns',
    date: '2010-11-07',
    first: '2010-11-07T02:30:00Z',
    hours: 25,
  },
});

test('only a zone that leaves out a whole date skips one', (t) => {
  const [from, to] = [Date.UTC(2011, 0), Date.UTC(2012, 0)];
  t.equal(skipsDate(zoneNamed('Pacific/Apia'), from, to), true);
  t.equal(skipsDate(zoneNamed('Pacific/Apia'), to, Date.UTC(2037, 0)), false);
  t.equal(skipsDate(zoneNamed('America/Nuuk'), from, Date.UTC(2037, 0)), false);
  t.end();
});

test('rule 7: a zone is a name of the database in its own spelling', (t) => {
  for (const name of [
    'Europe/Madrid',
    'UTC',
    'America/Nuuk',
    'Asia/Calcutta',
    'Asia/Kolkata',
    'Europe/Kyiv',
  ]) {
    t.equal(isTimeZone(name), true, name);
    t.equal(zoneNamed(name), zoneNamed(name), `${name} is made once`);
  }
  const refused = [
    '',
    'europe/madrid',
    'EUROPE/MADRID',
    '+02:00',
    '-05:00',
    '+02',
    'UTC+2',
    'Z',
    'Madrid',
    'Mars/Base',
  ];
  for (const name of [...refused, '2026-01-01T00:00[Europe/Madrid]', 'Europe/Madrid ', 'constructor']) {
    t.equal(isTimeZone(name), false, `"${name}"`);
    t.throws(() => zoneNamed(name), RangeError, `"${name}"`);
  }
  t.end();
});

test('rule 8: a date is a local date that exists in the calendar', (t) => {
  t.equal(parseDate('1970-01-01'), 0);
  t.equal(parseDate('2026-02-28'), 20_512);
  t.equal(parseDate('2028-02-29'), dayNamed('2028-02-28') + 1);
  const wrong = [
    '2026-02-30',
    '2026-02-29',
    '2100-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
  ];
  for (const text of [...wrong, '', '26-01-01', '2026-01-01T00:00', '2026/01/01', ' 2026-01-01']) {
    t.equal(parseDate(text), undefined, `"${text}"`);
  }
  let date = Temporal.PlainDate.from('1895-12-28');
  for (let day = dayNamed('1895-12-28'); day < dayNamed('2105-01-05'); day += 1) {
    const { year, month, day: dayOfMonth } = date;
    const same =
      formatDate(day) === date.toString() &&
      weekdayOf(day) === date.dayOfWeek - 1 &&
      dayOf(year, month, dayOfMonth) === day &&
      dateOf(day).date === dayOfMonth &&
      parseDate(date.toString()) === day;
    if (!same) t.fail(`day ${day} is ${date}, not ${formatDate(day)}`);
    date = date.add({ days: 1 });
  }
  t.end();
});

test('local time is written as the trace has it', (t) => {
  const zone = zoneNamed(madrid);
  const ms = Temporal.Instant.from('2026-03-10T17:20:59.999Z').epochMilliseconds;
  t.equal(formatLocal(zone, ms), 'Tue 18:20');
  t.equal(formatLocalDate(zone, ms), 'Tue 2026-03-10 18:20');
  t.equal(formatLocal(zone, ms + 1), 'Tue 18:21', 'the minute begins exactly');
  t.equal(formatLocal(zoneNamed('Asia/Kathmandu'), ms), 'Tue 23:05');
  t.equal(localMinute(zone, Date.UTC(2026, 2, 10, 22, 59, 59, 999)), 1439);
  t.equal(localMinute(zone, Date.UTC(2026, 2, 10, 23)), 0);
  t.end();
});
