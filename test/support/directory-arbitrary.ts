import fc from 'fast-check';
import type { Call, GivenFacts } from '../../services/routing/domain/call.ts';
import type {
  CalendarExceptionData,
  CallerMatch,
  DirectoryData,
  LeadData,
  NumberData,
  OverrideData,
  QueueData,
  UserData,
  WeekData,
  WeekdayData,
  WindowData,
} from '../../services/routing/domain/directory-data.ts';
import { given } from '../../services/routing/domain/facts.ts';
import { formatDate } from '../../services/routing/domain/local-time.ts';
import type { IfUnavailable, Target, UnavailableRule } from '../../services/routing/domain/target.ts';
import { directoryData, id, number, type organization, queue, user } from './directory.ts';

/**
 * Random organizations: six users, three queues and three numbers that lead to each other in every way, mostly in
 * circles, over the weeks in which clocks change in Europe and America.
 */

const minute = 60_000;
const day = 1440 * minute;
/** 2026-10-19, the Monday before the clocks change in Europe. */
const FIRST = Date.UTC(2026, 9, 19);

const userNames = ['U0', 'U1', 'U2', 'U3', 'U4', 'U5'] as const;
const queueNames = ['Q0', 'Q1', 'Q2'] as const;
const ownNumbers = ['+14155550100', '+14155550101', '+14155550102'] as const;
const callers = ['+14155550900', '+14155550901', '+34911234567', '+442071234567'] as const;
const zones = ['Europe/Madrid', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'] as const;

const someUser = fc.constantFrom(...userNames).map(id);
const maybeUser = fc.option(someUser, { freq: 2 });
const zone = fc.constantFrom(...zones);
const extensionOfUser = fc.constantFrom('100', '101', '102', '103', '104', '105');
const extension = fc.oneof(extensionOfUser, fc.constantFrom('500', '501', '502', '999'));
const someNumber = fc.constantFrom(...ownNumbers);

/** Also what is refused: a premium line, a satellite, an emergency number, another country. */
const outsideNumber = fc.constantFrom(
  '+34611234567',
  '+12125550123',
  '+19005551234',
  '+8816123456789',
  '112',
  '+442071234567',
);

export const target: fc.Arbitrary<Target> = fc.oneof(
  { weight: 5, arbitrary: someUser.map((userId): Target => ({ type: 'user', id: userId })) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...queueNames).map((name): Target => ({ type: 'queue', id: id(name) })),
  },
  {
    weight: 3,
    arbitrary: fc
      .oneof(outsideNumber, extension, someNumber)
      .map((digits): Target => ({ type: 'external', number: digits })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...userNames, ...queueNames, 'Gone')
      .map((name): Target => ({ type: 'voicemail', id: id(name) })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Target>(
      { type: 'menu' },
      { type: 'announcement' },
      { type: 'announcement', text: 'Hi.' },
      { type: 'hangup' },
    ),
  },
);

const maybeTarget: fc.Arbitrary<Target | null> = fc.option(target, { freq: 6 });

const rule: fc.Arbitrary<UnavailableRule> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<UnavailableRule>({ action: 'none' }, { action: 'voicemail' }) },
  { weight: 3, arbitrary: target.map((to): UnavailableRule => ({ action: 'forward', target: to })) },
);

const ifUnavailable: fc.Arbitrary<IfUnavailable> = fc.oneof(
  rule,
  fc
    .tuple(
      rule,
      fc.record({ busy: rule, declined: rule, noAnswer: rule, unreachable: rule }, { requiredKeys: [] }),
    )
    .map(([plain, causes]): IfUnavailable => ({ ...plain, causes })),
);

const window: fc.Arbitrary<WindowData> = fc
  .tuple(fc.integer({ min: 0, max: 47 }), fc.integer({ min: 0, max: 48 }))
  .filter(([from, to]) => from !== to)
  .map(([from, to]) => [from * 30, to * 30]);

const weekday: fc.Arbitrary<WeekdayData> = fc.oneof(
  fc.array(window, { maxLength: 2 }).map((windows): WeekdayData => ({ available: true, windows })),
  maybeUser.map((fallbackUserId): WeekdayData => ({ available: false, fallbackUserId })),
);

const week: fc.Arbitrary<WeekData | null> = fc.oneof(
  fc.constant(null),
  fc.array(fc.option(weekday), { minLength: 7, maxLength: 7 }),
);

