import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { test } from 'tap';
import {
  decodeCallToken,
  encodeCallToken,
  MAX_TOKEN_LENGTH,
  TOKEN_LIFE_MS,
} from '../../../../services/routing/calls/call-token.ts';
import { buildSecretBox } from '../../../../services/routing/calls/secret-box.ts';
import type { Caller, Dialled } from '../../../../services/routing/domain/call.ts';
import type { Outcome, RingTarget, Step } from '../../../../services/routing/domain/decision.ts';
import { compileDirectory, type Directory } from '../../../../services/routing/domain/directory.ts';
import type { UserData } from '../../../../services/routing/domain/directory-data.ts';
import type { PendingCall } from '../../../../services/routing/domain/pending-call.ts';
import { resolve } from '../../../../services/routing/domain/resolve.ts';
import { begin } from '../../../../services/routing/domain/resume.ts';
import { idOf, number, office, queue, user } from '../../../support/twilio-office.ts';

const key = 'a key for call tokens, of 32 characters or more';
const box = buildSecretBox([key], randomBytes);
const startedAt = Date.parse('2026-11-24T17:20:00Z');
const expiresAt = startedAt + TOKEN_LIFE_MS;

const people = Array.from({ length: 130 }, (_, index) => user(index + 1, `User ${index + 1}`));
const queues = [queue(1, 'Sales', people.slice(0, 10)), queue(2, 'Support', people.slice(10, 20))];
const numbers = [
  number(1, '+14155550100', { target: { type: 'announcement', text: 'We moved to the second floor.' } }),
  number(2, '+14155550101', { target: { type: 'menu', text: 'Dial the extension.' } }),
];
const directory = compileDirectory(office({ users: people, queues, numbers }));

const when: readonly Outcome[] = ['busy', 'declined', 'no-answer', 'unreachable'];

function ringTarget(person: UserData): RingTarget {
  const devices = person.devices.map(({ kind, address }) => ({ kind, address }));
  return { userId: person.id, extension: person.extension, devices };
}

const pending: PendingCall = {
  organizationId: directory.organizationId,
  callId: 'CA0123456789abcdef0123456789abcdef',
  from: { kind: 'number', number: '+34911234567' },
  to: { kind: 'number', number: '+14155550100' },
  startedAt,
  directoryVersion: 7,
  overrideAtStart: false,
  rung: [],
  menuTries: 0,
  lastStep: 2,
  current: 's1',
  steps: [
    {
      id: 's1',
      action: 'ring',
      strategy: 'all',
      timeoutSeconds: 20,
      targets: people.slice(0, 1).map(ringTarget),
    },
    {
      id: 's2',
      after: 's1',
      when,
      action: 'voicemail',
      mailbox: { type: 'user', id: idOf('user', 1) },
      greeting: 'Nobody can take your call right now. Please leave a message after the tone.',
    },
  ],
};

function decode(token: string, at = startedAt + 1000, known: Directory | undefined = directory) {
  return decodeCallToken(box, (id) => (id === known?.organizationId ? known : undefined), token, at);
}

test('a call comes back from its token as it went in, and nobody can read it there', async (t) => {
  const token = encodeCallToken(box, pending, expiresAt);
  t.same(decode(token), { ok: true, pending });
  t.match(token, /^[A-Za-z0-9_-]+$/);
  t.notMatch(Buffer.from(token, 'base64url').toString('latin1'), /4155550100|CA0123/);
  t.equal(encodeCallToken(box, pending, expiresAt), token, 'the same content gives the same token');
  t.ok(token.length < 180, `${token.length} characters for a call with two steps`);
});

test('a token that is damaged, too old, or of an unknown organization is named as such', async (t) => {
  const token = encodeCallToken(box, pending, expiresAt);
  t.same(decode(`${token.slice(0, -3)}AAA`), { ok: false, failure: 'damaged' });
  t.same(decode(token.slice(0, 20)), { ok: false, failure: 'damaged' });
  t.same(decode(''), { ok: false, failure: 'damaged' });
  t.same(decode(`${token}%00`), { ok: false, failure: 'damaged' });
  t.same(decode('A'.repeat(MAX_TOKEN_LENGTH + 1)), { ok: false, failure: 'damaged' });
  t.same(decode(token, expiresAt - 1), { ok: true, pending });
  t.same(decode(token, expiresAt), { ok: false, failure: 'expired' });
  const other = compileDirectory(office({ organization: { id: idOf('organization', 2) } }));
  t.same(decode(token, startedAt, other), { ok: false, failure: 'unknown-organization' });
  const stranger = buildSecretBox(['another key for call tokens, 32 characters'], randomBytes);
  const foreign = encodeCallToken(stranger, pending, expiresAt);
  t.same(decode(foreign), { ok: false, failure: 'damaged' });
});

