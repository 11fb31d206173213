import { test } from 'tap';
import { check } from '../../../support/decision-check.ts';
import {
  CLOSED,
  decide,
  everyDay,
  id,
  lead,
  MAIN,
  NO_NUMBER,
  number,
  off,
  office,
  outside,
  queue,
  SORRY,
  STRANGER,
  toQueue,
  toUser,
  toVoicemail,
  user,
  windows,
} from '../../../support/directory.ts';

/** Rules 1 to 7 and 17 of the order of precedence: what the number decides. */

const ana = user('Ana');
const bo = user('Bo');
const toAna = { numbers: [number(MAIN, { target: toUser('Ana') })] };

check(
  '1: an unknown number is one reject, not found',
  { users: [ana], to: '+14155550111' },
  {
    hears: 'rejects as not-found',
    rules: ['number.unknown'],
    because: '+14155550111 is no number or extension here.',
    answeredBy: null,
    validUntil: null,
  },
);

check(
  '1: an extension that nobody has is one reject, not found',
  { users: [ana], to: { kind: 'extension', extension: '999' } },
  { hears: 'rejects as not-found', rules: ['number.unknown'] },
);

check(
  '1: what cannot be read is one reject, not found, also when it is empty',
  { to: { kind: 'unparsable', raw: '' } },
  { hears: 'rejects as not-found', rules: ['number.unknown'], because: /^Nothing is no number/ },
);

check(
  '1: a number without a target goes to the last resort, with a text of its own',
  { numbers: [number(MAIN)] },
  {
    hears: NO_NUMBER,
    rules: ['number.unassigned', 'last-resort'],
    because: `${MAIN} is assigned to nobody.`,
  },
);

check(
  '1: a number without a target says so also where the last resort is a plain announcement',
  { numbers: [number(MAIN)], organization: { lastResort: { type: 'announcement' } } },
  { hears: NO_NUMBER, rules: ['number.unassigned', 'last-resort'] },
);

check(
  '1: a number without a target goes to the last resort that the organization has chosen',
  { users: [ana], numbers: [number(MAIN)], organization: { lastResort: toUser('Ana') } },
  { hears: `rings Ana 20 s, then ${SORRY}`, rules: ['number.unassigned', 'last-resort'], answeredBy: 'Ana' },
);

check(
  '2: a blocked caller is rejected before anything else',
  { users: [ana], ...toAna, organization: { blockList: [STRANGER] } },
  {
    hears: 'rejects as blocked',
    rules: ['caller.blocked'],
    because: `${STRANGER} is on the block list.`,
    answeredBy: null,
  },
);

check(
  '2: a prefix blocks every number that begins with it',
  { users: [ana], ...toAna, organization: { blockList: ['+1415*'] } },
  { hears: 'rejects as blocked', rules: ['caller.blocked'], because: /begin with \+1415/ },
);

check(
  '2: an entry without a star blocks that number alone',
  { users: [ana], ...toAna, organization: { blockList: ['+1415', '+141555509990'] } },
  { hears: `rings Ana 20 s, then ${SORRY}`, rules: ['-caller.blocked', 'user.ring'] },
);

check(
  '2: an anonymous caller is rejected where the policy says so',
  { users: [ana], ...toAna, from: { kind: 'anonymous' }, organization: { anonymousCallers: 'reject' } },
  { hears: 'rejects as blocked', rules: ['caller.blocked'], because: 'Anonymous callers are not accepted.' },
);

check(
  '2: an anonymous caller is let in where the policy allows it, whatever the block list says',
  { users: [ana], ...toAna, from: { kind: 'anonymous' }, organization: { blockList: ['*'] } },
  {
    hears: `rings Ana 20 s, then ${SORRY}`,
    rules: ['-caller.blocked'],
    because: 'The caller is not blocked.',
  },
);

check(
  '2: a blocked caller is blocked on an extension too',
  {
    users: [user('Ana', { extension: '101' })],
    to: { kind: 'extension', extension: '101' },
    organization: { blockList: [STRANGER] },
  },
  { hears: 'rejects as blocked', rules: ['caller.blocked'] },
);

check(
  '2: a blocked caller does not reach a last resort either',
  { numbers: [number(MAIN)], organization: { blockList: [STRANGER], lastResort: outside('+34911234567') } },
  { hears: 'rejects as blocked' },
);

