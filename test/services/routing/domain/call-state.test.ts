import fc from 'fast-check';
import { test } from 'tap';
import type { CallEvent, Decided, StepEnded } from '../../../../services/routing/domain/call-event.ts';
import {
  addFigures,
  type CallFigures,
  differenceOf,
  figuresOf,
} from '../../../../services/routing/domain/call-figures.ts';
import { type CallState, reduceCall } from '../../../../services/routing/domain/call-state.ts';
import type { Outcome, Step } from '../../../../services/routing/domain/decision.ts';

/** What the events of a call add up to, in every order. Set FC_SEED to run a failure again. */

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));

const [ana, bo, cleo] = ['ana', 'bo', 'cleo'];
const organizationId = 'office';

function ring(id: string, users: readonly string[], queueId?: string): Step {
  const targets = users.map((userId) => ({ userId, extension: null, devices: [] }));
  const own = queueId === undefined ? {} : { queueId };
  return { id, action: 'ring', strategy: 'all', timeoutSeconds: 20, targets, ...own };
}

const box = (id: string): Step => ({
  id,
  action: 'voicemail',
  mailbox: { type: 'user', id: ana },
  greeting: '',
});
const forward = (id: string): Step => ({
  id,
  action: 'forward',
  target: { type: 'external', number: '+1415…00' },
  timeoutSeconds: 20,
  confirm: true,
});
const announce: Step = { id: 's2', action: 'announce', text: 'Closed.' };

/** Seconds after the beginning. */
function decided(steps: readonly Step[], changes: Partial<Decided> = {}): CallEvent {
  const data: Decided = {
    carrier: 'twilio',
    from: { kind: 'number', value: '+14155550999' },
    to: { kind: 'number', value: '+14155550100' },
    numberId: null,
    userId: ana,
    queueId: null,
    day: '2026-11-24',
    directoryVersion: 7,
    validUntil: null,
    answeredBy: null,
    steps,
    ...changes,
  };
  return { key: 'decided', at: 0, type: 'decided', data };
}

function ended(
  second: number,
  stepId: string,
  outcome: Outcome,
  next: Step | null = null,
  more: Partial<StepEnded> = {},
): CallEvent {
  const data: StepEnded = { stepId, outcome, next, answeredBy: null, talkSeconds: null, trace: [], ...more };
  return { key: `step:${stepId}`, at: second * 1_000, type: 'step-ended', data };
}

function status(second: number, name: string): CallEvent {
  const data = { status: name, durationSeconds: null };
  return { key: `status:${name}`, at: second * 1_000, type: 'status', data };
}

function leg(second: number, userId: string, state: 'ringing' | 'answered' | 'ended'): CallEvent {
  const data = { userId, legId: `leg-${userId}`, state, outcome: null };
  return { key: `leg:${userId}:${state}`, at: second * 1_000, type: 'leg', data };
}

function recorded(second: number, durationSeconds: number): CallEvent {
  const data = { mailbox: null, recordingSid: 'RE1', status: 'completed', durationSeconds };
  return { key: 'recorded:RE1:completed', at: second * 1_000, type: 'recorded', data };
}

const swept = (second: number): CallEvent => ({
  key: 'swept',
  at: second * 1_000,
  type: 'swept',
  data: {},
});

type Expected = Partial<Pick<CallState, 'state' | 'outcome' | 'answeredBy' | 'answeredAt' | 'endedAt'>> & {
  readonly missed?: readonly string[];
};

function check(title: string, events: readonly CallEvent[], expected: Expected): void {
  test(title, async (t) => {
    const { missed, ...rest } = expected;
    const call = reduceCall(events);
    t.match(call, rest);
    if (missed === undefined) return;
    t.strictSame(
      call?.users.filter((user) => user.missed).map((user) => user.userId),
      missed,
    );
  });
}

check('a call that was decided rings', [decided([ring('s1', [ana])])], { state: 'ringing', outcome: null });

check(
  'it is talked on while a leg is up',
  [decided([ring('s1', [ana, bo])]), leg(3, ana, 'ringing'), leg(5, bo, 'answered')],
  { state: 'in-progress', answeredBy: bo, answeredAt: 5_000, missed: [] },
);

