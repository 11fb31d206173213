import { test } from 'tap';
import type { Dialled } from '../../../../services/routing/domain/call.ts';
import { coverage } from '../../../../services/routing/domain/coverage.ts';
import { nameOf } from '../../../../services/routing/domain/directory.ts';
import {
  directory,
  everyDay,
  hours,
  id,
  instantOf,
  MAIN,
  number,
  type Office,
  off,
  office,
  outside,
  queue,
  toQueue,
  toUser,
  toVoicemail,
  user,
} from '../../../support/directory.ts';

/** Who answers over a span, by exact intervals. Times are UTC; Madrid is an hour ahead in winter, two in summer. */

type Expected = { readonly intervals: readonly string[]; readonly score: number };

function check(
  title: string,
  made: Office & { readonly to?: Dialled; readonly from: string; readonly until: string },
  expected: Expected,
): void {
  test(title, async (t) => {
    const compiled = directory(made);
    const { to = { kind: 'number', number: MAIN }, from, until } = made;
    const span = { from: instantOf(from), to: instantOf(until) };
    const { intervals, score } = coverage(compiled, to, span);
    const told = intervals.map((interval) => {
      const [start, end] = [interval.from, interval.to].map((at) => new Date(at).toISOString().slice(5, 16));
      const { answeredBy } = interval;
      return `${start} ${end} ${interval.kind}${answeredBy === null ? '' : ` ${nameOf(compiled, answeredBy.id)}`}`;
    });
    t.strictSame(told, expected.intervals);
    t.ok(Math.abs(score - expected.score) < 1e-9, `score ${score}`);
  });
}

const toAna = [number(MAIN, { target: toUser('Ana') })];
const tuesday = { from: '2026-11-24T00:00:00Z', until: '2026-11-25T00:00:00Z' };

check(
  'hours are covered and the rest is a gap, to the minute',
  { users: [user('Ana', { weekly: office('09:00-13:00 14:00-18:00') })], numbers: toAna, ...tuesday },
  {
    intervals: [
      '11-24T00:00 11-24T08:00 gap',
      '11-24T08:00 11-24T12:00 covered Ana',
      '11-24T12:00 11-24T13:00 gap',
      '11-24T13:00 11-24T17:00 covered Ana',
      '11-24T17:00 11-25T00:00 gap',
    ],
    score: 8 / 24,
  },
);

check(
  'the fallback user covers the rest of the day',
  {
    users: [user('Ana', { weekly: office('09:00-18:00'), fallbackUserId: id('Bo') }), user('Bo')],
    numbers: toAna,
    ...tuesday,
  },
  {
    intervals: [
      '11-24T00:00 11-24T08:00 covered Bo',
      '11-24T08:00 11-24T17:00 covered Ana',
      '11-24T17:00 11-25T00:00 covered Bo',
    ],
    score: 1,
  },
);

check(
  'a gap of 100 % is reported as one',
  { users: [user('Ana', { weekly: everyDay(hours('')) })], numbers: toAna, ...tuesday },
  {
    intervals: ['11-24T00:00 11-25T00:00 gap'],
    score: 0,
  },
);

check(
  'voicemail alone is a gap: no person is rung',
  {
    users: [user('Ana', { weekly: everyDay(off()), ifUnavailable: { action: 'voicemail' } })],
    numbers: toAna,
    ...tuesday,
  },
  {
    intervals: ['11-24T00:00 11-25T00:00 gap'],
    score: 0,
  },
);

check(
  'a number without a target is a gap',
  { numbers: [number(MAIN)], ...tuesday },
  { intervals: ['11-24T00:00 11-25T00:00 gap'], score: 0 },
);
check(
  'a number that nobody has is a gap',
  { ...tuesday },
  { intervals: ['11-24T00:00 11-25T00:00 gap'], score: 0 },
);

