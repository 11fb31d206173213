import { test } from 'tap';
import { coverage } from '../../services/routing/domain/coverage.ts';
import { compileDirectory } from '../../services/routing/domain/directory.ts';
import { resolve } from '../../services/routing/domain/resolve.ts';
import { begin, resume } from '../../services/routing/domain/resume.ts';
import {
  callOf,
  decide,
  directory,
  directoryData,
  everyDay,
  hours,
  id,
  instantOf,
  MAIN,
  number,
  off,
  outside,
  queue,
  SORRY,
  STRANGER,
  TUESDAY,
  toQueue,
  toUser,
  user,
  windows,
} from '../support/directory.ts';

/** Bugs that were seen in other telephone systems, one test each. */

const numbers = [number(MAIN, { target: toUser('Ana') })];
const RINGS_ANA = `rings Ana 20 s, then ${SORRY}`;

test('a time condition that points at itself takes no route down: the closed target may be the number itself', async (t) => {
  const calendar = {
    weekly: everyDay(off()),
    exceptions: [],
    useHolidays: true,
    closedTarget: outside(MAIN),
  };
  t.equal(
    decide({ users: [user('Ana')], numbers: [number(MAIN, { target: toUser('Ana'), calendar })] }).hears,
    RINGS_ANA,
  );
  const itself = [number(MAIN, { target: outside(MAIN), calendar })];
  t.equal(decide({ numbers: itself }).hears, SORRY);
  const fallsBackToSelf = user('Ana', { weekly: everyDay(off('Ana')) });
  t.equal(decide({ users: [fallsBackToSelf], numbers }).hears, SORRY);
});

test('a forward loop crashes nothing: it ends, says so, and the caller hears something', async (t) => {
  const users = [
    user('Ana', { forwardAll: toUser('Bo') }),
    user('Bo', { forwardAll: outside('103') }),
    user('Cleo', { extension: '103', forwardAll: outside(MAIN) }),
  ];
  const { hears, applied, entry } = decide({ users, numbers });
  t.equal(hears, SORRY);
  t.ok(applied.includes('loop'));
  t.equal(entry('loop')?.because, 'The call has come to Ana before.');
});

test('a loop through a queue, its overflow and a last resort ends too', async (t) => {
  const { steps, hears } = decide({
    users: [user('Ana', { forwardAll: toQueue('Sales') })],
    queues: [queue('Sales', ['Ana'], { noAgentTarget: toUser('Ana') })],
    numbers,
    organization: { lastResort: toQueue('Sales') },
  });
  t.equal(hears, SORRY);
  t.equal(steps.length, 2);
});

test('a change of a forward is in the very next decision, and not in one that was made before', async (t) => {
  const before = directoryData({ users: [user('Ana'), user('Bo')], numbers });
  const after = { ...before, version: 2, users: [user('Ana', { forwardAll: toUser('Bo') }), user('Bo')] };
  const call = callOf({});
  const at = instantOf(TUESDAY);
  const [old, fresh] = [compileDirectory(before), compileDirectory(after)];
  t.equal(resolve(old, call, at).answeredBy?.id, id('Ana'));
  const changed = resolve(fresh, call, at);
  t.equal(changed.answeredBy?.id, id('Bo'));
  t.equal(changed.directoryVersion, 2);
  t.equal(resolve(old, call, at).answeredBy?.id, id('Ana'), 'the one in hand is read-only');
});

test('a range from Saturday to Monday matches on all three days', async (t) => {
  const users = [
    user('Ana', { overrides: [{ ...off('Bo'), id: 'o', from: '2026-11-21', to: '2026-11-23' }] }),
    user('Bo'),
  ];
  for (const [date, answers] of [
    ['2026-11-20', 'Ana'],
    ['2026-11-21', 'Bo'],
    ['2026-11-22', 'Bo'],
    ['2026-11-23', 'Bo'],
    ['2026-11-24', 'Ana'],
  ] as const) {
    t.equal(decide({ users, numbers, at: `${date}T12:00:00Z` }).answeredBy, answers, date);
  }
  const weekend = off('Bo');
  const weekly = [weekend, null, null, null, null, weekend, weekend];
  const byWeek = [user('Ana', { weekly }), user('Bo')];
  t.equal(decide({ users: byWeek, numbers, at: '2026-11-23T12:00:00Z' }).answeredBy, 'Bo', 'Monday');
  t.equal(decide({ users: byWeek, numbers, at: '2026-11-20T12:00:00Z' }).answeredBy, 'Ana', 'Friday');
});

