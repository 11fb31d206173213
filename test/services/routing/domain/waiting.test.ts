import fc from 'fast-check';
import { test } from 'tap';
import type { GivenFacts } from '../../../../services/routing/domain/call.ts';
import { compileDirectory } from '../../../../services/routing/domain/directory.ts';
import type { QueueData, UserData, WaitingData } from '../../../../services/routing/domain/directory-data.ts';
import { given } from '../../../../services/routing/domain/facts.ts';
import { distribute, type Offer, type WaitingCall } from '../../../../services/routing/domain/waiting.ts';
import { check } from '../../../support/decision-check.ts';
import {
  directoryData,
  everyDay,
  hours,
  id,
  MAIN,
  number,
  off,
  queue,
  SORRY,
  TUESDAY,
  toQueue,
  toUser,
  toVoicemail,
  user,
} from '../../../support/directory.ts';

/** Queues in which callers wait: what the decision says, and who is offered to whom. */

const numbers = [number(MAIN, { target: toQueue('Sales') })];
const names = ['Ana', 'Bo', 'Cleo'];
const waiting: WaitingData = { maxWaitSeconds: 600, maxWaiting: 2, priority: 50, overflow: null };

function sales(
  changes: Partial<WaitingData> = {},
  queueChanges: Partial<QueueData> = {},
  people: readonly UserData[] = names.map((name) => user(name)),
) {
  const own = { ...queueChanges, waiting: { ...waiting, ...changes } };
  return { users: people, numbers, queues: [queue('Sales', names, own)] };
}

const everybody = (changes: Partial<UserData>): readonly UserData[] =>
  names.map((name) => user(name, changes));

check('callers of a queue that waits wait, then the last resort', sales(), {
  hears: `waits in Sales, then ${SORRY}`,
  answeredBy: 'Sales',
  rules: ['queue.wait'],
  because: 'Callers of Sales wait for the next free member, 600 seconds at most.',
});
check('who waited too long goes to the overflow', sales({ overflow: toVoicemail('Ana') }), {
  hears: "waits in Sales, then Ana's voicemail",
});
check(
  'nobody left who could answer is another way out',
  {
    ...sales({ overflow: toVoicemail('Ana') }, { noAgentTarget: toVoicemail('Bo') }),
    ends: { Sales: 'unreachable' },
  },
  { hears: "waits in Sales, then Bo's voicemail" },
);
check(
  'as many wait as may: the overflow at once',
  { ...sales({ overflow: toVoicemail('Ana') }), facts: { waiting: { [id('Sales')]: 2 } } },
  {
    hears: "Ana's voicemail",
    rules: ['queue.wait'],
    because: '2 callers wait in Sales, which takes 2: the voicemail of Ana.',
  },
);
check(
  'one less, and the caller waits',
  { ...sales(), facts: { waiting: { [id('Sales')]: 1 } } },
  {
    hears: `waits in Sales, then ${SORRY}`,
  },
);
check(
  'callers wait for members who are on the telephone',
  {
    ...sales({}, {}, everybody({ callLimit: 1 })),
    facts: { callsInProgress: Object.fromEntries(names.map((name) => [id(name), 1])) },
  },
  { hears: `waits in Sales, then ${SORRY}` },
);
check(
  'nobody waits for people who are away all day',
  sales(
    { overflow: toVoicemail('Ana') },
    { noAgentTarget: toVoicemail('Bo') },
    everybody({ weekly: everyDay(off()) }),
  ),
  {
    hears: "Bo's voicemail",
    rules: ['user.outside-hours', 'target'],
  },
);
check(
  'callers wait for people who begin work in a moment',
  { ...sales({}, {}, everybody({ weekly: everyDay(hours('11:08-17:00')) })), at: TUESDAY },
  { hears: `waits in Sales, then ${SORRY}` },
);
check(
  'a member who is the caller is waited for by nobody',
  {
    ...sales({}, {}, [user('Ana', { extension: '201' }), user('Bo', { status: 'inactive' })]),
    from: { kind: 'extension', extension: '201' },
  },
  { hears: SORRY },
);

const at = Date.parse(TUESDAY);

type Line = Partial<WaitingCall> & { readonly callId: string };

function line(list: readonly Line[]): readonly WaitingCall[] {
  return list.map((call) => ({
    stepId: 's1',
    queueId: id('Sales'),
    priority: 50,
    enteredAt: at - 10_000,
    expiresAt: at + 590_000,
    rung: [],
    offers: [],
    ...call,
  }));
}