const calendar = { weekly: office('09:00-18:00'), exceptions: [], useHolidays: true, closedTarget: null };
check(
  'an intended closure is no gap',
  { users: [user('Ana')], numbers: [number(MAIN, { target: toUser('Ana'), calendar })], ...tuesday },
  {
    intervals: [
      '11-24T00:00 11-24T08:00 closed',
      '11-24T08:00 11-24T17:00 covered Ana',
      '11-24T17:00 11-25T00:00 closed',
    ],
    score: 1,
  },
);

check(
  'a gap within the opening hours counts, the closure does not',
  {
    users: [user('Ana', { weekly: office('09:00-12:00') })],
    numbers: [number(MAIN, { target: toUser('Ana'), calendar })],
    ...tuesday,
  },
  {
    intervals: [
      '11-24T00:00 11-24T08:00 closed',
      '11-24T08:00 11-24T11:00 covered Ana',
      '11-24T11:00 11-24T17:00 gap',
      '11-24T17:00 11-25T00:00 closed',
    ],
    score: 3 / 9,
  },
);

check(
  'what is always closed has nothing to cover',
  {
    numbers: [number(MAIN, { target: toUser('Ana'), calendar: { ...calendar, weekly: everyDay(off()) } })],
    users: [user('Ana')],
    ...tuesday,
  },
  {
    intervals: ['11-24T00:00 11-25T00:00 closed'],
    score: 1,
  },
);

check(
  'a closed target that rings somebody covers',
  {
    users: [user('Ana'), user('Bo')],
    numbers: [number(MAIN, { target: toUser('Ana'), calendar: { ...calendar, closedTarget: toUser('Bo') } })],
    ...tuesday,
  },
  {
    intervals: [
      '11-24T00:00 11-24T08:00 covered Bo',
      '11-24T08:00 11-24T17:00 covered Ana',
      '11-24T17:00 11-25T00:00 covered Bo',
    ],
    score: 1,
  },
);

check(
  'the manual switch closes until it expires',
  {
    users: [user('Ana')],
    numbers: [
      number(MAIN, {
        target: toUser('Ana'),
        override: { target: toVoicemail('Ana'), until: instantOf('2026-11-24T10:30:00Z') },
      }),
    ],
    ...tuesday,
  },
  {
    intervals: ['11-24T00:00 11-24T10:30 closed', '11-24T10:30 11-25T00:00 covered Ana'],
    score: 1,
  },
);

check(
  'do-not-disturb is a gap until it ends',
  {
    users: [user('Ana', { doNotDisturb: { on: true, until: instantOf('2026-11-24T06:00:00Z') } })],
    to: { kind: 'user', id: id('Ana') },
    ...tuesday,
  },
  {
    intervals: ['11-24T00:00 11-24T06:00 gap', '11-24T06:00 11-25T00:00 covered Ana'],
    score: 18 / 24,
  },
);

check(
  'a queue covers while anybody of it can be rung',
  {
    users: [user('Ana', { weekly: office('09:00-12:00') }), user('Bo', { weekly: office('11:00-14:00') })],
    queues: [queue('Sales', ['Ana', 'Bo'])],
    numbers: [number(MAIN, { target: toQueue('Sales') })],
    ...tuesday,
  },
  {
    intervals: [
      '11-24T00:00 11-24T08:00 gap',
      '11-24T08:00 11-24T13:00 covered Sales',
      '11-24T13:00 11-25T00:00 gap',
    ],
    score: 5 / 24,
  },
);

check(
  'an outside forward covers, though no user answers',
  { users: [user('Ana', { forwardAll: outside('+34611234567') })], numbers: toAna, ...tuesday },
  { intervals: ['11-24T00:00 11-25T00:00 covered'], score: 1 },
);
check(
  'an outside forward that is not allowed is a gap',
  { users: [user('Ana', { forwardAll: outside('+19005551234') })], numbers: toAna, ...tuesday },
  { intervals: ['11-24T00:00 11-25T00:00 gap'], score: 0 },
);
check(
  'quiet hours of the only device are a gap',
  {
    users: [
      user('Ana', {
        devices: [{ kind: 'app', address: 'ana', enabled: true }],
        mobile: { ringApp: true, quietHours: [1320, 420] },
      }),
    ],
    numbers: toAna,
    ...tuesday,
  },
  {
    intervals: [
      '11-24T00:00 11-24T06:00 gap',
      '11-24T06:00 11-24T21:00 covered Ana',
      '11-24T21:00 11-25T00:00 gap',
    ],
    score: 15 / 24,
  },
);

