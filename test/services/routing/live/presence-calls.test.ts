import fc from 'fast-check';
import { test } from 'tap';
import type { CallLogEntry } from '../../../../services/routing/calls/call-log.ts';
import type { Presence as State } from '../../../../services/routing/domain/call.ts';
import type { Decision, Outcome, Step } from '../../../../services/routing/domain/decision.ts';
import { compileDirectory } from '../../../../services/routing/domain/directory.ts';
import { readFact } from '../../../../services/routing/domain/facts.ts';
import type { Leg } from '../../../../services/routing/live/leg-table.ts';
import { buildPresence } from '../../../../services/routing/live/presence.ts';
import { buildPresenceMemory } from '../../../../services/routing/live/presence-memory.ts';
import { idOf, office, queue, user } from '../../../support/twilio-office.ts';

/** What the events of calls say about people. */

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
const start = Date.parse('2026-11-24T10:00:00Z');
const [ana, bo, cleo] = [idOf('user', 1), idOf('user', 2), idOf('user', 3)];
const sales = idOf('queue', 1);
const directory = compileDirectory(
  office({
    users: [user(1, 'Ana'), user(2, 'Bo'), user(3, 'Cleo')],
    queues: [queue(1, 'Sales', [])],
  }),
);
const { organizationId } = directory;

type Told = (carrier: 'twilio' | 'pbx') => CallLogEntry;

function ring(
  id: string,
  userIds: readonly string[],
  more: { queueId?: string; devices?: number } = {},
): Step {
  const { devices = 1, ...rest } = more;
  const device = { kind: 'sip', address: 'sip:a@b.example' } as const;
  const targets = userIds.map((userId) => ({
    userId,
    extension: null,
    devices: Array.from({ length: devices }, () => device),
  }));
  return { id, action: 'ring', strategy: 'all', timeoutSeconds: 20, targets, ...rest };
}

function decided(steps: readonly Step[], from: string | null = null, callId = 'c-1'): Told {
  return (carrier) => {
    const decision: Decision = {
      ...{ callId, directoryVersion: 1, validUntil: null, answeredBy: null },
      ...{ steps, trace: [] },
    };
    const caller =
      from === null ? ({ kind: 'anonymous' } as const) : ({ kind: 'extension', extension: from } as const);
    const call = { callId, from: caller, to: { kind: 'queue', id: sales } } as const;
    return { carrier, organizationId, callId, at: start, type: 'decided', call, decision, directory };
  };
}

function ended(outcome: Outcome, next: Step | null = null, answeredBy?: string): Told {
  return (carrier) => ({
    ...{ carrier, organizationId, callId: 'c-1', at: start, type: 'step-ended', stepId: 's1', outcome, next },
    ...(answeredBy === undefined ? {} : { answeredBy }),
    trace: [],
  });
}

function leg(userId: string, state: 'ringing' | 'answered' | 'ended', legId = `leg of ${userId}`): Told {
  return (carrier) => ({
    ...{ carrier, organizationId, callId: 'c-1', at: start, type: 'leg', userId, legId, state },
    outcome: null,
  });
}

function waiting(state: 'offered' | 'declined' | 'answered', userId: string): Told {
  return (carrier) => ({
    ...{ carrier, organizationId, callId: 'c-1', at: start, type: 'waiting', queueId: sales, state, userId },
  });
}

const over: Told = (carrier) => ({
  ...{ carrier, organizationId, callId: 'c-1', at: start, type: 'status', status: 'completed' },
  durationSeconds: 3,
});

type Expected = {
  readonly states?: readonly State[];
  readonly calls?: readonly number[];
  readonly answered?: Readonly<Record<string, number>>;
  readonly rung?: string;
};

/** States and calls of Ana, Bo and Cleo. */
function check(
  title: string,
  told: readonly Told[],
  expected: Expected,
  carrier: 'twilio' | 'pbx' = 'twilio',
): void {
  test(title, async (t) => {
    const presence = buildPresence({ clock: { now: () => start }, processId: 'p' });
    for (const entry of told) presence.append(entry(carrier));
    const facts = presence.factsOf(directory, 'another', start);
    const people = [ana, bo, cleo];
    const { states, calls, answered, rung } = expected;
    const seen = people.map((id) => presence.stateOf(organizationId, id));
    if (states !== undefined) t.strictSame(seen, states);
    if (calls !== undefined)
      t.strictSame(
        people.map((id) => facts.callsInProgress(id) ?? 0),
        calls,
      );
    if (answered !== undefined)
      t.strictSame(
        people.map((id) => facts.callsAnswered(id)),
        people.map((id) => answered[id]),
      );
    if (rung !== undefined) t.equal(facts.lastRung(sales), rung);
  });
}

