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
  outside,
  queue,
  SORRY,
  toQueue,
  toUser,
  user,
} from '../../../support/directory.ts';

/** From one user to the next: fallback chains, the visited set, the depth, voicemail boxes, and calls to oneself. */

const numbers = [number(MAIN, { target: toUser('U1') })];
const voicemail = { action: 'voicemail' } as const;
const away = { weekly: everyDay(off()) } as const;

/** U1 to Un, each away and with the next as fallback; the last as changed. */
function chain(length: number, last: Partial<UserData> = {}, first: Partial<UserData> = {}): UserData[] {
  return Array.from({ length }, (_, index) =>
    user(`U${index + 1}`, {
      ...(index + 1 < length ? { ...away, fallbackUserId: id(`U${index + 2}`) } : last),
      ...(index === 0 ? first : {}),
    }),
  );
}

check(
  'a fallback user is resolved by rules of their own',
  {
    users: [
      user('U1', { ...away, fallbackUserId: id('U2') }),
      user('U2', { weekly: everyDay(hours('00:00-09:00')), fallbackUserId: id('U3') }),
      user('U3', { status: 'inactive', reassignedToUserId: id('U4') }),
      user('U4', { forwardAll: toUser('U5') }),
      user('U5'),
    ],
    numbers,
  },
  {
    hears: `rings U5 20 s, then ${SORRY}`,
    rules: ['user.not-available', 'user.outside-hours', 'user.inactive', 'user.forward-all', 'user.ring'],
    answeredBy: 'U5',
  },
);

check(
  'the eighth user of a chain is looked at',
  { users: chain(8), numbers },
  {
    hears: `rings U8 20 s, then ${SORRY}`,
    answeredBy: 'U8',
  },
);

check(
  'the ninth ends with depth, and the last resort',
  { users: chain(9), numbers },
  {
    hears: SORRY,
    rules: ['depth', 'last-resort'],
    because: 'U9 would be the ninth to be looked at.',
    answeredBy: null,
  },
);

check(
  'the ninth ends in the voicemail of the first callee, if that is their rule',
  { users: chain(9, {}, { ifUnavailable: voicemail }), numbers },
  {
    hears: "U1's voicemail",
    rules: ['depth', 'user.if-unavailable'],
  },
);

check(
  'the voicemail rule of another than the first does not count for depth',
  { users: chain(9, { ifUnavailable: voicemail }), numbers },
  { hears: SORRY, rules: ['depth', 'last-resort'] },
);

check(
  'queues count towards the eight, their members do not',
  {
    users: [
      ...chain(7, { ...away, ifUnavailable: { action: 'forward', target: toQueue('Sales') } }),
      user('Bo'),
    ],
    queues: [queue('Sales', ['Bo'], { noAgentTarget: toUser('Cleo') })],
    numbers,
  },
  { hears: `rings Bo 15 s, then ${SORRY}`, answeredBy: 'Sales' },
);

check(
  'behind a queue that was the eighth, the ninth is too deep',
  {
    users: [
      ...chain(7, { ...away, ifUnavailable: { action: 'forward', target: toQueue('Sales') } }),
      user('Bo'),
      user('Cleo'),
    ],
    queues: [queue('Sales', ['Bo'], { noAgentTarget: toUser('Cleo') })],
    numbers,
  },
  {
    hears: `rings Bo 15 s, then ${SORRY}`,
    rules: ['depth', 'last-resort'],
    because: /^Cleo would be the ninth/,
  },
);

check(
  "two who are each other's fallback, both away: a loop, and the last resort",
  {
    users: [
      user('U1', { ...away, fallbackUserId: id('U2') }),
      user('U2', { ...away, fallbackUserId: id('U1') }),
    ],
    numbers,
  },
  { hears: SORRY, rules: ['loop', 'last-resort'], because: 'The call has come to U1 before.' },
);

check(
  'the loop ends in the voicemail of the first callee',
  {
    users: [
      user('U1', { ...away, fallbackUserId: id('U2'), ifUnavailable: voicemail }),
      user('U2', { ...away, fallbackUserId: id('U1') }),
    ],
    numbers,
  },
  { hears: "U1's voicemail", rules: ['loop', 'user.if-unavailable'] },
);

check(
  'one who is their own fallback all the same is a loop',
  { users: [user('U1', { ...away, fallbackUserId: id('U1') })], numbers },
  { hears: SORRY, rules: ['loop'] },
);

check(
  'a loop that begins behind the first callee ends too',
  {
    users: [
      user('U1', { ...away, fallbackUserId: id('U2') }),
      user('U2', { ...away, fallbackUserId: id('U3') }),
      user('U3', { ...away, fallbackUserId: id('U2') }),
    ],
    numbers,
  },
  { hears: SORRY, rules: ['loop', 'last-resort'], because: /to U2 before/ },
);

check(
  'users who forward to each other after ringing are each rung once',
  {
    users: [
      user('U1', { ifUnavailable: { action: 'forward', target: toUser('U2') } }),
      user('U2', { ifUnavailable: { action: 'forward', target: toUser('U1') } }),
    ],
    numbers,
  },
  { hears: `rings U1 20 s, then U2 20 s, then ${SORRY}`, rules: ['loop', 'last-resort'] },
);