function offer(name: string, state: Offer['state'], endedSecondsAgo = 60): Offer {
  const endedAt = state === 'ringing' ? null : at - endedSecondsAgo * 1000;
  return { userId: id(name), state, offeredAt: at - 90_000, endedAt };
}

type Wanted = {
  readonly data?: Parameters<typeof directoryData>[0];
  readonly calls: readonly Line[];
  readonly talking?: readonly string[];
  readonly facts?: GivenFacts;
  readonly offers?: readonly string[];
  readonly leaving?: readonly string[];
};

function offered(
  title: string,
  { data = sales(), calls, talking = [], facts = {}, offers = [], leaving = [] }: Wanted,
): void {
  test(title, async (t) => {
    const directory = compileDirectory(directoryData(data));
    const busy = new Map(talking.map((name) => [id(name), 1]));
    const found = distribute(directory, line(calls), busy, given(facts), at);
    const name = (userId: string) => directory.users.get(userId)?.data.name;
    t.strictSame(
      found.offers.map(({ call, target }) => `${call.callId} to ${name(target.userId)}`),
      offers,
    );
    t.strictSame(
      found.leaving.map(({ call, reason }) => `${call.callId} ${reason}`),
      leaving,
    );
  });
}

offered('each caller gets one member, in the order in which they came', {
  calls: [
    { callId: 'second', enteredAt: at - 5_000 },
    { callId: 'first', enteredAt: at - 9_000 },
  ],
  offers: ['first to Ana', 'second to Bo'],
});
offered('a higher priority is served before who came first', {
  calls: [
    { callId: 'early', enteredAt: at - 50_000 },
    { callId: 'important', priority: 1 },
  ],
  talking: ['Bo', 'Cleo'],
  offers: ['important to Ana'],
});
offered('who declined is not offered the call again', {
  calls: [{ callId: 'c', offers: [offer('Ana', 'declined'), offer('Bo', 'declined')] }],
  offers: ['c to Cleo'],
});
offered('when everybody has declined, nobody is left', {
  calls: [{ callId: 'c', offers: names.map((name) => offer(name, 'declined')) }],
  leaving: ['c no-agent'],
});
offered('who did not answer comes behind the others', {
  calls: [{ callId: 'c', offers: [offer('Ana', 'no-answer')] }],
  offers: ['c to Bo'],
});
offered('and is rung again where nobody else is free', {
  calls: [{ callId: 'c', offers: [offer('Ana', 'no-answer')] }],
  talking: ['Bo', 'Cleo'],
  offers: ['c to Ana'],
});
offered('but not at once', {
  calls: [{ callId: 'c', offers: [offer('Ana', 'no-answer', 5)] }],
  talking: ['Bo', 'Cleo'],
});
offered('sooner where the telephone could not be reached', {
  calls: [{ callId: 'c', offers: [offer('Ana', 'unreachable', 11)] }],
  talking: ['Bo', 'Cleo'],
  offers: ['c to Ana'],
});
offered('a member who rests from a caller is rung for that one before anybody who came later', {
  calls: [
    { callId: 'first', enteredAt: at - 60_000, offers: [offer('Ana', 'no-answer', 5)] },
    { callId: 'second' },
  ],
  talking: ['Bo', 'Cleo'],
  offers: ['first to Ana'],
});
offered('who came later gets the next one', {
  calls: [
    { callId: 'first', enteredAt: at - 60_000, offers: [offer('Ana', 'no-answer', 5)] },
    { callId: 'second', rung: [id('Bo')] },
  ],
  talking: ['Bo'],
  offers: ['first to Cleo', 'second to Ana'],
});
offered('a caller who is being offered is offered to nobody else', {
  calls: [{ callId: 'c', offers: [offer('Ana', 'ringing')] }, { callId: 'd' }],
  offers: ['d to Bo'],
});
offered('who was rung in the call before is left out', {
  calls: [{ callId: 'c', rung: [id('Ana'), id('Bo')] }],
  offers: ['c to Cleo'],
});
offered('members on a call are passed over, also without a limit of calls', {
  calls: [{ callId: 'c' }],
  facts: { presence: { [id('Ana')]: 'on-call', [id('Bo')]: 'ringing' } },
  offers: ['c to Cleo'],
});
offered('a limit of two calls is two callers at the same time', {
  data: sales({}, {}, everybody({ callLimit: 2 })),
  calls: [{ callId: 'c' }],
  facts: { callsInProgress: { [id('Ana')]: 2, [id('Bo')]: 1 } },
  offers: ['c to Bo'],
});
offered('also where the one call is one of a queue', {
  data: sales({}, {}, everybody({ callLimit: 2 })),
  calls: [{ callId: 'c' }],
  talking: ['Ana'],
  offers: ['c to Ana'],
});
offered('the strategy of the queue chooses between those who are free', {
  data: sales({}, { strategy: 'least-recent' }),
  calls: [{ callId: 'c' }],
  facts: { lastAnswered: { [id('Ana')]: 3, [id('Bo')]: 2, [id('Cleo')]: 1 } },
  offers: ['c to Cleo'],
});
offered('the longest wait is over', { calls: [{ callId: 'c', expiresAt: at }], leaving: ['c time'] });
offered('a caller whose member is ringing is let ring', {
  calls: [{ callId: 'c', expiresAt: at, offers: [offer('Ana', 'ringing')] }],
});
offered('nobody is free: everybody waits on', {
  calls: [{ callId: 'c' }, { callId: 'd' }],
  talking: names,
});
offered('a queue that is gone lets nobody wait', {
  calls: [{ callId: 'c', queueId: id('Gone') }],
  leaving: ['c no-agent'],
});
offered('a member of two queues takes the more important one', {
  data: {
    ...sales(),
    queues: [queue('Sales', ['Ana'], { waiting }), queue('Help', ['Ana'], { waiting })],
  },
  calls: [{ callId: 'c' }, { callId: 'h', queueId: id('Help'), priority: 10 }],
  offers: ['h to Ana'],
});
offered('a member who goes home during the wait is waited for no longer', {
  data: sales({}, {}, everybody({ forwardAll: toUser('Ana') })),
  calls: [{ callId: 'c' }],
  leaving: ['c no-agent'],
});

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
const somebody = fc.constantFrom(...names).map(id);
const anyOffer: fc.Arbitrary<Offer> = fc.record({
  userId: somebody,
  state: fc.constantFrom('ringing', 'declined', 'no-answer', 'unreachable', 'canceled'),
  offeredAt: fc.constant(at - 90_000),
  endedAt: fc.constantFrom(at - 60_000, at - 5_000),
});
const anyCall = fc.record({
  priority: fc.constantFrom(1, 50),
  enteredAt: fc.integer({ min: at - 500_000, max: at }),
  expiresAt: fc.constantFrom(at - 1, at, at + 100_000),
  rung: fc.uniqueArray(somebody, { maxLength: 1 }),
  offers: fc.array(anyOffer, { maxLength: 3 }),
});