test('what a box says of its own comes back by its place in the directory, as it is by then', async (t) => {
  const says = (text: string | null, soundId: string | null) =>
    compileDirectory(
      office({
        organization: {
          policies: { forwardBeatsDnd: false, voicemailOf: 'first', voicemailMaxSeconds: 90 },
        },
        users: [
          user(1, 'Ana', { greeting: { text, soundId }, ifUnavailable: { action: 'voicemail' } }),
          user(2, 'Bo', { ifUnavailable: { action: 'voicemail' } }),
        ],
        numbers: [number(1, '+14155550100', { target: { type: 'user', id: idOf('user', 1) } })],
      }),
    );
  const known = says('Ana here.', 'the-sound');
  const { callId, from, to } = pending;
  const call = { callId, from, to };
  const begun = begin(known, call, resolve(known, call, startedAt), startedAt);
  if (begun === null) throw new Error('nothing to go on with');
  const own = { action: 'voicemail', greeting: 'Ana here.', soundId: 'the-sound', maxSeconds: 90 };
  t.match(begun.steps.at(-1), own);
  const token = encodeCallToken(box, begun, expiresAt);
  t.same(decode(token, startedAt + 1000, known), { ok: true, pending: begun });
  const later = decode(token, startedAt + 1000, says(null, null));
  const step = later.ok ? later.pending.steps.at(-1) : undefined;
  t.match(step, { action: 'voicemail', greeting: /^Nobody can take your call/, maxSeconds: 90 });
  t.notOk(Object.hasOwn(step ?? {}, 'soundId'), 'a sound that is gone is not played');
});

test('what the directory has lost since the call began is left out or replaced', async (t) => {
  const steps: readonly Step[] = [
    {
      id: 's1',
      action: 'ring',
      strategy: 'all',
      timeoutSeconds: 20,
      targets: people.slice(0, 2).map(ringTarget),
    },
    { id: 's2', after: 's1', action: 'announce', text: 'We moved to the second floor.' },
  ];
  const token = encodeCallToken(box, { ...pending, steps, rung: [idOf('user', 1)] }, expiresAt);
  const moved = people.slice(1).map((person) => ({
    ...person,
    devices: [{ kind: 'phone' as const, address: '+14155550777', enabled: true }],
  }));
  const later = compileDirectory(
    office({ users: moved, version: 9, organization: { texts: { unavailable: 'Nobody.' } } }),
  );
  const decoded = decode(token, startedAt, later);
  t.match(decoded, {
    ok: true,
    pending: {
      rung: [],
      steps: [
        {
          targets: [
            { userId: '', devices: [] },
            { userId: idOf('user', 2), devices: [{ kind: 'phone', address: '+14155550777' }] },
          ],
        },
        { text: 'Nobody.' },
      ],
    },
  });
});

test('two users who cannot be told apart by the token are both left out: nobody wrong is rung', async (t) => {
  const twin = { ...user(1, 'Twin'), id: idOf('user', 1).replace('0002', '0009') };
  const crowded = compileDirectory(office({ users: [...people, twin], queues, numbers }));
  const decoded = decode(encodeCallToken(box, pending, expiresAt), startedAt, crowded);
  t.match(decoded, {
    ok: true,
    pending: { steps: [{ action: 'ring', targets: [{ userId: '', devices: [] }] }, { action: 'voicemail' }] },
  });
});

test('a mobile app in its quiet hours stays silent on the far side of the token too', async (t) => {
  const quiet = user(1, 'Ana', {
    devices: [
      { kind: 'app', address: 'ana', enabled: true },
      { kind: 'sip', address: 'sip:201@pbx.example', enabled: true },
      { kind: 'phone', address: '+14155550777', enabled: false },
    ],
    mobile: { ringApp: true, quietHours: [18 * 60, 8 * 60] },
  });
  const token = encodeCallToken(box, pending, expiresAt);
  const decoded = decode(token, startedAt, compileDirectory(office({ users: [quiet] })));
  const devices = [{ kind: 'sip', address: 'sip:201@pbx.example' }];
  t.match(decoded, { ok: true, pending: { steps: [{ targets: [{ devices }] }, {}] } });
});

