import { test } from 'tap';
import type { UserData } from '../../../../services/routing/domain/directory-data.ts';
import { check } from '../../../support/decision-check.ts';
import {
  decide,
  everyDay,
  hours,
  id,
  MAIN,
  number,
  off,
  office,
  outside,
  queue,
  SORRY,
  toQueue,
  toUser,
  toVoicemail,
  user,
} from '../../../support/directory.ts';

/** Rules 8 to 16 of the order of precedence: what the called user decides. */

const numbers = [number(MAIN, { target: toUser('Ana') })];
const voicemail = { action: 'voicemail' } as const;

/** Ana as changed, with Bo, Cleo and Dan, all three always there. */
function office4(changes: Partial<UserData>) {
  return { users: [user('Ana', changes), user('Bo'), user('Cleo'), user('Dan')], numbers };
}

const RINGS_ANA = `rings Ana 20 s, then ${SORRY}`;
const RINGS_BO = `rings Bo 20 s, then ${SORRY}`;
const BOX = "Ana's voicemail";

check('8-15: a user whom nothing keeps away is rung, and the trace says what was looked at', office4({}), {
  hears: RINGS_ANA,
  rules: [
    '-user.inactive',
    '-user.outside-hours',
    '-user.do-not-disturb',
    '-user.forward-all',
    '-user.busy',
    'user.ring',
    'user.if-unavailable',
  ],
  because: 'Ana is active.',
  answeredBy: 'Ana',
  validUntil: null,
});

for (const [status, word] of [
  ['inactive', 'deactivated'],
  ['pending', 'invited and has not confirmed yet'],
  ['deleted', 'deleted'],
] as const) {
  check(
    `8: ${status}: the person the calls were reassigned to`,
    office4({ status, reassignedToUserId: id('Bo'), fallbackUserId: id('Cleo'), ifUnavailable: voicemail }),
    {
      hears: `rings Bo 20 s, then ${SORRY}`,
      rules: [`user.${status}`, 'user.ring'],
      because: `Ana is ${word}.`,
      answeredBy: 'Bo',
    },
  );
  check(
    `8: ${status}: without one, the fallback user`,
    office4({ status, fallbackUserId: id('Bo'), ifUnavailable: voicemail }),
    {
      hears: RINGS_BO,
      rules: [`user.${status}`],
    },
  );
  check(
    `8: ${status}: without both, the if-unavailable rule`,
    office4({ status, ifUnavailable: voicemail }),
    {
      hears: BOX,
      rules: [`user.${status}`, 'user.if-unavailable'],
      answeredBy: null,
    },
  );
}

const away = (to: string, fallback: string | null) => ({
  ...off(fallback),
  id: 'o1',
  from: '2026-11-24',
  to,
});

check(
  '9: an override that is not available leads to its own fallback user',
  office4({
    overrides: [away('2026-11-24', 'Bo')],
    fallbackUserId: id('Cleo'),
    weekly: everyDay(off('Dan')),
  }),
  {
    hears: RINGS_BO,
    rules: ['user.override', 'user.ring'],
    because: 'Ana is marked not available on 2026-11-24; it is Tue 11:00 in Europe/Madrid.',
    answeredBy: 'Bo',
    // From Wednesday on, the weekday's own fallback user.
    validUntil: '2026-11-24T23:00:00Z',
  },
);

check(
  '9: an override without a fallback user leads to the general one',
  office4({ overrides: [away('2026-11-27', null)], fallbackUserId: id('Cleo') }),
  {
    hears: `rings Cleo 20 s, then ${SORRY}`,
    rules: ['user.override'],
    because: /from 2026-11-24 to 2026-11-27/,
    validUntil: '2026-11-27T23:00:00Z',
  },
);

check(
  '9: without any fallback user, the if-unavailable rule',
  office4({ overrides: [away('2026-11-24', null)], ifUnavailable: voicemail }),
  {
    hears: BOX,
    rules: ['user.override', 'user.if-unavailable'],
  },
);