check(
  'the one who answered is the one who had it, and nobody missed it',
  [
    decided([ring('s1', [ana, bo])]),
    leg(5, bo, 'answered'),
    ended(65, 's1', 'answered'),
    status(66, 'completed'),
  ],
  { state: 'ended', outcome: 'answered', answeredBy: bo, answeredAt: 5_000, endedAt: 66_000, missed: [] },
);

check(
  'without legs the length of the talk tells when it began',
  [decided([ring('s1', [ana])]), ended(65, 's1', 'answered', null, { talkSeconds: 42 })],
  { outcome: 'answered', answeredBy: ana, answeredAt: 23_000, endedAt: 65_000 },
);

check(
  'whom the carrier names had it',
  [decided([ring('s1', [ana, bo])]), ended(65, 's1', 'answered', null, { answeredBy: bo })],
  { answeredBy: bo },
);

check(
  'a mailbox that picked up is no answer once the step says so',
  [decided([ring('s1', [ana])]), leg(5, ana, 'answered'), ended(20, 's1', 'no-answer', box('s2'))],
  { state: 'in-progress', outcome: null, answeredBy: null },
);

check(
  'nobody answered: everybody who was rung has missed it',
  [decided([ring('s1', [ana, bo])]), ended(20, 's1', 'no-answer', announce), status(25, 'completed')],
  { outcome: 'missed', endedAt: 25_000, missed: [ana, bo] },
);

check(
  'a caller who hangs up while it rings has given up, and it was missed all the same',
  [decided([ring('s1', [ana])]), ended(9, 's1', 'canceled')],
  { outcome: 'abandoned', endedAt: 9_000, missed: [ana] },
);

check(
  'also where only the end of the whole call is told',
  [decided([ring('s1', [ana])]), status(9, 'completed')],
  { outcome: 'abandoned', missed: [ana] },
);

check(
  'a recording is voicemail',
  [
    decided([ring('s1', [ana])]),
    ended(20, 's1', 'busy', box('s2')),
    ended(40, 's2', 'completed'),
    recorded(45, 12),
  ],
  { outcome: 'voicemail', endedAt: 40_000, missed: [ana] },
);

check(
  'a recording of nothing is not',
  [
    decided([ring('s1', [ana])]),
    ended(20, 's1', 'busy', box('s2')),
    ended(40, 's2', 'completed'),
    recorded(45, 0),
  ],
  { outcome: 'missed', missed: [ana] },
);

check(
  'who owns the box had to do with it, though nobody was rung',
  [decided([box('s1')]), ended(30, 's1', 'completed')],
  { outcome: 'voicemail', missed: [] },
);

check(
  'a forward that was answered',
  [decided([forward('s1')]), ended(60, 's1', 'answered', null, { talkSeconds: 30 })],
  { outcome: 'forwarded', answeredBy: null, answeredAt: 30_000 },
);

check('a caller who is refused', [decided([{ id: 's1', action: 'reject', reason: 'blocked' }])], {
  state: 'ended',
  outcome: 'rejected',
  endedAt: 0,
  missed: [],
});

check('closed: an announcement', [decided([announce]), status(8, 'completed')], { outcome: 'announced' });

check(
  'in a queue that waits',
  [decided([{ id: 's1', action: 'queue', queueId: 'sales', maxWaitSeconds: 60 }])],
  { state: 'waiting', outcome: null },
);

test('whoever took a caller out of a queue took the call for that queue', async (t) => {
  const wait = (
    second: number,
    state: 'entered' | 'offered' | 'answered',
    userId: string | null,
  ): CallEvent => {
    const data = { queueId: 'sales', state, userId };
    return { key: `waiting:${state}`, at: second * 1_000, type: 'waiting', data };
  };
  const call = reduceCall([
    decided([{ id: 's1', action: 'queue', queueId: 'sales', maxWaitSeconds: 60 }]),
    leg(9, bo, 'answered'),
    wait(0, 'entered', null),
    wait(10, 'answered', bo),
    status(70, 'completed'),
  ]);
  t.match(call, {
    outcome: 'answered',
    answeredBy: bo,
    users: [{ userId: bo, queueId: 'sales' }],
    queues: [{ queueId: 'sales', end: 'handled' }],
  });
});