const switched = (until: string | null, target: Parameters<typeof toUser>[0] = 'Bo') =>
  number(MAIN, {
    target: toUser('Ana'),
    override: { target: toUser(target), until: until === null ? null : Date.parse(until) },
    calendar: { weekly: everyDay(off()), exceptions: [], useHolidays: false, closedTarget: null },
  });

check(
  '3: the manual switch beats the calendar, until it expires',
  { users: [ana, bo], numbers: [switched('2026-11-24T11:30:00Z')] },
  {
    hears: `rings Bo 20 s, then ${SORRY}`,
    rules: ['number.override'],
    because: 'The manual switch sends every call to Bo until Tue 2026-11-24 12:30 in Europe/Madrid.',
    answeredBy: 'Bo',
    validUntil: '2026-11-24T11:30:00Z',
  },
);

check(
  '3: at its expiry the manual switch is off, to the millisecond',
  { users: [ana, bo], numbers: [switched('2026-11-24T10:00:00Z')] },
  { hears: CLOSED, rules: ['-number.override', 'number.closed'], because: /switch of the number is off/ },
);

check(
  '3: a permanent switch has no end',
  { users: [ana, bo], numbers: [switched(null)] },
  {
    hears: `rings Bo 20 s, then ${SORRY}`,
    rules: ['number.override'],
    because: /until it is switched off/,
    validUntil: null,
  },
);

check(
  '3: a switch to a plain announcement says that the number is closed',
  {
    users: [ana],
    numbers: [
      number(MAIN, { target: toUser('Ana'), override: { target: { type: 'announcement' }, until: null } }),
    ],
  },
  { hears: CLOSED, rules: ['number.override'] },
);

check(
  '3: a switch that ends in more than 400 days is no limit of validity',
  { users: [ana, bo], numbers: [switched('2028-01-01T00:00:00Z')] },
  { hears: `rings Bo 20 s, then ${SORRY}`, validUntil: null },
);

test('3: the trace says until when the switch is on, and in whose time', async (t) => {
  const entry = decide({ users: [ana, bo], numbers: [switched('2026-11-24T11:30:00Z')] }).entry(
    'number.override',
  );
  t.match(entry, { localTime: '2026-11-24T11:00', timeZone: 'Europe/Madrid', until: '2026-11-24T11:30:00Z' });
});

const ruled = number(MAIN, {
  target: toUser('Ana'),
  callerRules: [
    { match: { number: '+34911234567' }, target: { type: 'announcement', text: 'exact' } },
    { match: { prefix: '+34' }, target: { type: 'announcement', text: 'prefix' } },
    { match: { kind: 'internal' }, target: { type: 'announcement', text: 'internal' } },
    { match: { kind: 'anonymous' }, target: { type: 'announcement', text: 'anonymous' } },
    { match: { kind: 'external', prefix: '+1212' }, target: { type: 'announcement', text: 'both' } },
  ],
});
const says = (text: string): string => `says "${text}", then hangs up`;

for (const [name, from, text] of [
  ['the exact number, which is first', '+34911234567', 'exact'],
  ['a prefix', '+34911234568', 'prefix'],
  ['an extension as internal', { kind: 'extension', extension: '101' }, 'internal'],
  ['one of our own numbers as internal', '+14155550177', 'internal'],
  ['an anonymous caller', { kind: 'anonymous' }, 'anonymous'],
  ['kind and prefix together', '+12125550100', 'both'],
] as const) {
  check(
    `4: a caller rule matches ${name}`,
    { users: [user('Ana', { extension: '101' })], numbers: [ruled, number('+14155550177')], from },
    { hears: says(text), rules: ['caller.rule'], because: /^A caller rule sends .* to an announcement\.$/ },
  );
}

check(
  '4: a caller whom no rule fits goes on',
  { users: [ana], numbers: [ruled] },
  {
    hears: `rings Ana 20 s, then ${SORRY}`,
    rules: ['-caller.rule', 'target'],
    because: /No caller rule/,
  },
);

check(
  '4: a caller rule comes after the manual switch and before the calendar',
  {
    users: [ana, bo],
    numbers: [
      number(MAIN, {
        target: toUser('Ana'),
        callerRules: [{ match: { kind: 'external' }, target: toUser('Bo') }],
        calendar: { weekly: everyDay(off()), exceptions: [], useHolidays: false, closedTarget: null },
      }),
    ],
  },
  { hears: `rings Bo 20 s, then ${SORRY}`, rules: ['-number.override', 'caller.rule'], answeredBy: 'Bo' },
);

