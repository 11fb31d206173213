import { test } from 'tap';
import type { GivenFacts } from '../../../../services/routing/domain/call.ts';
import type {
  QueueData,
  QueueStrategy,
  UserData,
} from '../../../../services/routing/domain/directory-data.ts';
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

/** Queues: who is rung, in which order, and what comes when nobody is there. */

const numbers = [number(MAIN, { target: toQueue('Sales') })];
const names = ['Ana', 'Bo', 'Cleo', 'Dan'];
const users = names.map((name) => user(name));

function sales(changes: Partial<QueueData>, members: readonly string[] = names) {
  return { users, numbers, queues: [queue('Sales', members, changes)] };
}

const inTurn = (...list: readonly string[]): string =>
  `rings ${list.join(' 15 s, then ')} 15 s, then ${SORRY}`;

check('all rings everybody at once', sales({ strategy: 'all' }), {
  hears: `rings Ana and Bo and Cleo and Dan 15 s, then ${SORRY}`,
  rules: ['user.ring', 'last-resort'],
  because: 'Sales rings Ana, Bo, Cleo, Dan for 15 seconds (all).',
  answeredBy: 'Sales',
});

/** Bo has waited longest, Dan has had the fewest calls, Bo was rung first last time. */
const history: GivenFacts = {
  lastAnswered: { [id('Ana')]: 3000, [id('Bo')]: 1000, [id('Cleo')]: 2000, [id('Dan')]: 4000 },
  callsAnswered: { [id('Ana')]: 3, [id('Bo')]: 2, [id('Cleo')]: 2, [id('Dan')]: 1 },
  lastRung: { [id('Sales')]: id('Bo') },
};

const orders: ReadonlyArray<readonly [QueueStrategy, withFacts: readonly string[]]> = [
  ['sequential', names],
  ['round-robin', ['Cleo', 'Dan', 'Ana', 'Bo']],
  ['least-recent', ['Bo', 'Cleo', 'Ana', 'Dan']],
  ['fewest-calls', ['Dan', 'Bo', 'Cleo', 'Ana']],
];
for (const [strategy, withFacts] of orders) {
  check(`${strategy} without facts rings in the order of the members`, sales({ strategy }), {
    hears: inTurn(...names),
    answeredBy: 'Sales',
  });
  check(
    `${strategy} with facts rings in its own order`,
    { ...sales({ strategy }), facts: history },
    { hears: inTurn(...withFacts) },
  );
}

check(
  'round-robin begins from the top behind the last member',
  { ...sales({ strategy: 'round-robin' }), facts: { lastRung: { [id('Sales')]: id('Dan') } } },
  { hears: inTurn(...names) },
);
check(
  'round-robin begins from the top when the last one rung has left',
  { ...sales({ strategy: 'round-robin' }), facts: { lastRung: { [id('Sales')]: id('Gone') } } },
  { hears: inTurn(...names) },
);
check(
  'round-robin of another queue says nothing',
  { ...sales({ strategy: 'round-robin' }), facts: { lastRung: { [id('Help')]: id('Ana') } } },
  { hears: inTurn(...names) },
);
check(
  'least-recent puts whoever has never answered first',
  { ...sales({ strategy: 'least-recent' }), facts: { lastAnswered: { [id('Ana')]: 5, [id('Bo')]: 4 } } },
  { hears: inTurn('Cleo', 'Dan', 'Bo', 'Ana') },
);
check(
  'fewest-calls counts a member without a figure as without a call',
  { ...sales({ strategy: 'fewest-calls' }), facts: { callsAnswered: { [id('Ana')]: 0, [id('Bo')]: 1 } } },
  { hears: inTurn('Ana', 'Cleo', 'Dan', 'Bo') },
);

test('random is the same for the same call, and spreads over calls', async (t) => {
  const first = (callId: string): string => decide({ ...sales({ strategy: 'random' }), callId }).hears;
  const calls = Array.from({ length: 400 }, (_, index) => `call-${index}`);
  const counts = new Map<string, number>();
  for (const callId of calls) {
    const heard = first(callId);
    if (heard !== first(callId)) t.fail(callId);
    const name = heard.slice('rings '.length, heard.indexOf(' 15 s'));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const name of names)
    t.ok((counts.get(name) ?? 0) > 60, `${name} is first ${counts.get(name)} times of 400`);
});