check(
  'the last resort may be somebody who was looked at before',
  {
    users: [
      user('U1', { ...away, fallbackUserId: id('U2') }),
      user('U2', { ...away, fallbackUserId: id('U1') }),
      user('Bo'),
    ],
    numbers,
    organization: { lastResort: toUser('Bo') },
  },
  { hears: `rings Bo 20 s, then ${SORRY}`, rules: ['loop', 'last-resort', 'user.ring'] },
);

check(
  'a last resort that goes round ends with the announcement',
  {
    users: [
      user('U1', { ...away, fallbackUserId: id('U2') }),
      user('U2', { ...away, fallbackUserId: id('U1') }),
    ],
    numbers,
    organization: { lastResort: toUser('U1') },
  },
  { hears: SORRY, rules: ['loop', 'last-resort', 'loop', 'last-resort'] },
);

check(
  'voicemail along a chain goes to the box of the first callee',
  { users: chain(3, { ifUnavailable: voicemail }), numbers },
  {
    hears: "rings U3 20 s, then U1's voicemail",
    rules: ['user.if-unavailable'],
    because: 'If U3 does not take the call: voicemail of U1.',
  },
);

check(
  'by policy it goes to the box of the last',
  {
    users: chain(3, { ifUnavailable: voicemail }),
    numbers,
    organization: { policies: { forwardBeatsDnd: false, voicemailOf: 'last' } },
  },
  { hears: "rings U3 20 s, then U3's voicemail" },
);

check(
  'a queue that was called first has the box',
  {
    users: [user('Bo', { ifUnavailable: voicemail })],
    queues: [queue('Sales', [], { noAgentTarget: toUser('Bo') })],
    numbers: [number(MAIN, { target: toQueue('Sales') })],
  },
  { hears: "rings Bo 20 s, then Sales's voicemail", answeredBy: 'Bo' },
);

const ana = user('Ana', { extension: '101', ifUnavailable: { action: 'forward', target: toUser('Bo') } });
const bo = user('Bo', { extension: '102' });
const own = { kind: 'extension', extension: '101' } as const;

check(
  "a call to oneself is one's own voicemail",
  { users: [ana, bo], from: own, to: own },
  {
    hears: "Ana's voicemail",
    rules: ['user.if-unavailable'],
    because: 'Ana calls their own extension: their voicemail.',
    answeredBy: null,
  },
);

check(
  "also by one's own number",
  { users: [ana, bo], from: own, numbers: [number(MAIN, { target: toUser('Ana') })] },
  { hears: "Ana's voicemail" },
);

check(
  'a colleague who forwards to the caller does not ring the caller',
  {
    users: [ana, user('Bo', { extension: '102', forwardAll: toUser('Ana'), ifUnavailable: voicemail })],
    from: own,
    to: { kind: 'extension', extension: '102' },
  },
  {
    hears: "Bo's voicemail",
    rules: ['user.forward-all', 'user.busy', 'user.if-unavailable', 'loop'],
    because: /forwards every call/,
  },
);

check(
  'the extension of a deleted user is free, and the new owner has it',
  {
    users: [user('New', { extension: '101' }), user('Old', { extension: '101', status: 'deleted' })],
    to: own,
  },
  { hears: `rings New 20 s, then ${SORRY}`, answeredBy: 'New' },
);

check(
  'an extension of a deleted user alone is not found',
  { users: [user('Old', { extension: '101', status: 'deleted' })], to: own },
  { hears: 'rejects as not-found' },
);

check(
  'a number in grace that points to a deleted user is resolved by rule 8',
  {
    users: [user('U1', { status: 'deleted', fallbackUserId: id('Bo') }), bo],
    numbers,
  },
  { hears: `rings Bo 20 s, then ${SORRY}`, rules: ['user.deleted', 'user.ring'] },
);

check(
  'own numbers that lead to each other are a loop',
  {
    numbers: [
      number(MAIN, { target: outside('+14155550177') }),
      number('+14155550177', { target: outside(MAIN) }),
    ],
  },
  { hears: SORRY, rules: ['target', 'target', 'loop', 'last-resort'] },
);

test('a chain of ten thousand own numbers ends, and soon', async (t) => {
  const spelled = (index: number): string => `+1415${String(2_000_000 + index)}`;
  const many = Array.from({ length: 10_000 }, (_, index) =>
    number(spelled(index), { target: outside(spelled(index + 1)) }),
  );
  t.match(decide({ numbers: many, to: spelled(0) }).hears, /hangs up$/);
});

test('a decision has twelve steps at most, and still ends on every way', async (t) => {
  const users = Array.from({ length: 20 }, (_, index) => user(`M${index}`));
  const { steps } = decide({
    users,
    queues: [
      queue(
        'Sales',
        users.map((member) => member.name),
        { noAgentTarget: toQueue('More') },
      ),
      queue(
        'More',
        users.map((member) => member.name),
      ),
    ],
    numbers: [number(MAIN, { target: toQueue('Sales') })],
  });
  t.ok(steps.length <= 12, `${steps.length} steps`);
  t.equal(steps.at(-1)?.action, 'hangup');
});

check(
  'the last resort is looked at afresh, though eight were looked at before',
  { users: [...chain(9), user('Bo')], numbers, organization: { lastResort: toUser('Bo') } },
  { hears: `rings Bo 20 s, then ${SORRY}`, rules: ['depth', 'last-resort', 'user.ring'] },
);