const sticky = number(MAIN, { target: toUser('Ana'), stickyRouting: true });
const prospect = lead('Prospect', 'Bo', [STRANGER]);
const late = { at: '2026-11-24T20:00:00Z' };

check(
  '5: a lead rings its owner, and then goes the way of the number',
  { users: [ana, bo], numbers: [sticky], leads: [prospect] },
  {
    hears: `rings Bo 20 s, then Ana 20 s, then ${SORRY}`,
    rules: ['lead.owner', 'user.ring', 'target'],
    because: 'Prospect is a lead of Bo: Bo is rung first.',
    answeredBy: 'Bo',
  },
);

check(
  '5: the owner is not rung again when the number leads to the owner',
  { users: [bo], numbers: [{ ...sticky, target: toUser('Bo') }], leads: [prospect] },
  { hears: `rings Bo 20 s, then ${SORRY}`, rules: ['lead.owner', '-user.ring'] },
);

check(
  '5: the owner is not rung again by a queue either',
  {
    users: [ana, bo],
    queues: [queue('Sales', ['Bo', 'Ana'])],
    numbers: [{ ...sticky, target: toQueue('Sales') }],
    leads: [prospect],
  },
  { hears: `rings Bo 20 s, then Ana 15 s, then ${SORRY}`, answeredBy: 'Bo' },
);

for (const [name, owner, extra] of [
  ['outside hours', user('Bo', { weekly: office('09:00-18:00'), fallbackUserId: id('Cleo') }), late],
  ['on do-not-disturb', user('Bo', { doNotDisturb: { on: true, until: null } }), {}],
  ['busy', user('Bo', { callLimit: 1 }), { facts: { callsInProgress: { [id('Bo')]: 1 } } }],
  ['without a device', user('Bo', { devices: [] }), {}],
  ['inactive without a replacement', user('Bo', { status: 'inactive' }), {}],
  ['not available without a fallback', user('Bo', { weekly: everyDay(off()) }), {}],
] as const) {
  check(
    `5: an owner ${name} is passed over`,
    { users: [ana, owner, user('Cleo')], numbers: [sticky], leads: [prospect], ...extra },
    { hears: `rings Ana 20 s, then ${SORRY}`, rules: ['-lead.owner', 'target'], answeredBy: 'Ana' },
  );
}

for (const [name, owner] of [
  [
    'inactive is replaced by whom the calls were reassigned to',
    { status: 'inactive', reassignedToUserId: id('Cleo'), fallbackUserId: id('Dan') },
  ],
  ['deleted is replaced by the fallback user', { status: 'deleted', fallbackUserId: id('Cleo') }],
  ['pending is replaced by the fallback user', { status: 'pending', fallbackUserId: id('Cleo') }],
  [
    'not available is replaced by the fallback user of the day',
    { weekly: everyDay(off('Cleo')), fallbackUserId: id('Dan') },
  ],
  [
    'not available without one of the day is replaced by the general one',
    { weekly: everyDay(off()), fallbackUserId: id('Cleo') },
  ],
  [
    'away on this date is replaced by the fallback user of the override',
    {
      overrides: [{ ...off('Cleo'), id: 'o1', from: '2026-11-24', to: '2026-11-24' }],
      fallbackUserId: id('Dan'),
    },
  ],
] as const) {
  check(
    `5: an owner who is ${name}`,
    { users: [ana, user('Bo', owner), user('Cleo'), user('Dan')], numbers: [sticky], leads: [prospect] },
    { hears: `rings Cleo 20 s, then Ana 20 s, then ${SORRY}`, rules: ['lead.owner'], answeredBy: 'Cleo' },
  );
}

check(
  '5: owners who replace each other in a circle fall through',
  {
    users: [
      ana,
      user('Bo', { status: 'inactive', fallbackUserId: id('Cleo') }),
      user('Cleo', { status: 'inactive', fallbackUserId: id('Bo') }),
    ],
    numbers: [sticky],
    leads: [prospect],
  },
  { hears: `rings Ana 20 s, then ${SORRY}`, rules: ['-lead.owner'] },
);

check(
  '5: an owner who forwards every call takes this one along, busy or not',
  {
    users: [ana, user('Bo', { forwardAll: outside('+34611234567'), callLimit: 1 })],
    numbers: [sticky],
    leads: [prospect],
    facts: { callsInProgress: { [id('Bo')]: 1 } },
  },
  { hears: `calls +34611234567 20 s with press 1, then ${SORRY}`, rules: ['lead.owner', 'user.forward-all'] },
);