check(
  '9: an override opens a day that the week has closed',
  office4({
    overrides: [{ ...hours('10:00-12:00'), id: 'o1', from: '2026-11-24', to: '2026-11-24' }],
    weekly: everyDay(off('Bo')),
  }),
  {
    hears: RINGS_ANA,
    rules: ['-user.override', '-user.outside-hours', 'user.ring'],
    because: /Ana has other hours on 2026-11-24/,
    validUntil: '2026-11-24T11:00:00Z',
  },
);

check(
  '9: outside the hours of an override it is outside hours',
  office4({
    overrides: [{ ...hours('12:00-13:00'), id: 'o1', from: '2026-11-24', to: '2026-11-24' }],
    fallbackUserId: id('Bo'),
  }),
  {
    hears: RINGS_BO,
    rules: ['-user.override', 'user.outside-hours'],
  },
);

check(
  '9: an override of no hours is outside hours all day',
  office4({ overrides: [{ ...hours(''), id: 'o1', from: '2026-11-24', to: '2026-11-24' }] }),
  {
    hears: SORRY,
    rules: ['-user.override', 'user.outside-hours'],
  },
);

check(
  '9: of two overrides of a date the one created later counts',
  office4({ overrides: [away('2026-11-24', 'Cleo'), { ...away('2026-11-24', 'Bo'), id: 'o2' }] }),
  { hears: RINGS_BO },
);

check(
  '9: a date beats a range that was created later',
  office4({ overrides: [away('2026-11-24', 'Bo'), { ...away('2026-11-28', 'Cleo'), id: 'o2' }] }),
  { hears: RINGS_BO },
);

check(
  '10: a weekday marked not available leads to the fallback user of the day, for the whole day',
  office4({ weekly: [null, off('Bo'), null, null, null, null, null], fallbackUserId: id('Cleo') }),
  {
    hears: RINGS_BO,
    rules: ['user.not-available', 'user.ring'],
    because: 'Ana is not available on this weekday; it is Tue 11:00 in Europe/Madrid.',
    validUntil: '2026-11-24T23:00:00Z',
  },
);

check(
  '10: without one of the day, to the general one',
  office4({ weekly: [null, off(), null, null, null, null, null], fallbackUserId: id('Cleo') }),
  {
    hears: `rings Cleo 20 s, then ${SORRY}`,
    rules: ['user.not-available'],
  },
);

check(
  '10: without any, the if-unavailable rule',
  office4({ weekly: [null, off(), null, null, null, null, null], ifUnavailable: voicemail }),
  {
    hears: BOX,
    rules: ['user.not-available', 'user.if-unavailable'],
  },
);

check(
  '10: a weekday that is left out is available',
  office4({ weekly: [off(), null, off(), off(), off(), off(), off()] }),
  {
    hears: RINGS_ANA,
    rules: ['-user.outside-hours'],
  },
);

check(
  '11: outside the hours the general fallback user takes the call',
  { ...office4({ weekly: office('09:00-18:00'), fallbackUserId: id('Bo') }), at: '2026-11-24T17:20:00Z' },
  {
    hears: RINGS_BO,
    rules: ['user.outside-hours'],
    because: 'Ana is outside the hours set: it is Tue 18:20 in Europe/Madrid, next open Wed 09:00.',
    answeredBy: 'Bo',
    validUntil: '2026-11-25T08:00:00Z',
  },
);

check(
  '11: without one, the if-unavailable rule',
  { ...office4({ weekly: office('09:00-18:00'), ifUnavailable: voicemail }), at: '2026-11-24T17:00:00Z' },
  {
    hears: BOX,
    rules: ['user.outside-hours', 'user.if-unavailable'],
    answeredBy: null,
  },
);