const dates = fc
  .tuple(fc.integer({ min: -2, max: 16 }), fc.integer({ min: 0, max: 2 }))
  .map(([start, length]) => ({
    from: formatDate(FIRST / day + start),
    to: formatDate(FIRST / day + start + length),
  }));

const overrides: fc.Arbitrary<readonly OverrideData[]> = fc
  .array(fc.tuple(weekday, dates), { maxLength: 2 })
  .map((list) => list.map(([kind, span], index): OverrideData => ({ ...kind, ...span, id: `o${index}` })));

export const instant: fc.Arbitrary<number> = fc
  .integer({ min: 0, max: 16 * 1440 })
  .map((minutes) => FIRST + minutes * minute);

function often<Value>(usual: Value, other: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
}

const userChanges: fc.Arbitrary<Partial<UserData>> = fc.record({
  status: often<UserData['status']>('active', fc.constantFrom('inactive', 'pending', 'deleted')),
  timeZone: zone,
  fallbackUserId: maybeUser,
  reassignedToUserId: often<string | null>(null, maybeUser),
  ifUnavailable,
  ringSeconds: fc.constantFrom(null, 15, 30),
  callLimit: fc.constantFrom(null, 1, 2),
  doNotDisturb: fc.oneof(
    { weight: 3, arbitrary: fc.constant({ on: false, until: null }) },
    { weight: 1, arbitrary: fc.option(instant).map((until) => ({ on: true, until })) },
  ),
  forwardAll: often<Target | null>(null, target),
  devices: fc.constantFrom<UserData['devices']>(
    [{ kind: 'sip', address: 'sip:one@pbx.example', enabled: true }],
    [{ kind: 'app', address: 'app-one', enabled: true }],
    [
      { kind: 'sip', address: 'sip:two@pbx.example', enabled: true },
      { kind: 'app', address: 'app-two', enabled: true },
    ],
    [{ kind: 'sip', address: 'sip:off@pbx.example', enabled: false }],
  ),
  mobile: fc.record({ ringApp: fc.boolean(), quietHours: fc.option(window) }),
  weekly: week,
  overrides,
});

/** What lets a user be rung, so that half of them are, and chains and branches get long. */
const lively: Partial<UserData> = {
  status: 'active',
  doNotDisturb: { on: false, until: null },
  forwardAll: null,
  devices: [{ kind: 'sip', address: 'sip:here@pbx.example', enabled: true }],
  weekly: null,
  overrides: [],
};

const users: fc.Arbitrary<readonly UserData[]> = fc
  .tuple(fc.integer({ min: 0, max: 63 }), ...userNames.map(() => userChanges))
  .map(([livelyOnes, ...list]) =>
    list.map((changes, index) => {
      const rings = (livelyOnes & (1 << index)) === 0 ? {} : lively;
      return user(`U${index}`, { ...changes, ...rings, extension: `10${index}` });
    }),
  );

const queues: fc.Arbitrary<readonly QueueData[]> = fc
  .tuple(
    ...queueNames.map(() =>
      fc.record({
        strategy: fc.constantFrom<QueueData['strategy']>(
          'all',
          'sequential',
          'round-robin',
          'least-recent',
          'fewest-calls',
          'random',
        ),
        ringSeconds: fc.constantFrom(10, 15),
        noAgentTarget: fc.option(target, { freq: 3 }),
        waiting: fc.option(
          fc.record({
            maxWaitSeconds: fc.constantFrom(30, 600, 3_600),
            maxWaiting: fc.constantFrom(1, 5),
            priority: fc.constantFrom(1, 50),
            overflow: fc.option(target),
          }),
          { freq: 2 },
        ),
        members: fc
          .uniqueArray(fc.tuple(someUser, fc.integer({ min: 1, max: 3 })), {
            selector: ([userId]) => userId,
            maxLength: 6,
          })
          .map((list) =>
            list
              .map(([userId, priority]) => ({ userId, priority }))
              .sort((one, other) => one.priority - other.priority),
          ),
      }),
    ),
  )
  .map((list) =>
    list.map((changes, index) => queue(`Q${index}`, [], { ...changes, extension: `50${index}` })),
  );

const match: fc.Arbitrary<CallerMatch> = fc.oneof(
  fc.constantFrom('internal', 'external', 'anonymous').map((kind): CallerMatch => ({ kind })),
  fc.constantFrom('+34', '+1415').map((prefix): CallerMatch => ({ prefix })),
  fc.constantFrom(...callers).map((digits): CallerMatch => ({ number: digits })),
);