const priorities = {
  members: [
    { userId: id('Cleo'), priority: 1 },
    { userId: id('Ana'), priority: 2 },
    { userId: id('Bo'), priority: 2 },
    { userId: id('Dan'), priority: 3 },
  ],
};
check(
  'priority comes before the strategy',
  { ...sales({ strategy: 'fewest-calls', ...priorities }), facts: history },
  { hears: inTurn('Cleo', 'Bo', 'Ana', 'Dan') },
);
check('priority orders the plain strategies too', sales(priorities), {
  hears: inTurn('Cleo', 'Ana', 'Bo', 'Dan'),
});

test('all rings ten at a time, the first by priority first', async (t) => {
  const many = Array.from({ length: 23 }, (_, index) => `M${index}`);
  const { steps } = decide({
    users: many.map((name) => user(name)),
    numbers,
    queues: [queue('Sales', many, { strategy: 'all' })],
  });
  const rung = steps.flatMap((step) =>
    step.action === 'ring' ? [step.targets.map((target) => target.userId)] : [],
  );
  t.strictSame(
    rung.map((group) => group.length),
    [10, 10, 3],
  );
  t.strictSame(rung.flat(), many.map(id));
});

test('a step has ten devices at most, and whole members', async (t) => {
  const devices = Array.from({ length: 4 }, (_, index) => ({
    kind: 'sip' as const,
    address: `sip:${index}@pbx.example`,
    enabled: true,
  }));
  const { steps } = decide({
    users: names.map((name) => user(name, { devices })),
    numbers,
    queues: [queue('Sales', names, { strategy: 'all' })],
  });
  const rung = steps.flatMap((step) => (step.action === 'ring' ? [step.targets.length] : []));
  t.strictSame(rung, [2, 2]);
});

const skipped: ReadonlyArray<
  readonly [why: string, changes: Partial<UserData>, rule: string, facts?: GivenFacts]
> = [
  [
    'inactive',
    { status: 'inactive', reassignedToUserId: id('Dan'), fallbackUserId: id('Dan') },
    'user.inactive',
  ],
  ['pending', { status: 'pending' }, 'user.pending'],
  ['deleted', { status: 'deleted' }, 'user.deleted'],
  [
    'marked away by an override',
    { overrides: [{ ...off('Dan'), id: 'o', from: '2026-11-24', to: '2026-11-24' }] },
    'user.override',
  ],
  ['not available on the weekday', { weekly: everyDay(off('Dan')) }, 'user.not-available'],
  ['outside hours', { weekly: office('12:00-13:00'), fallbackUserId: id('Dan') }, 'user.outside-hours'],
  [
    'on do-not-disturb',
    { doNotDisturb: { on: true, until: null }, ifUnavailable: { action: 'forward', target: toUser('Dan') } },
    'user.do-not-disturb',
  ],
  ['forwarding every call', { forwardAll: outside('+34611234567') }, 'user.forward-all'],
  ['busy', { callLimit: 1 }, 'user.busy', { callsInProgress: { [id('Ana')]: 1 } }],
  ['without a device', { devices: [] }, '-user.ring'],
];
for (const [why, changes, rule, facts] of skipped) {
  check(
    `a member who is ${why} is passed over, and nobody is rung instead`,
    {
      users: [user('Ana', changes), user('Bo'), user('Dan')],
      numbers,
      queues: [queue('Sales', ['Ana', 'Bo'])],
      ...(facts === undefined ? {} : { facts }),
    },
    { hears: inTurn('Bo'), rules: [rule, 'user.ring'], answeredBy: 'Sales' },
  );
}

check(
  'a forward is passed over by queues also where it beats do-not-disturb',
  {
    users: [user('Ana', { forwardAll: toUser('Dan') }), user('Bo'), user('Dan')],
    numbers,
    queues: [queue('Sales', ['Ana', 'Bo'])],
    organization: { policies: { forwardBeatsDnd: true, voicemailOf: 'first' } },
  },
  { hears: inTurn('Bo') },
);