const group = ring('s1', [ana, bo], { queueId: sales });
check('who is rung rings', [decided([group])], {
  states: ['ringing', 'ringing', 'offline'],
  calls: [1, 1, 0],
  rung: ana,
});
check('an announcement comes first', [decided([{ id: 's1', action: 'announce', text: 'Hi' }, group])], {
  states: ['ringing', 'ringing', 'offline'],
});
check(
  'one picks up, and the others stop ringing',
  [decided([group]), leg(bo, 'ringing'), leg(bo, 'answered')],
  { states: ['offline', 'on-call', 'offline'], calls: [0, 1, 0], answered: { [bo]: 1 } },
);
check(
  'a queue rings one after the other, and whoever was first stays the one who was rung last',
  [
    decided([ring('s1', [bo], { queueId: sales })]),
    ended('no-answer', ring('s2', [cleo], { queueId: sales })),
  ],
  { states: ['offline', 'offline', 'ringing'], rung: bo },
);
check('a talk ends with the report of the ring', [decided([group]), leg(bo, 'answered'), ended('answered')], {
  states: ['offline', 'offline', 'offline'],
  answered: { [bo]: 1 },
});
check('the caller hangs up while it rings', [decided([group]), over], { calls: [0, 0, 0], answered: {} });
check(
  'what comes after the end is too late',
  [decided([group]), over, leg(ana, 'ringing'), leg(ana, 'answered')],
  {
    states: ['offline', 'offline', 'offline'],
  },
);
check('the end may be told before the beginning', [over, decided([group])], { calls: [0, 0, 0] });
check(
  'one of two telephones stops ringing, the other is picked up and put down',
  [decided([ring('s1', [ana], { devices: 2 })]), leg(ana, 'ended', 'sip'), leg(ana, 'ended', 'sip')],
  { states: ['ringing', 'offline', 'offline'] },
);
check(
  'both have stopped',
  [decided([ring('s1', [ana], { devices: 2 })]), leg(ana, 'ended', 'sip'), leg(ana, 'ended', 'app')],
  { states: ['offline', 'offline', 'offline'] },
);
check(
  'the telephone that was not picked up ends nothing',
  [decided([ring('s1', [ana], { devices: 2 })]), leg(ana, 'answered', 'sip'), leg(ana, 'ended', 'app')],
  { states: ['on-call', 'offline', 'offline'] },
);
check('who calls from an extension is on a call', [decided([ring('s1', [bo])], '201')], {
  states: ['on-call', 'ringing', 'offline'],
  calls: [1, 1, 0],
});
check(
  'a call that was not for a queue is none of its calls',
  [decided([ring('s1', [ana])]), leg(ana, 'answered')],
  {
    answered: {},
  },
);
check(
  'members are offered a caller who waits',
  [waiting('offered', ana), waiting('declined', ana), waiting('offered', bo), waiting('answered', bo)],
  { states: ['offline', 'on-call', 'offline'], answered: { [bo]: 1 } },
);
check(
  'an exchange that was asked may never have dialled',
  [decided([group])],
  { states: ['ringing', 'ringing', 'offline'], calls: [0, 0, 0] },
  'pbx',
);
check(
  'it tells that it rings',
  [decided([group]), leg(ana, 'ringing')],
  { states: ['ringing', 'ringing', 'offline'], calls: [1, 0, 0] },
  'pbx',
);
check(
  'it tells who picked up',
  [decided([group]), ended('answered', null, bo)],
  { states: ['offline', 'on-call', 'offline'], calls: [0, 1, 0], answered: { [bo]: 1 } },
  'pbx',
);
check(
  'it tells that the call is over',
  [decided([group]), ended('answered', null, bo), over],
  { states: ['offline', 'offline', 'offline'], answered: { [bo]: 1 } },
  'pbx',
);

test('a call that is asked about again does not count itself, at a cost that does not grow with the office', async (t) => {
  const presence = buildPresence({ clock: { now: () => start }, processId: 'p' });
  for (const told of [decided([group]), decided([ring('s1', [ana])], null, 'c-2')])
    presence.append(told('twilio'));
  const known = (callId: string) => {
    const facts = presence.factsOf(directory, callId, start);
    const call = { callId, from: { kind: 'anonymous' }, to: { kind: 'queue', id: sales }, facts } as const;
    const read = [ana, bo].map((id) => [
      readFact(call, 'presence', id),
      readFact(call, 'callsInProgress', id),
    ]);
    return { facts, read };
  };
  const another = known('c-3');
  t.strictSame(another.read, [
    ['ringing', 2],
    ['ringing', 1],
  ]);
  const own = known('c-1');
  t.strictSame(own.read, [
    ['ringing', 1],
    ['offline', 0],
  ]);
  presence.append(decided([ring('s1', [bo])], null, 'c-4')('twilio'));
  t.equal(own.facts.callsInProgress(bo), 1, 'what is known of everybody is asked, not copied');
});

test('the leases of one call say the same in every order and however often they come', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  const lease = fc.record({
    userId: fc.constantFrom(ana, bo),
    state: fc.constantFrom<State[]>('ringing', 'on-call', 'offline'),
    answeredAt: fc.constantFrom(null, start),
  });
  const told = fc.array(
    fc
      .tuple(fc.constantFrom('c-1', 'c-2'), lease)
      .map(([callId, { userId, state, answeredAt }]): readonly [string, Leg] => [
        callId,
        { userId, state, counts: true, queueId: sales, at: start, answeredAt, expiresAt: start + 1_000 },
      ]),
    { maxLength: 12 },
  );
  const sumOf = (legs: readonly (readonly [string, Leg])[]) => {
    const memory = buildPresenceMemory();
    for (const [callId, one] of legs) memory.learnLeg(callId, one);
    return [ana, bo].map((id) => [
      memory.stateOf(id),
      memory.facts.callsInProgress(id),
      memory.facts.callsAnswered(id),
    ]);
  };
  fc.assert(
    fc.property(
      told.chain((leases) =>
        fc.tuple(
          fc.constant(leases),
          fc.shuffledSubarray([...leases, ...leases], { minLength: leases.length * 2 }),
        ),
      ),
      ([leases, others]) => JSON.stringify(sumOf(leases)) === JSON.stringify(sumOf(others)),
    ),
    { numRuns: 500, seed },
  );
});