check(
  'a PBX that only tells results has told the end with the answer',
  [decided([ring('s1', [ana])], { carrier: 'pbx' }), ended(5, 's1', 'answered')],
  { state: 'ended', outcome: 'answered', endedAt: 5_000 },
);

check(
  'one that tells how calls go on has not',
  [decided([ring('s1', [ana])], { carrier: 'pbx' }), leg(1, ana, 'ringing'), ended(5, 's1', 'answered')],
  { state: 'in-progress', outcome: null, answeredAt: 5_000 },
);

check(
  'until the leg of who answered is over',
  [
    decided([ring('s1', [ana])], { carrier: 'pbx' }),
    leg(5, ana, 'answered'),
    ended(5, 's1', 'answered'),
    leg(95, ana, 'ended'),
  ],
  { state: 'ended', outcome: 'answered', answeredAt: 5_000, endedAt: 95_000 },
);

check('nothing was heard for too long: taken to be over', [decided([ring('s1', [ana])]), swept(900)], {
  state: 'ended',
  outcome: 'missed',
  endedAt: 900_000,
});

check(
  'what comes after that is right all the same',
  [decided([ring('s1', [ana])]), swept(900), leg(5, ana, 'answered'), status(1_200, 'completed')],
  { outcome: 'answered', answeredBy: ana, endedAt: 1_200_000 },
);

test('events of a call of which nobody says how it began add up to nothing yet', async (t) => {
  t.equal(reduceCall([status(3, 'completed'), ended(2, 's1', 'busy')]), undefined);
});

test('of two reports of one thing the earlier counts, whichever came first', async (t) => {
  const begun = decided([ring('s1', [ana])]);
  for (const events of [
    [begun, status(9, 'completed'), status(30, 'completed')],
    [status(30, 'completed'), status(9, 'completed'), begun],
  ]) {
    t.equal(reduceCall(events)?.endedAt, 9_000);
  }
});

const second = fc.integer({ min: 0, max: 300 });
const person = fc.constantFrom(ana, bo, cleo);
const stepId = fc.constantFrom('s1', 's2', 's3');
const queueId = fc.constantFrom('sales', 'service');
const anyStep = (id: string): fc.Arbitrary<Step> =>
  fc.oneof(
    fc
      .tuple(fc.uniqueArray(person, { minLength: 1 }), fc.option(queueId, { nil: undefined }))
      .map(([users, queue]) => ring(id, users, queue)),
    fc.constant(box(id)),
    fc.constant(forward(id)),
    queueId.map((queue): Step => ({ id, action: 'queue', queueId: queue, maxWaitSeconds: 60 })),
    fc.constant<Step>({ id, action: 'announce', text: '' }),
    fc.constant<Step>({ id, action: 'hangup' }),
    fc.constant<Step>({ id, action: 'reject', reason: 'busy' }),
  );
const outcome = fc.constantFrom<Outcome>(
  'answered',
  'busy',
  'declined',
  'no-answer',
  'canceled',
  'completed',
);
const anyEvent: fc.Arbitrary<CallEvent> = fc.oneof(
  fc
    .tuple(anyStep('s1'), fc.constantFrom<'pbx' | 'twilio'>('pbx', 'twilio'))
    .map(([step, carrier]) => decided([step], { carrier })),
  fc
    .tuple(second, stepId, outcome, fc.option(stepId.chain(anyStep)), fc.option(fc.nat(200)))
    .map(([at, id, how, next, talkSeconds]) => ended(at, id, how, next, { talkSeconds })),
  fc
    .tuple(second, fc.constantFrom('ringing', 'in-progress', 'completed', 'busy'))
    .map(([at, name]) => status(at, name)),
  fc
    .tuple(second, person, fc.constantFrom<'ringing' | 'answered' | 'ended'>('ringing', 'answered', 'ended'))
    .map(([at, user, state]) => leg(at, user, state)),
  fc.tuple(second, fc.nat(9)).map(([at, length]) => recorded(at, length)),
  second.map(swept),
);
const anyCall = fc
  .tuple(anyStep('s1'), fc.array(anyEvent, { maxLength: 10 }))
  .map(([step, events]) => [decided([step]), ...events]);