check(
  '11: the last minute of a window is within it',
  { ...office4({ weekly: office('09:00-18:00') }), at: '2026-11-24T16:59:59.999Z' },
  {
    hears: RINGS_ANA,
    rules: ['-user.outside-hours'],
    because: 'Ana is within the hours set; it is Tue 17:59 in Europe/Madrid.',
    validUntil: '2026-11-24T17:00:00Z',
  },
);

check(
  '11: the hours are those of the own zone',
  { ...office4({ weekly: office('09:00-18:00'), timeZone: 'America/New_York' }), at: '2026-11-24T17:20:00Z' },
  {
    hears: RINGS_ANA,
    because: 'Ana is within the hours set; it is Tue 12:20 in America/New_York.',
    rules: ['-user.outside-hours'],
  },
);

test('11: the entry carries the local time, the zone, and until when that holds', async (t) => {
  const weekly = office('09:00-18:00');
  const entry = decide({ ...office4({ weekly }), at: '2026-11-24T17:20:00Z' }).entry('user.outside-hours');
  t.match(entry, {
    subject: { type: 'user', id: id('Ana'), name: 'Ana' },
    localTime: '2026-11-24T18:20',
    timeZone: 'Europe/Madrid',
    until: '2026-11-25T08:00:00Z',
  });
});

check('11: hours that never come are said to be none', office4({ weekly: everyDay(hours('')) }), {
  hears: SORRY,
  rules: ['user.outside-hours'],
  because: /no hours ahead/,
  validUntil: null,
});

const dnd = (until: string | null) => ({ on: true, until: until === null ? null : Date.parse(until) });

check(
  '12: on do-not-disturb the if-unavailable rule takes the call, until it ends',
  office4({ doNotDisturb: dnd('2026-11-24T12:00:00Z'), ifUnavailable: voicemail, fallbackUserId: id('Bo') }),
  {
    hears: BOX,
    rules: ['user.do-not-disturb', 'user.if-unavailable'],
    because: 'Ana does not want to be disturbed until Tue 13:00.',
    answeredBy: null,
    validUntil: '2026-11-24T12:00:00Z',
  },
);

check('12: do-not-disturb that has ended is none', office4({ doNotDisturb: dnd('2026-11-24T10:00:00Z') }), {
  hears: RINGS_ANA,
  rules: ['-user.do-not-disturb', 'user.ring'],
  because: 'Ana may be disturbed.',
  validUntil: null,
});

check('12: do-not-disturb without an end', office4({ doNotDisturb: dnd(null) }), {
  hears: SORRY,
  rules: ['user.do-not-disturb'],
  because: 'Ana does not want to be disturbed.',
  validUntil: null,
});

check(
  '12: do-not-disturb may come in with the facts',
  { ...office4({}), facts: { presence: { [id('Ana')]: 'do-not-disturb' } } },
  {
    hears: SORRY,
    rules: ['user.do-not-disturb'],
  },
);

const forwarding = { doNotDisturb: dnd(null), forwardAll: toUser('Bo') };
check('12: do-not-disturb beats a forward', office4(forwarding), {
  hears: SORRY,
  rules: ['user.do-not-disturb'],
});
check(
  '12: by policy a forward beats do-not-disturb',
  { ...office4(forwarding), organization: { policies: { forwardBeatsDnd: true, voicemailOf: 'first' } } },
  {
    hears: RINGS_BO,
    rules: ['user.forward-all'],
  },
);
check(
  '12: where a forward beats it, do-not-disturb still counts without a forward',
  {
    ...office4({ doNotDisturb: dnd(null) }),
    organization: { policies: { forwardBeatsDnd: true, voicemailOf: 'first' } },
  },
  {
    hears: SORRY,
    rules: ['-user.forward-all', 'user.do-not-disturb'],
  },
);