check(
  'the caller is not rung by the own queue',
  {
    users: [user('Ana', { extension: '101' }), user('Bo')],
    numbers,
    queues: [queue('Sales', ['Ana', 'Bo'])],
    from: { kind: 'extension', extension: '101' },
  },
  { hears: inTurn('Bo'), rules: ['user.busy'], because: 'Ana is the one who is calling.' },
);

check(
  "a member's if-unavailable rule is not followed when the queue rings",
  {
    users: [
      user('Ana', { ifUnavailable: { action: 'voicemail' } }),
      user('Bo', { ifUnavailable: { action: 'forward', target: toUser('Dan') } }),
      user('Dan'),
    ],
    numbers,
    queues: [queue('Sales', ['Ana', 'Bo'])],
  },
  { hears: inTurn('Ana', 'Bo') },
);

const nobody = users.map((member) => ({ ...member, weekly: everyDay(hours('00:00-01:00')) }));
check(
  'when nobody passes the no-agent target takes the call',
  { ...sales({ noAgentTarget: toVoicemail('Sales') }), users: nobody },
  {
    hears: "Sales's voicemail",
    rules: ['user.outside-hours', 'target'],
    answeredBy: null,
    validUntil: '2026-11-24T23:00:00Z',
  },
);
check(
  'when all were rung the no-agent target takes the call',
  sales({ noAgentTarget: toVoicemail('Sales') }, ['Ana']),
  {
    hears: "rings Ana 15 s, then Sales's voicemail",
    rules: ['user.ring', 'target'],
    answeredBy: 'Sales',
  },
);
check(
  'without a no-agent target, the last resort',
  { ...sales({}), users: nobody, organization: { lastResort: toVoicemail('Ana') } },
  { hears: "Ana's voicemail", rules: ['last-resort'], because: /^Nobody in Sales can be rung now/ },
);
check('a queue without members goes to its no-agent target', sales({ noAgentTarget: toUser('Ana') }, []), {
  hears: `rings Ana 20 s, then ${SORRY}`,
  answeredBy: 'Ana',
});
check(
  'a no-agent target who was rung as a member is not rung again',
  sales({ noAgentTarget: toUser('Ana') }, ['Ana', 'Bo']),
  { hears: inTurn('Ana', 'Bo'), rules: ['user.ring', '-user.ring'] },
);
check('a queue that overflows into itself is a loop', sales({ noAgentTarget: toQueue('Sales') }, ['Ana']), {
  hears: inTurn('Ana'),
  rules: ['user.ring', 'loop', 'last-resort'],
});

check(
  'queues overflow into each other, and each is looked at once',
  {
    users,
    numbers,
    queues: [
      queue('Sales', ['Ana'], { noAgentTarget: toQueue('Help') }),
      queue('Help', ['Bo', 'Ana'], { noAgentTarget: toQueue('Sales') }),
    ],
  },
  {
    hears: inTurn('Ana', 'Bo'),
    rules: ['user.ring', '-user.ring', 'user.ring', 'loop'],
    answeredBy: 'Sales',
  },
);

check(
  'a department is a queue like any other',
  {
    users,
    numbers,
    queues: [
      queue('Head', ['Cleo']),
      queue('Sales', ['Ana'], { kind: 'department', parentQueueId: id('Head') }),
    ],
  },
  { hears: inTurn('Ana') },
);

test('a long list is rung as far as twelve steps go, and still ends', async (t) => {
  const many = Array.from({ length: 30 }, (_, index) => `M${index}`);
  for (const noAgentTarget of [null, toVoicemail('Sales'), toUser('Ana')]) {
    const { steps } = decide({
      users: [...many.map((name) => user(name)), user('Ana')],
      numbers,
      queues: [queue('Sales', many, { noAgentTarget })],
    });
    t.ok(steps.length <= 12 && steps.length >= 9, `${steps.length} steps`);
    t.match(steps.at(-1)?.action, /hangup|voicemail/);
  }
});

check(
  'members who can be rung again later limit the validity',
  {
    users: [
      user('Ana', { weekly: office('11:30-18:00') }),
      user('Bo', { doNotDisturb: { on: true, until: Date.parse('2026-11-24T10:15:00Z') } }),
      user('Dan'),
    ],
    numbers,
    queues: [queue('Sales', ['Ana', 'Bo', 'Dan'])],
  },
  { hears: inTurn('Dan'), validUntil: '2026-11-24T10:15:00Z' },
);