test('whatever the line looks like, nobody is offered twice, or to somebody who may not be rung', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  const directory = compileDirectory(directoryData(sales()));
  fc.assert(
    fc.property(
      fc.array(anyCall, { maxLength: 8 }),
      fc.uniqueArray(somebody, { maxLength: 2 }),
      (made, talking) => {
        const calls = line(made.map((call, index) => ({ ...call, callId: `c${index}` })));
        const { offers, leaving } = distribute(
          directory,
          calls,
          new Map(talking.map((userId) => [userId, 1])),
          given({}),
          at,
        );
        const ringing = calls.flatMap((call) => call.offers.filter((one) => one.state === 'ringing'));
        const members = offers.map(({ target }) => target.userId);
        const busy = new Set([...talking, ...ringing.map((one) => one.userId)]);
        const held = (call: WaitingCall) => call.offers.some((one) => one.state === 'ringing');
        const declined = (call: WaitingCall) =>
          call.offers.filter((one) => one.state === 'declined').map((one) => one.userId);
        const may = (call: WaitingCall, userId: string) =>
          !call.rung.includes(userId) && !declined(call).includes(userId);
        const moved = new Set([...offers, ...leaving].map(({ call }) => call.callId));
        const comesBefore = (one: WaitingCall, other: WaitingCall) =>
          one.priority < other.priority ||
          (one.priority === other.priority && one.enteredAt < other.enteredAt);
        return (
          new Set(members).size === members.length &&
          members.every((userId) => !busy.has(userId)) &&
          moved.size === offers.length + leaving.length &&
          offers.every(
            ({ call, target }) => may(call, target.userId) && !held(call) && call.expiresAt > at,
          ) &&
          leaving.every(({ call, reason }) => !held(call) && (reason === 'time') === call.expiresAt <= at) &&
          // Nobody is passed over for somebody who came later.
          calls.every(
            (call) =>
              moved.has(call.callId) ||
              held(call) ||
              offers.every((taken) => !comesBefore(call, taken.call) || !may(call, taken.target.userId)),
          )
        );
      },
    ),
    { seed, numRuns: 500 },
  );
  t.pass('no counterexample');
});