check(
  "13: an unconditional forward goes to a user by that user's own rules",
  {
    users: [
      user('Ana', { forwardAll: toUser('Bo') }),
      user('Bo', { weekly: office('12:00-13:00'), fallbackUserId: id('Cleo') }),
      user('Cleo'),
    ],
    numbers,
  },
  {
    hears: `rings Cleo 20 s, then ${SORRY}`,
    rules: ['user.forward-all', 'user.outside-hours', 'user.ring'],
    because: 'Ana forwards every call to Bo.',
    answeredBy: 'Cleo',
  },
);

check(
  '13: a forward to an outside number asks to press 1, and then the if-unavailable rule follows',
  office4({ forwardAll: outside('+34611234567'), ringSeconds: 30, ifUnavailable: voicemail }),
  {
    hears: `calls +34611234567 30 s with press 1, then ${BOX}`,
    rules: ['user.forward-all', 'target', 'user.if-unavailable'],
    answeredBy: null,
  },
);

check(
  '13: press 1 is an option',
  {
    ...office4({ forwardAll: outside('+34611234567') }),
    organization: { forwarding: { countries: ['ES'], kinds: ['mobile'], confirm: false } },
  },
  {
    hears: `calls +34611234567 20 s, then ${SORRY}`,
  },
);

for (const [name, digits, forwardingRules] of [
  ['of another country', '+442071234567', { countries: ['ES'], kinds: ['fixed', 'mobile'] }],
  ['of another kind', '+34611234567', { countries: ['ES'], kinds: ['fixed'] }],
  ['that costs extra', '+34803123456', { countries: ['ES'], kinds: ['fixed', 'mobile'] }],
  ['of a satellite', '+8816123456789', { countries: ['ES', '001'], kinds: ['fixed', 'mobile'] }],
  ['of an emergency service', '+34112', { countries: ['ES'], kinds: ['fixed', 'mobile'] }],
] as const) {
  check(
    `13: a forward to a number ${name} is not dialled at call time, and the caller hears the if-unavailable rule`,
    {
      ...office4({
        forwardAll: outside(digits),
        ifUnavailable: {
          action: 'none',
          causes: { unreachable: voicemail, busy: { action: 'forward', target: toUser('Bo') } },
        },
      }),
      organization: { forwarding: { ...forwardingRules, confirm: true } },
    },
    {
      hears: BOX,
      rules: ['user.forward-all', '-target', 'user.if-unavailable'],
      answeredBy: null,
    },
  );
}

test('13: a refused forward adds no branches to the ring of somebody else', async (t) => {
  const { steps, hears } = decide({
    users: [
      user('Ana', { ifUnavailable: { action: 'forward', target: toUser('Bo') } }),
      user('Bo', {
        forwardAll: outside('+19005551234'),
        ifUnavailable: { action: 'voicemail', causes: { busy: { action: 'none' } } },
      }),
    ],
    numbers,
    ends: { Ana: 'busy' },
  });
  t.equal(hears, "rings Ana 20 s, then Ana's voicemail");
  t.equal(steps.length, 2);
});

check(
  '13: emergency numbers are extensions at most, never dialled',
  office4({ forwardAll: outside('112') }),
  { hears: SORRY, rules: ['user.forward-all', 'last-resort'], because: /to 112/ },
);

check(
  '13: a forward to an own number re-enters at its target, past its calendar and its rules',
  {
    users: [user('Ana', { forwardAll: outside('+14155550177') }), user('Bo'), user('Cleo')],
    numbers: [
      ...numbers,
      number('+14155550177', {
        target: toUser('Bo'),
        callerRules: [{ match: { kind: 'external' }, target: toUser('Cleo') }],
        calendar: { weekly: everyDay(off()), exceptions: [], useHolidays: true, closedTarget: null },
      }),
    ],
  },
  { hears: RINGS_BO, rules: ['user.forward-all', 'target', 'user.ring'], answeredBy: 'Bo' },
);

check(
  '13: a forward to an own extension re-enters at rule 8, or 7 for a queue',
  {
    users: [user('Ana', { forwardAll: outside('500') }), user('Bo')],
    queues: [queue('Sales', ['Bo'], { extension: '500' })],
    numbers,
  },
  { hears: `rings Bo 15 s, then ${SORRY}`, answeredBy: 'Sales' },
);