check(
  '5: a lead without an owner goes the way of the number',
  { users: [ana], numbers: [sticky], leads: [lead('Prospect', null, [STRANGER])] },
  { hears: `rings Ana 20 s, then ${SORRY}`, rules: ['-lead.owner'], because: /a lead without an owner/ },
);

check(
  '5: without sticky routing the lead is not looked at',
  { users: [ana, bo], numbers: [{ ...sticky, stickyRouting: false }], leads: [prospect] },
  { hears: `rings Ana 20 s, then ${SORRY}`, answeredBy: 'Ana' },
);

check(
  '5: the owner is rung also while the number is closed, and then hears the closed text',
  {
    users: [ana, bo],
    numbers: [
      {
        ...sticky,
        calendar: { weekly: everyDay(off()), exceptions: [], useHolidays: false, closedTarget: null },
      },
    ],
    leads: [prospect],
  },
  { hears: `rings Bo 20 s, then ${CLOSED}`, rules: ['lead.owner', 'number.closed'] },
);

type Calendar = NonNullable<ReturnType<typeof number>['calendar']>;
const withCalendar = (calendar: Partial<Calendar>) =>
  number(MAIN, {
    name: 'Main line',
    target: toUser('Ana'),
    calendar: { weekly: null, exceptions: [], useHolidays: true, closedTarget: null, ...calendar },
  });
const exception = (
  from: string,
  to: string,
  closed: boolean,
  changes: { yearly?: boolean; open?: string } = {},
) => ({
  from,
  to,
  closed,
  yearly: changes.yearly ?? false,
  windows: closed ? [] : windows(changes.open ?? '00:00-24:00'),
});
const holiday = { from: '2020-11-24', to: '2020-11-24', yearly: true, name: 'Founders day' };
const OPEN = `rings Ana 20 s, then ${SORRY}`;

for (const [title, calendar, hears, because] of [
  [
    'within its weekly hours the number is open',
    { weekly: office('09:00-18:00') },
    OPEN,
    'Main line is open: it is Tue 11:00 in Europe/Madrid.',
  ],
  [
    'outside its weekly hours the number is closed',
    { weekly: office('12:00-18:00') },
    CLOSED,
    'Main line is closed by its weekly hours: it is Tue 11:00 in Europe/Madrid; an announcement.',
  ],
  [
    'a holiday beats the weekly hours',
    { weekly: office('09:00-18:00') },
    CLOSED,
    /closed by the holiday Founders day/,
  ],
  ['holidays can be left aside', { weekly: office('09:00-18:00'), useHolidays: false }, OPEN, /is open/],
  [
    'a yearly exception beats the holidays',
    { exceptions: [exception('2019-11-20', '2019-11-25', false, { yearly: true })] },
    OPEN,
    /is open/,
  ],
  [
    'a range beats a yearly exception',
    {
      exceptions: [
        exception('2026-11-20', '2026-11-30', true),
        exception('2019-11-24', '2019-11-24', false, { yearly: true }),
      ],
    },
    CLOSED,
    /an exception from 2026-11-20 to 2026-11-30/,
  ],
  [
    'a date beats a range',
    {
      exceptions: [exception('2026-11-24', '2026-11-24', false), exception('2026-11-20', '2026-11-30', true)],
    },
    OPEN,
    /is open/,
  ],
  [
    'an exception has hours of its own',
    {
      weekly: office('09:00-18:00'),
      exceptions: [exception('2026-11-24', '2026-11-24', false, { open: '12:00-13:00' })],
    },
    CLOSED,
    /an exception on 2026-11-24/,
  ],
  [
    'a date of another year closes nothing',
    { exceptions: [exception('2025-11-24', '2025-11-24', true)] },
    OPEN,
    /is open/,
  ],
] as const) {
  check(
    `6: ${title}`,
    {
      users: [ana],
      numbers: [withCalendar(calendar)],
      organization: { holidays: title.includes('holiday') ? [holiday] : [] },
    },
    { hears, rules: [hears === OPEN ? '-number.closed' : 'number.closed'], because },
  );
}

check(
  '6: the closed target is followed, and says until when',
  {
    users: [ana, bo],
    numbers: [withCalendar({ weekly: office('12:00-18:00'), closedTarget: toVoicemail('Bo') })],
  },
  {
    hears: "Bo's voicemail",
    rules: ['number.closed'],
    because: /the voicemail of Bo/,
    answeredBy: null,
    validUntil: '2026-11-24T11:00:00Z',
  },
);