const callIds = fc.oneof(
  fc.string({ minLength: 128, maxLength: 128, unit: fc.constantFrom(...'ABCxyz019._:@-') }),
  fc
    .string({ minLength: 32, maxLength: 32, unit: fc.constantFrom(...'0123456789abcdef') })
    .map((hex) => `CA${hex}`),
  fc.string({ minLength: 1, maxLength: 40, unit: fc.constantFrom(...'ABCxyz019._:@-') }),
);
const e164 = fc.stringMatching(/^\+[1-9][0-9]{6,14}$/);
const callers: fc.Arbitrary<Caller> = fc.oneof(
  fc.record({ kind: fc.constant('number' as const), number: e164 }),
  fc.constant({ kind: 'anonymous' as const }),
  fc.record({ kind: fc.constant('short' as const), number: fc.stringMatching(/^[0-9*#]{2,8}$/) }),
  fc.record({ kind: fc.constant('extension' as const), extension: fc.stringMatching(/^[0-9]{2,8}$/) }),
  fc.record({ kind: fc.constant('address' as const), address: fc.string({ minLength: 48, maxLength: 48 }) }),
);
const dialled: fc.Arbitrary<Dialled> = fc.oneof(
  fc.record({ kind: fc.constant('number' as const), number: e164 }),
  fc.record({ kind: fc.constant('extension' as const), extension: fc.stringMatching(/^[0-9]{2,8}$/) }),
  fc.constant({ kind: 'queue' as const, id: idOf('queue', 2) }),
);
const texts = fc.constantFrom(
  'We moved to the second floor.',
  'Dial the extension.',
  'There is no such extension.',
);
const lasts: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    id: fc.constant('s12'),
    action: fc.constant('voicemail' as const),
    mailbox: fc.record({ type: fc.constant('queue' as const), id: fc.constant(idOf('queue', 1)) }),
    greeting: texts,
  }),
  fc.record({
    id: fc.constant('s12'),
    action: fc.constant('forward' as const),
    target: fc.record({ type: fc.constant('external' as const), number: e164 }),
    timeoutSeconds: fc.integer({ min: 1, max: 600 }),
    confirm: fc.boolean(),
  }),
  fc.record({
    id: fc.constant('s12'),
    action: fc.constant('menu' as const),
    prompt: texts,
    timeoutSeconds: fc.nat(60),
  }),
  fc.record({
    id: fc.constant('s12'),
    action: fc.constant('queue' as const),
    queueId: fc.constant(idOf('queue', 2)),
    maxWaitSeconds: fc.nat(3600),
  }),
  fc.record({
    id: fc.constant('s12'),
    action: fc.constant('reject' as const),
    reason: fc.constantFrom('not-found' as const, 'blocked' as const, 'busy' as const),
  }),
);

/** Twelve steps of which eleven ring ten users each, any number of them behind us: the most a decision can hold. */
const worstCalls: fc.Arbitrary<PendingCall> = fc
  .record({
    callId: callIds,
    from: callers,
    to: dialled,
    behind: fc.nat(10),
    members: fc.shuffledSubarray(people, { minLength: 110, maxLength: 110 }),
    last: lasts,
    queueId: fc.option(fc.constantFrom(idOf('queue', 1), idOf('queue', 2)), { nil: undefined }),
    conditions: fc.subarray([...when], { minLength: 1 }),
    overrideAtStart: fc.boolean(),
    menuTries: fc.nat(3),
    directoryVersion: fc.maxSafeNat(),
    turned: fc.uniqueArray(
      fc.record({
        stepId: fc.constant('s12'),
        queueId: fc.constantFrom(idOf('queue', 1), idOf('queue', 2)),
        reason: fc.constantFrom('length' as const, 'no-agent' as const),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ behind, members, last, queueId, conditions, turned, ...rest }) => {
    const rings = Array.from(
      { length: 11 },
      (_, index): Step => ({
        id: `s${index + 1}`,
        ...(index === 0 ? {} : { after: `s${index}`, when: conditions }),
        action: 'ring',
        strategy: 'all',
        timeoutSeconds: 600,
        targets: members.slice(index * 10, index * 10 + 10).map(ringTarget),
        ...(queueId === undefined ? {} : { queueId }),
      }),
    );
    return {
      ...pending,
      ...rest,
      rung: members.slice(0, (behind + 1) * 10).map((person) => person.id),
      lastStep: 24,
      current: `s${behind + 1}`,
      steps: [...rings.slice(behind), { ...last, after: 's11', when: conditions }],
      ...(turned.length === 0 ? {} : { turnedAway: turned }),
    };
  });

test('the longest call there can be fits into 1,500 characters, and comes back as it went in', async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  t.comment(`seed ${seed}`);
  let longest = 0;
  fc.assert(
    fc.property(worstCalls, (drawn) => {
      // fast-check draws objects without a prototype.
      const call = structuredClone(drawn);
      const token = encodeCallToken(box, call, expiresAt);
      longest = Math.max(longest, token.length);
      return (
        token.length <= MAX_TOKEN_LENGTH && isDeepStrictEqual(decode(token), { ok: true, pending: call })
      );
    }),
    { numRuns: 300, seed },
  );
  t.ok(longest > 1000, 'and it is really long');
  t.comment(`the longest had ${longest} characters`);
});