check(
  '13: an own number that leads back is a loop',
  {
    users: [user('Ana', { forwardAll: outside(MAIN), ifUnavailable: voicemail })],
    numbers,
  },
  { hears: BOX, rules: ['user.forward-all', 'loop', 'user.if-unavailable'] },
);

check(
  '13: a forward that beats busy',
  { ...office4({ forwardAll: toUser('Bo'), callLimit: 1 }), facts: { callsInProgress: { [id('Ana')]: 3 } } },
  { hears: RINGS_BO, rules: ['user.forward-all'] },
);

const busy = { facts: { callsInProgress: { [id('Ana')]: 2 } } };
check(
  '14: at the limit of simultaneous calls the busy rule takes the call',
  { ...office4({ callLimit: 2, ifUnavailable: { action: 'none', causes: { busy: voicemail } } }), ...busy },
  {
    hears: BOX,
    rules: ['user.busy', 'user.if-unavailable'],
    because: 'Ana is on 2 of 2 calls at most.',
    answeredBy: null,
  },
);
check(
  '14: without a busy rule, the plain one',
  { ...office4({ callLimit: 1, ifUnavailable: voicemail }), facts: { presence: { [id('Ana')]: 'on-call' } } },
  {
    hears: BOX,
    rules: ['user.busy'],
    because: 'Ana is on 1 of 1 call at most.',
  },
);
check(
  '14: below the limit the user is rung',
  { ...office4({ callLimit: 3 }), ...busy },
  {
    hears: RINGS_ANA,
    rules: ['-user.busy', 'user.ring'],
    because: 'Ana has a line free.',
  },
);
check(
  '14: without a limit nobody is busy',
  { ...office4({ callLimit: null }), ...busy },
  { hears: RINGS_ANA, rules: ['-user.busy'] },
);

check('15: the user is rung for their own seconds', office4({ ringSeconds: 35 }), {
  hears: `rings Ana 35 s, then ${SORRY}`,
  rules: ['user.ring'],
  because: 'Ana is rung for 35 seconds.',
});
check(
  '15: else for the seconds of the organization',
  { ...office4({}), organization: { ringSeconds: 12 } },
  { hears: `rings Ana 12 s, then ${SORRY}` },
);

const devices = [
  { kind: 'sip', address: 'sip:101@pbx.example', enabled: true },
  { kind: 'app', address: 'ana', enabled: true },
  { kind: 'phone', address: '+34611234567', enabled: false },
] as const;
const quietHours = [22 * 60, 7 * 60] as const;

for (const [title, mobile, at, kinds, until] of [
  [
    'every enabled device rings',
    { ringApp: true, quietHours: null },
    '2026-11-24T10:00:00Z',
    ['sip', 'app'],
    null,
  ],
  [
    'the app is left out where the user turned it off',
    { ringApp: false, quietHours: null },
    '2026-11-24T10:00:00Z',
    ['sip'],
    null,
  ],
  [
    'the app is left out in quiet hours',
    { ringApp: true, quietHours },
    '2026-11-24T23:30:00Z',
    ['sip'],
    '2026-11-25T06:00:00Z',
  ],
  [
    'the app rings until the quiet hours begin',
    { ringApp: true, quietHours },
    '2026-11-24T20:59:59Z',
    ['sip', 'app'],
    '2026-11-24T21:00:00Z',
  ],
  [
    'the app rings at the end of the quiet hours',
    { ringApp: true, quietHours },
    '2026-11-25T06:00:00Z',
    ['sip', 'app'],
    '2026-11-25T21:00:00Z',
  ],
] as const) {
  test(`15: ${title}`, async (t) => {
    const made = { ...office4({ devices, mobile }), at };
    const { steps, validUntil, entry } = decide(made);
    const [ring] = steps;
    t.strictSame(ring?.action === 'ring' ? ring.targets[0]?.devices.map((device) => device.kind) : [], kinds);
    t.equal(validUntil, until);
    const quiet = mobile.quietHours !== null && kinds.length === 1;
    t.equal(
      entry('user.quiet-hours')?.because,
      quiet ? 'Ana has quiet hours, so the mobile app is not rung.' : undefined,
    );
    if (quiet) t.match(entry('user.quiet-hours'), { timeZone: 'Europe/Madrid', until });
  });
}