check(
  '6: a closed target that is a plain announcement says that the number is closed',
  {
    users: [ana],
    numbers: [withCalendar({ weekly: everyDay(off()), closedTarget: { type: 'announcement' } })],
  },
  { hears: CLOSED, rules: ['number.closed'] },
);

test('6: the entry of the calendar carries the time, its zone and the next change', async (t) => {
  const lines = [withCalendar({ weekly: office('09:00-18:00') })];
  const entry = decide({ users: [ana], numbers: lines }).entry('number.closed');
  t.match(entry, { localTime: '2026-11-24T11:00', timeZone: 'Europe/Madrid', until: '2026-11-24T17:00:00Z' });
});

check(
  '7: a number goes to its target',
  { users: [ana], ...toAna },
  {
    hears: OPEN,
    rules: ['target', 'user.ring'],
    because: `${MAIN} goes to Ana.`,
    answeredBy: 'Ana',
    validUntil: null,
  },
);

const targets: ReadonlyArray<
  readonly [name: string, target: ReturnType<typeof number>['target'], hears: string]
> = [
  ['a queue', toQueue('Sales'), `rings Ana 15 s, then Bo 15 s, then ${SORRY}`],
  ['an outside number', outside('+34911234567'), `calls +34911234567 20 s with press 1, then ${SORRY}`],
  ['a voicemail box', toVoicemail('Bo'), "Bo's voicemail"],
  ['the voicemail box of a queue', toVoicemail('Sales'), "Sales's voicemail"],
  ['a menu', { type: 'menu', text: 'Dial it.' }, `asks "Dial it.", then ${SORRY}`],
  [
    'a menu without a text',
    { type: 'menu' },
    `asks "Please enter the extension you want to reach.", then ${SORRY}`,
  ],
  ['an announcement', { type: 'announcement', text: 'Moved.' }, 'says "Moved.", then hangs up'],
  ['an announcement without a text', { type: 'announcement' }, SORRY],
  ['a hang-up', { type: 'hangup' }, 'hangs up'],
  ['a user who is gone', toUser('Nobody'), SORRY],
  ['a queue that is gone', toQueue('Nothing'), SORRY],
  ['a voicemail box that is gone', toVoicemail('Nobody'), SORRY],
];
for (const [name, target, hears] of targets) {
  check(
    `7: the target may be ${name}`,
    { users: [ana, bo], queues: [queue('Sales', ['Ana', 'Bo'])], numbers: [number(MAIN, { target })] },
    { hears, rules: ['target'] },
  );
}

check(
  '7: texts are spoken in the language of the organization, its own first',
  {
    numbers: [number(MAIN, { target: { type: 'announcement' } })],
    organization: { language: 'de', texts: { unavailable: 'Leider niemand da.' } },
  },
  { hears: 'says "Leider niemand da.", then hangs up' },
);

check(
  '17: the last resort may be a queue, and its own failure ends with the announcement',
  {
    users: [ana],
    queues: [queue('Desk', ['Ana'])],
    numbers: [number(MAIN, { target: toUser('Gone') })],
    organization: { lastResort: toQueue('Desk') },
  },
  {
    hears: `rings Ana 15 s, then ${SORRY}`,
    rules: ['last-resort', 'last-resort'],
    because: /does not exist any more/,
    answeredBy: 'Desk',
  },
);

check(
  '17: a last resort that leads nowhere does not go round',
  {
    numbers: [number(MAIN)],
    organization: { lastResort: outside(MAIN) },
  },
  { hears: NO_NUMBER, rules: ['last-resort', 'last-resort'] },
);

check(
  '17: a menu as last resort is asked once',
  { numbers: [number(MAIN)], organization: { lastResort: { type: 'menu', text: 'Who?' } } },
  { hears: `asks "Who?", then ${SORRY}` },
);

check(
  '5: an owner is replaced along a chain of fallback users',
  {
    users: [
      ana,
      user('Bo', { status: 'inactive', reassignedToUserId: id('Cleo') }),
      user('Cleo', { weekly: everyDay(off('Dan')) }),
      user('Dan', { status: 'pending', fallbackUserId: id('Eve') }),
      user('Eve'),
    ],
    numbers: [sticky],
    leads: [prospect],
  },
  { hears: `rings Eve 20 s, then Ana 20 s, then ${SORRY}`, rules: ['lead.owner'], answeredBy: 'Eve' },
);