test('the minute of the day is not off by one: from the first instant of a window to the last before its end', async (t) => {
  const users = [user('Ana', { weekly: everyDay(hours('09:00-17:30')) })];
  for (const [at, answers] of [
    ['2026-11-24T07:59:59.999Z', null],
    ['2026-11-24T08:00:00Z', 'Ana'],
    ['2026-11-24T16:29:59.999Z', 'Ana'],
    ['2026-11-24T16:30:00Z', null],
  ] as const) {
    t.equal(decide({ users, numbers, at }).answeredBy, answers, at);
  }
  const always = [user('Ana', { weekly: everyDay(hours('00:00-24:00')) })];
  t.equal(
    decide({ users: always, numbers, at: '2026-11-24T22:59:59.999Z' }).answeredBy,
    'Ana',
    'the last minute',
  );
  t.equal(
    decide({ users: always, numbers, at: '2026-11-24T23:00:00Z' }).answeredBy,
    'Ana',
    'the first minute',
  );
});

test('a holiday of one year does not come again, a yearly one does', async (t) => {
  const calendar = { weekly: null, exceptions: [], useHolidays: true, closedTarget: null };
  const lines = [number(MAIN, { target: toUser('Ana'), calendar })];
  const holiday = (yearly: boolean) => ({
    holidays: [{ from: '2026-12-24', to: '2026-12-26', yearly, name: 'Christmas' }],
  });
  for (const [at, once, yearly] of [
    ['2026-12-25T12:00:00Z', null, null],
    ['2027-12-25T12:00:00Z', 'Ana', null],
    ['2036-12-24T12:00:00Z', 'Ana', null],
    ['2027-12-27T12:00:00Z', 'Ana', 'Ana'],
  ] as const) {
    const question = { users: [user('Ana')], numbers: lines, at };
    t.equal(decide({ ...question, organization: holiday(false) }).answeredBy, once, `once, ${at}`);
    t.equal(decide({ ...question, organization: holiday(true) }).answeredBy, yearly, `yearly, ${at}`);
  }
});

test('an overnight window belongs to the weekday it starts on', async (t) => {
  const friday = hours('22:00-06:00');
  const closed = hours('');
  const weekly = [closed, closed, closed, closed, friday, closed, closed];
  const users = [user('Ana', { weekly })];
  for (const [at, answers] of [
    ['2026-11-20T20:59:00Z', null],
    ['2026-11-20T21:00:00Z', 'Ana'],
    ['2026-11-21T04:59:00Z', 'Ana'],
    ['2026-11-21T05:00:00Z', null],
    ['2026-11-20T01:00:00Z', null],
  ] as const) {
    t.equal(decide({ users, numbers, at }).answeredBy, answers, at);
  }
  const saturdayOff = [...weekly.slice(0, 5), off('Bo'), closed];
  const withBo = [user('Ana', { weekly: saturdayOff }), user('Bo')];
  t.equal(
    decide({ users: withBo, numbers, at: '2026-11-21T01:00:00Z' }).answeredBy,
    'Bo',
    'not available takes the spill',
  );
});

test('a gap of 100 % is reported', async (t) => {
  const made = directory({ users: [user('Ana', { weekly: everyDay(hours('')) })], numbers });
  const span = { from: instantOf('2026-11-23T00:00:00Z'), to: instantOf('2026-11-30T00:00:00Z') };
  const { intervals, score } = coverage(made, { kind: 'number', number: MAIN }, span);
  t.strictSame(intervals, [{ ...span, answeredBy: null, kind: 'gap' }]);
  t.equal(score, 0);
});