check(
  '15: a user without a device that may ring is unreachable',
  {
    ...office4({
      devices: [{ kind: 'app', address: 'ana', enabled: true }],
      mobile: { ringApp: true, quietHours },
      ifUnavailable: { action: 'none', causes: { unreachable: voicemail } },
    }),
    at: '2026-11-24T23:30:00Z',
  },
  {
    hears: BOX,
    rules: ['user.quiet-hours', '-user.ring', 'user.if-unavailable'],
    validUntil: '2026-11-25T06:00:00Z',
  },
);

const phone = (address: string) => ({ kind: 'phone', address, enabled: true }) as const;
test('15: a telephone among the devices rings only where a forward would be allowed', async (t) => {
  const allowed = decide(office4({ devices: [phone('+34611234567'), phone('+881612345678')] }));
  const [ring] = allowed.steps;
  t.strictSame(ring?.action === 'ring' ? ring.targets[0]?.devices : [], [
    { kind: 'phone', address: '+34611234567' },
  ]);
  t.match(
    allowed.entry('user.ring', 'passed')?.because,
    /^The telephone \+881612345678 of Ana is not rung: /,
  );
});
check(
  '15: who has nothing but a telephone that no forward may go to is unreachable',
  office4({
    devices: [phone('+4915112345678')],
    ifUnavailable: { action: 'none', causes: { unreachable: voicemail } },
  }),
  {
    hears: BOX,
    rules: ['-user.ring', 'user.if-unavailable'],
    because: /DE, and forwarding is allowed to US, ES/,
  },
);

check('16: none is an announcement and then the hang-up', office4({}), {
  hears: RINGS_ANA,
  rules: ['user.if-unavailable'],
  because: 'If Ana does not take the call: no voicemail, an announcement, then the call ends.',
});
check('16: voicemail is a greeting and a recording', office4({ ifUnavailable: voicemail }), {
  hears: `rings Ana 20 s, then ${BOX}`,
  rules: ['user.if-unavailable'],
  because: 'If Ana does not take the call: voicemail of Ana.',
});
for (const [name, target, hears] of [
  ['a user', toUser('Bo'), `Bo 20 s, then ${SORRY}`],
  ['a queue', toQueue('Sales'), `Cleo 15 s, then ${SORRY}`],
  ['an outside number', outside('+34611234567'), `calls +34611234567 20 s with press 1, then ${SORRY}`],
  ['a voicemail box', toVoicemail('Dan'), "Dan's voicemail"],
  ['a menu', { type: 'menu', text: 'Who?' }, `asks "Who?", then ${SORRY}`],
] as const) {
  check(
    `16: a forward goes on with ${name}`,
    { ...office4({ ifUnavailable: { action: 'forward', target } }), queues: [queue('Sales', ['Cleo'])] },
    {
      hears: `rings Ana 20 s, then ${hears}`,
      rules: ['user.if-unavailable'],
      because: /If Ana does not take the call: forward to /,
    },
  );
}