/** The same events in another order, some of them more than once. */
const shuffledCall = anyCall.chain((events) =>
  fc.tuple(
    fc.constant(events),
    fc
      .tuple(
        fc.shuffledSubarray(events, { minLength: events.length }),
        fc.array(fc.constantFrom(...events), { maxLength: 5 }),
      )
      .map(([all, again]) => [...all, ...again]),
  ),
);

test('every order and every repetition of the same events gives the same state', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(shuffledCall, ([events, told]) => {
      t.strictSame(reduceCall(told), reduceCall(events));
    }),
    { seed, numRuns: 1_000 },
  );
});

test('a state holds together, whatever was told', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(anyCall, (events) => {
      const call = reduceCall(events);
      if (call === undefined) return false;
      const { state, outcome, startedAt, answeredAt, endedAt, users } = call;
      const isOver = state === 'ended';
      return (
        isOver === (outcome !== null) &&
        isOver === (endedAt !== null) &&
        (answeredAt === null || answeredAt >= startedAt) &&
        (endedAt === null || endedAt >= (answeredAt ?? startedAt)) &&
        (outcome === 'answered' || outcome === 'forwarded') === (isOver && answeredAt !== null) &&
        users.every((user) => !user.missed || (isOver && answeredAt === null))
      );
    }),
    { seed, numRuns: 1_000 },
  );
  t.pass('no counterexample');
});

test('figures are those of the whole, in whatever pieces the events came', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(shuffledCall, fc.array(fc.nat(12)), ([events, told], cuts) => {
      const sums = new Map<string, CallFigures>();
      let before: readonly CallFigures[] = [];
      for (const cut of [...cuts.sort((a, b) => a - b), told.length]) {
        const call = reduceCall(told.slice(0, cut));
        const after = call === undefined ? [] : figuresOf(organizationId, call);
        addFigures(sums, differenceOf(before, after), 1);
        before = after;
      }
      const whole = reduceCall(events);
      const expected = whole === undefined ? [] : figuresOf(organizationId, whole);
      t.strictSame(differenceOf([...sums.values()], expected), []);
    }),
    { seed, numRuns: 500 },
  );
});

test('what a queue call adds to the day: one call for each who rang, the talk for who had it', async (t) => {
  const call = reduceCall([
    decided([ring('s1', [ana, bo], 'sales')]),
    ended(15, 's1', 'no-answer', ring('s2', [cleo], 'sales')),
    leg(18, cleo, 'answered'),
    ended(78, 's2', 'answered'),
  ]);
  if (call === undefined) throw new Error('no call');
  const rows = figuresOf(organizationId, call).map(
    (row) =>
      `${row.subjectId}: ${row.offered} offered, ${row.handled} handled, ${row.handledInTime} in time, ${row.talkSeconds} s`,
  );
  t.strictSame(rows, [
    'office: 1 offered, 1 handled, 1 in time, 60 s',
    'ana: 1 offered, 0 handled, 0 in time, 0 s',
    'bo: 1 offered, 0 handled, 0 in time, 0 s',
    'cleo: 1 offered, 1 handled, 1 in time, 60 s',
    'sales: 1 offered, 1 handled, 1 in time, 60 s',
  ]);
});

test('who hangs up while the greeting is spoken has called the owner of the box, and rang nobody', async (t) => {
  const call = reduceCall([decided([box('s1')]), status(4, 'completed')]);
  t.match(call, { state: 'ended', outcome: 'abandoned' });
  t.match(call?.users, [{ userId: ana, rungAt: null, answeredAt: null, missed: false }]);
  if (call === undefined) return;
  t.strictSame(
    figuresOf(organizationId, call).map(({ subjectType }) => subjectType),
    ['organization'],
    'nobody was offered the call',
  );
});