const exceptions: fc.Arbitrary<readonly CalendarExceptionData[]> = fc.array(
  fc
    .tuple(dates, fc.boolean(), fc.boolean(), fc.array(window, { maxLength: 2 }))
    .map(([span, yearly, closed, windows]) => ({ ...span, yearly, closed, windows: closed ? [] : windows })),
  { maxLength: 2 },
);

const calendar: fc.Arbitrary<NumberData['calendar']> = fc.option(
  fc.record({ weekly: week, exceptions, useHolidays: fc.boolean(), closedTarget: maybeTarget }),
  { nil: null },
);

const numberChanges: fc.Arbitrary<Partial<NumberData>> = fc.record({
  timeZone: zone,
  target: maybeTarget,
  override: often<NumberData['override']>(null, fc.record({ target, until: fc.option(instant) })),
  callerRules: often<NumberData['callerRules']>([], fc.array(fc.record({ match, target }), { maxLength: 2 })),
  stickyRouting: fc.boolean(),
  calendar,
});

const numbers: fc.Arbitrary<readonly NumberData[]> = fc
  .tuple(...ownNumbers.map(() => numberChanges))
  .map((list) => list.map((changes, index) => number(ownNumbers[index] ?? '', changes)));

const leads: fc.Arbitrary<readonly LeadData[]> = maybeUser.map((ownerId) => [
  { id: id('lead'), name: 'Lead', ownerId, numbers: ['+14155550900', '+34911234567'] },
]);

const organizationChanges = fc.record({
  anonymousCallers: fc.constantFrom('allow' as const, 'allow' as const, 'reject' as const),
  blockList: fc.constantFrom<readonly string[]>([], [], [], [], ['+442071234567'], ['+34*']),
  holidays: often<ReturnType<typeof organization>['holidays']>(
    [],
    fc.array(
      fc.tuple(dates, fc.boolean()).map(([span, yearly]) => ({ ...span, yearly, name: 'Feast' })),
      { maxLength: 2 },
    ),
  ),
  lastResort: maybeTarget,
  policies: fc.record({
    forwardBeatsDnd: fc.boolean(),
    voicemailOf: fc.constantFrom('first' as const, 'last' as const),
  }),
});

export const anyDirectory: fc.Arbitrary<DirectoryData> = fc
  .record({ organization: organizationChanges, users, queues, numbers, leads })
  .map((made) => directoryData(made));

export const anyDialled: fc.Arbitrary<Call['to']> = fc.oneof(
  { weight: 6, arbitrary: someNumber.map((digits) => ({ kind: 'number' as const, number: digits })) },
  { weight: 2, arbitrary: extension.map((digits) => ({ kind: 'extension' as const, extension: digits })) },
  { weight: 1, arbitrary: someUser.map((userId) => ({ kind: 'user' as const, id: userId })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...queueNames).map((name) => ({ kind: 'queue' as const, id: id(name) })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'number' as const, number: '+14155550777' }) },
);

const from: fc.Arbitrary<Call['from']> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(...callers, ...ownNumbers)
      .map((digits) => ({ kind: 'number' as const, number: digits })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'anonymous' as const }) },
  {
    weight: 1,
    arbitrary: extensionOfUser.map((digits) => ({ kind: 'extension' as const, extension: digits })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'address' as const, address: 'sip:bob@elsewhere.example' }) },
);

const figures = fc.dictionary(someUser, fc.integer({ min: 0, max: 3 }), {
  maxKeys: 3,
  noNullPrototype: true,
});

const facts: fc.Arbitrary<GivenFacts> = fc.record(
  {
    presence: fc.dictionary(
      someUser,
      fc.constantFrom(
        'offline' as const,
        'online' as const,
        'ringing' as const,
        'on-call' as const,
        'do-not-disturb' as const,
      ),
      { maxKeys: 3, noNullPrototype: true },
    ),
    callsInProgress: figures,
    lastAnswered: figures,
    callsAnswered: figures,
    lastRung: fc.dictionary(fc.constantFrom(...queueNames).map(id), someUser, {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  },
  { requiredKeys: [] },
);

export const anyCall: fc.Arbitrary<Call> = fc
  .record({
    from,
    to: anyDialled,
    callId: fc.constantFrom('c-1', 'c-2', 'c-3'),
    facts: fc.option(facts, { nil: undefined }),
  })
  .map(({ facts: known, ...call }): Call => (known === undefined ? call : { ...call, facts: given(known) }));