const perCause: Partial<UserData> = {
  ifUnavailable: {
    action: 'voicemail',
    causes: {
      busy: { action: 'forward', target: toUser('Bo') },
      declined: { action: 'none' },
      unreachable: { action: 'forward', target: toUser('Cleo') },
    },
  },
};
for (const [outcome, hears] of [
  ['busy', `Bo 20 s, then ${SORRY}`],
  ['declined', SORRY],
  ['no-answer', BOX],
  ['unreachable', `Cleo 20 s, then ${SORRY}`],
  ['answered', ''],
  ['canceled', ''],
] as const) {
  check(
    `16: with a rule for each cause, ${outcome} has its own branch`,
    { ...office4(perCause), ends: { Ana: outcome } },
    {
      hears: `rings Ana 20 s${hears === '' ? '' : `, then ${hears}`}`,
      answeredBy: 'Ana',
    },
  );
}

test('16: branches name the step they follow and the outcomes they are for', async (t) => {
  const { steps } = decide(office4(perCause));
  t.match(steps, [
    { id: 's1', action: 'ring' },
    { id: 's2', action: 'ring', when: ['busy'] },
    { id: 's3', action: 'announce' },
    { id: 's4', action: 'hangup' },
    { id: 's5', action: 'announce', after: 's1', when: ['declined'] },
    { id: 's6', action: 'hangup' },
    { id: 's7', action: 'voicemail', after: 's1', when: ['no-answer'] },
    { id: 's8', action: 'ring', after: 's1', when: ['unreachable'] },
    { id: 's9', action: 'announce' },
    { id: 's10', action: 'hangup' },
  ]);
  t.equal(steps.length, 10);
});

check(
  '16: causes that all have one rule replace the plain rule',
  office4({
    ifUnavailable: {
      action: 'none',
      causes: { busy: voicemail, declined: voicemail, noAnswer: voicemail, unreachable: voicemail },
    },
  }),
  {
    hears: `rings Ana 20 s, then ${BOX}`,
    rules: ['user.if-unavailable'],
  },
);

check(
  '16: a forward that is not answered ends with the last resort',
  {
    ...office4({ ifUnavailable: { action: 'forward', target: outside('+34611234567') } }),
    organization: { lastResort: toUser('Dan') },
  },
  {
    hears: `rings Ana 20 s, then calls +34611234567 20 s with press 1, then rings Dan 20 s, then ${SORRY}`,
  },
);

check(
  '16: a user who was rung is not rung again in this call',
  {
    users: [user('Ana', { ifUnavailable: { action: 'forward', target: toQueue('Sales') } }), user('Bo')],
    queues: [queue('Sales', ['Ana', 'Bo'])],
    numbers,
  },
  { hears: `rings Ana 20 s, then Bo 15 s, then ${SORRY}`, rules: ['user.ring', '-user.ring', 'user.ring'] },
);

check(
  '16: the rule is explained without the outcomes of somebody who rang before',
  {
    users: [
      user('Ana', { ifUnavailable: { action: 'forward', target: toUser('Bo') } }),
      user('Bo', { doNotDisturb: dnd(null) }),
    ],
    numbers,
  },
  { hears: `rings Ana 20 s, then ${SORRY}`, rules: ['user.do-not-disturb', 'user.if-unavailable'] },
);

check(
  '16: a user who was rung already and is reached again did not answer, by the rule for that cause',
  {
    users: [
      user('Ana', {
        ifUnavailable: {
          action: 'none',
          causes: { noAnswer: { action: 'voicemail' }, busy: { action: 'forward', target: toUser('Bo') } },
        },
      }),
      user('Bo'),
    ],
    queues: [queue('Sales', ['Ana'], { noAgentTarget: toUser('Ana') })],
    numbers: [number(MAIN, { target: toQueue('Sales') })],
  },
  {
    hears: "rings Ana 15 s, then Sales's voicemail",
    rules: ['user.ring', '-user.ring', 'user.if-unavailable'],
  },
);

check(
  '16: an outside number that did not answer is not called again in this call',
  office4({
    forwardAll: outside('+34611234567'),
    ifUnavailable: { action: 'forward', target: outside('+34611234567') },
  }),
  {
    hears: `calls +34611234567 20 s with press 1, then ${SORRY}`,
    rules: ['user.forward-all', 'last-resort'],
  },
);