check(
  'an overnight window covers the morning after',
  {
    users: [user('Ana', { weekly: [hours('22:00-06:00'), ...office('').slice(1)] })],
    numbers: toAna,
    from: '2026-11-23T12:00:00Z',
    until: '2026-11-24T12:00:00Z',
  },
  {
    intervals: [
      '11-23T12:00 11-23T21:00 gap',
      '11-23T21:00 11-24T05:00 covered Ana',
      '11-24T05:00 11-24T12:00 gap',
    ],
    score: 8 / 24,
  },
);

check(
  'the day the clock goes back has 25 hours, and the window the hour that comes twice',
  {
    users: [user('Ana', { weekly: everyDay(hours('01:00-04:00')) })],
    numbers: toAna,
    from: '2026-10-24T22:00:00Z',
    until: '2026-10-25T23:00:00Z',
  },
  {
    intervals: [
      '10-24T22:00 10-24T23:00 gap',
      '10-24T23:00 10-25T03:00 covered Ana',
      '10-25T03:00 10-25T23:00 gap',
    ],
    score: 4 / 25,
  },
);

check(
  'the day the clock goes ahead has 23 hours, and the window loses one',
  {
    users: [user('Ana', { weekly: everyDay(hours('01:00-04:00')) })],
    numbers: toAna,
    from: '2026-03-28T23:00:00Z',
    until: '2026-03-29T22:00:00Z',
  },
  {
    intervals: [
      '03-28T23:00 03-29T00:00 gap',
      '03-29T00:00 03-29T02:00 covered Ana',
      '03-29T02:00 03-29T22:00 gap',
    ],
    score: 2 / 23,
  },
);

check(
  'a window wholly inside the skipped hour covers nothing',
  {
    users: [user('Ana', { weekly: everyDay(hours('02:00-03:00')) })],
    numbers: toAna,
    from: '2026-03-28T23:00:00Z',
    until: '2026-03-29T22:00:00Z',
  },
  { intervals: ['03-28T23:00 03-29T22:00 gap'], score: 0 },
);

check(
  'a span begins and ends where it was asked for, within an interval',
  { users: [user('Ana')], numbers: toAna, from: '2026-11-24T10:17:00Z', until: '2026-11-24T10:18:00Z' },
  { intervals: ['11-24T10:17 11-24T10:18 covered Ana'], score: 1 },
);
check(
  'an empty span has nothing in it',
  { users: [user('Ana')], numbers: toAna, from: '2026-11-24T10:00:00Z', until: '2026-11-24T10:00:00Z' },
  { intervals: [], score: 1 },
);

test('a change more than 400 days ahead is not missed by a long span', async (t) => {
  const overrides = [{ ...off(), id: 'o', from: '2028-05-01', to: '2028-05-01' }];
  const made = directory({ users: [user('Ana', { overrides })], numbers: toAna });
  const span = { from: instantOf('2026-11-24T00:00:00Z'), to: instantOf('2029-01-01T00:00:00Z') };
  const { intervals } = coverage(made, { kind: 'number', number: MAIN }, span);
  t.strictSame(
    intervals.map(({ from, to, kind }) => [new Date(from).toISOString(), new Date(to).toISOString(), kind]),
    [
      ['2026-11-24T00:00:00.000Z', '2028-04-30T22:00:00.000Z', 'covered'],
      ['2028-04-30T22:00:00.000Z', '2028-05-01T22:00:00.000Z', 'gap'],
      ['2028-05-01T22:00:00.000Z', '2029-01-01T00:00:00.000Z', 'covered'],
    ],
  );
});