test('the telephone of a deactivated user never rings, by whatever way the call comes', async (t) => {
  const gone = user('Ana', { status: 'inactive', extension: '101', ifUnavailable: { action: 'voicemail' } });
  const others = [
    user('Bo', { fallbackUserId: id('Ana'), weekly: everyDay(off()) }),
    user('Cleo', { forwardAll: toUser('Ana') }),
  ];
  const made = {
    users: [gone, ...others],
    queues: [queue('Sales', ['Ana'], { strategy: 'all' as const, noAgentTarget: toUser('Ana') })],
    leads: [{ id: id('lead'), name: 'Lead', ownerId: id('Ana'), numbers: [STRANGER] }],
    organization: { lastResort: toUser('Ana') },
  };
  for (const target of [
    toUser('Ana'),
    toUser('Bo'),
    toUser('Cleo'),
    toQueue('Sales'),
    outside('101'),
    null,
  ]) {
    const lines = [number(MAIN, { target, stickyRouting: true })];
    const { steps } = decide({ ...made, numbers: lines });
    t.notOk(
      steps.some((step) => step.action === 'ring'),
      JSON.stringify(target),
    );
    const forced = [number(MAIN, { target, override: { target: target ?? toUser('Ana'), until: null } })];
    t.notOk(decide({ ...made, numbers: forced }).steps.some((step) => step.action === 'ring'));
  }
});

test('nor when the user is deactivated while the call is on its way', async (t) => {
  const ana = user('Ana', { ifUnavailable: { action: 'forward', target: toUser('Bo') } });
  const before = directory({ users: [ana, user('Bo')], numbers });
  const after = directory({ users: [ana, user('Bo', { status: 'inactive' })], numbers });
  const at = instantOf(TUESDAY);
  const call = callOf({});
  const pending = begin(before, call, resolve(before, call, at), at);
  if (pending === null) throw new Error('Ana is rung first');
  const { next } = resume(after, pending, { stepId: 's1', outcome: 'no-answer' }, at);
  t.equal(next?.action, 'announce');
});

test("a blocked caller does not reach a forward, a rule, a switch, a lead's owner or a last resort", async (t) => {
  const abroad = outside('+34911234567');
  const lines = [
    number(MAIN, { target: abroad }),
    number(MAIN, { target: abroad, override: { target: abroad, until: null } }),
    number(MAIN, { target: abroad, callerRules: [{ match: { number: STRANGER }, target: abroad }] }),
    number(MAIN, { target: toUser('Ana'), stickyRouting: true }),
    number(MAIN),
  ];
  for (const line of lines) {
    const answer = decide({
      users: [user('Ana', { forwardAll: abroad })],
      numbers: [line],
      leads: [{ id: id('lead'), name: 'Lead', ownerId: id('Ana'), numbers: [STRANGER] }],
      organization: { blockList: [STRANGER], lastResort: abroad },
    });
    t.equal(answer.hears, 'rejects as blocked');
    t.strictSame(answer.applied, ['caller.blocked']);
  }
});

test('the roster shows whom the router rings: coverage and decision agree at every quarter of a fortnight', async (t) => {
  const made = directory({
    users: [
      user('Ana', { weekly: everyDay(hours('09:00-12:00 22:00-02:00')), fallbackUserId: id('Bo') }),
      user('Bo', {
        timeZone: 'America/New_York',
        weekly: [off('Cleo'), ...everyDay(hours('08:00-17:00')).slice(1)],
        fallbackUserId: id('Cleo'),
        overrides: [{ ...off(), id: 'o', from: '2026-10-28', to: '2026-10-29' }],
      }),
      user('Cleo', {
        timeZone: 'Asia/Kathmandu',
        weekly: [null, null, ...everyDay(hours('06:00-13:45')).slice(2)],
      }),
    ],
    numbers: [
      number(MAIN, {
        target: toUser('Ana'),
        calendar: {
          weekly: null,
          exceptions: [
            {
              from: '2026-10-30',
              to: '2026-10-30',
              yearly: true,
              closed: false,
              windows: windows('10:00-15:00'),
            },
          ],
          useHolidays: true,
          closedTarget: null,
        },
      }),
    ],
  });
  const span = { from: instantOf('2026-10-20T00:00:00Z'), to: instantOf('2026-11-03T00:00:00Z') };
  const { intervals } = coverage(made, { kind: 'number', number: MAIN }, span);
  const kinds = new Set<string>();
  let place = 0;
  for (let at = span.from; at < span.to; at += 15 * 60_000) {
    while ((intervals[place]?.to ?? Infinity) <= at) place += 1;
    const shown = intervals[place];
    kinds.add(`${shown?.kind} ${shown?.answeredBy?.id}`);
    const rung = resolve(made, callOf({}), at).answeredBy;
    if (shown?.answeredBy?.id !== rung?.id) t.fail(new Date(at).toISOString());
  }
  t.equal(kinds.size, 5, 'Ana, Bo, Cleo, a gap and a closure');
});
