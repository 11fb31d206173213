import { test } from 'tap';
import type { UserData } from '../../../../services/routing/domain/directory-data.ts';
import {
  certainEdge,
  findCertainLoop,
  type OwnTarget,
  possibleEdges,
  possibleLoops,
} from '../../../../services/routing/domain/loops.ts';
import type { Target } from '../../../../services/routing/domain/target.ts';
import {
  decide,
  everyDay,
  hours,
  id,
  off,
  office,
  outside,
  toQueue,
  toUser,
  toVoicemail,
  user,
} from '../../../support/directory.ts';

/** Which circles a save is refused for, and which are saved with a warning. */

const ownTargets: Readonly<Record<string, Target>> = {
  '+14155550177': toUser('Bo'),
  '102': toUser('Bo'),
  '500': toQueue('Sales'),
};
const own: OwnTarget = (target) =>
  target.type === 'external' ? (ownTargets[target.number] ?? null) : target;

const awayDays = everyDay(off('Bo'));
const otherDays = awayDays.slice(1);

const edges: ReadonlyArray<readonly [why: string, changes: Partial<UserData>, edge: string | undefined]> = [
  ['nothing set', {}, undefined],
  ['a fallback alone', { fallbackUserId: id('Bo') }, undefined],
  ['hours and a fallback', { weekly: office('09:00-18:00'), fallbackUserId: id('Bo') }, undefined],
  [
    'inactive with a reassignment',
    { status: 'inactive', reassignedToUserId: id('Bo'), fallbackUserId: id('Cleo') },
    'Bo',
  ],
  ['inactive with a fallback', { status: 'inactive', fallbackUserId: id('Bo') }, 'Bo'],
  ['deleted with a reassignment', { status: 'deleted', reassignedToUserId: id('Bo') }, 'Bo'],
  ['pending with a fallback', { status: 'pending', fallbackUserId: id('Bo') }, 'Bo'],
  ['inactive without a replacement', { status: 'inactive' }, undefined],
  ['active with a reassignment of old', { reassignedToUserId: id('Bo') }, undefined],
  ['forward-all to a user', { forwardAll: toUser('Bo') }, 'Bo'],
  ['forward-all to an own number', { forwardAll: outside('+14155550177') }, 'Bo'],
  ['forward-all to an own extension', { forwardAll: outside('102') }, 'Bo'],
  ['forward-all to an outside number', { forwardAll: outside('+34611234567') }, undefined],
  ['forward-all to a queue', { forwardAll: toQueue('Sales') }, undefined],
  ['forward-all to a voicemail box', { forwardAll: toVoicemail('Bo') }, undefined],
  ['an inactive user does not forward', { status: 'inactive', forwardAll: toUser('Bo') }, undefined],
  ['all days away to one user', { weekly: awayDays }, 'Bo'],
  ['all days away by the general fallback', { weekly: everyDay(off()), fallbackUserId: id('Bo') }, 'Bo'],
  [
    'all days away, some by name and some in general, to one user',
    { weekly: [off(), ...otherDays], fallbackUserId: id('Bo') },
    'Bo',
  ],
  ['all days away without anybody', { weekly: everyDay(off()) }, undefined],
  ['six days away', { weekly: [hours('09:00-10:00'), ...otherDays] }, undefined],
  ['six days away and one left out', { weekly: [null, ...otherDays] }, undefined],
  ['all days away to two users', { weekly: [off('Cleo'), ...otherDays] }, undefined],
  [
    'days without windows are outside hours, not away',
    { weekly: everyDay(hours('')), fallbackUserId: id('Bo') },
    undefined,
  ],
  [
    'all days away and an override that opens one',
    {
      weekly: awayDays,
      overrides: [{ ...hours('09:00-10:00'), id: 'o', from: '2027-01-01', to: '2027-01-01' }],
    },
    undefined,
  ],
  [
    'all days away and an override to somebody else',
    { weekly: awayDays, overrides: [{ ...off('Cleo'), id: 'o', from: '2027-01-01', to: '2027-01-01' }] },
    undefined,
  ],
  [
    'all days away and an override to the same',
    { weekly: awayDays, overrides: [{ ...off('Bo'), id: 'o', from: '2027-01-01', to: '2027-01-01' }] },
    'Bo',
  ],
  [
    'all days away beat forward-all, as rule 10 beats 13',
    { weekly: awayDays, forwardAll: toUser('Cleo') },
    'Bo',
  ],
  [
    'if-unavailable is never certain',
    { ifUnavailable: { action: 'forward', target: toUser('Bo') } },
    undefined,
  ],
  [
    'do-not-disturb is never certain',
    { doNotDisturb: { on: true, until: null }, ifUnavailable: { action: 'forward', target: toUser('Bo') } },
    undefined,
  ],
];
for (const [why, changes, edge] of edges) {
  test(`a certain edge: ${why}`, async (t) => {
    t.equal(certainEdge(user('Ana', changes), own), edge === undefined ? undefined : id(edge));
  });
}

test('possible edges are everybody to whom a call can go on, each once', async (t) => {
  const ana = user('Ana', {
    fallbackUserId: id('U1'),
    reassignedToUserId: id('U2'),
    forwardAll: outside('+14155550177'),
    ifUnavailable: {
      action: 'forward',
      target: toUser('U3'),
      causes: { busy: { action: 'forward', target: toUser('U4') }, declined: { action: 'voicemail' } },
    },
    weekly: [off('U5'), off('U5'), off(), hours('09:00-10:00'), null, null, null],
    overrides: [{ ...off('U6'), id: 'o', from: '2027-01-01', to: '2027-01-01' }],
  });
  const expected = ['U1', 'U2', 'Bo', 'U3', 'U4', 'U5', 'U6'].map(id);
  t.strictSame([...possibleEdges(ana, own)].sort(), expected.sort());
  t.strictSame(possibleEdges(user('Ana'), own), []);
});

const graph = (...users: readonly UserData[]) => new Map(users.map((one) => [one.id, one]));
const forwards = (name: string, to: string) => user(name, { forwardAll: toUser(to) });
const path = (...names: readonly string[]) => names.map(id);

test('a circle of certain edges is found with its path', async (t) => {
  const users = graph(
    forwards('Ana', 'Bo'),
    user('Bo', { weekly: everyDay(off('Cleo')) }),
    user('Cleo', { status: 'inactive', reassignedToUserId: id('Ana') }),
  );
  t.strictSame(findCertainLoop(users, id('Ana'), own), path('Ana', 'Bo', 'Cleo', 'Ana'));
  t.strictSame(findCertainLoop(users, id('Bo'), own), path('Bo', 'Cleo', 'Ana', 'Bo'));
});

test('a forward to oneself is a circle of one', async (t) => {
  t.strictSame(findCertainLoop(graph(forwards('Ana', 'Ana')), id('Ana'), own), path('Ana', 'Ana'));
});

test('one uncertain edge makes the circle a warning', async (t) => {
  const users = graph(
    forwards('Ana', 'Bo'),
    user('Bo', { fallbackUserId: id('Ana'), weekly: office('09:00-18:00') }),
  );
  t.equal(findCertainLoop(users, id('Ana'), own), undefined);
  t.strictSame(possibleLoops(users, id('Ana'), own), [path('Ana', 'Bo', 'Ana')]);
});

test('a circle goes through queues too, and none of it is certain', async (t) => {
  const queue = (name: string, noAgentTarget: Target | null) => ({ id: id(name), name, noAgentTarget });
  const places = new Map(
    [
      user('Ana', { forwardAll: toQueue('Sales') }),
      queue('Sales', toQueue('Support')),
      queue('Support', toUser('Bo')),
      user('Bo', { ifUnavailable: { action: 'forward', target: toUser('Ana') } }),
    ].map((place) => [place.id, place] as const),
  );
  t.equal(findCertainLoop(places, id('Ana'), own), undefined);
  const round = ['Ana', 'Sales', 'Support', 'Bo'] as const;
  for (const [index, name] of round.entries()) {
    const expected = path(...round.slice(index), ...round.slice(0, index), name);
    t.strictSame(possibleLoops(places, id(name), own), [expected], `from ${name}`);
  }
});

test("two who are each other's fallback are saved with a warning, from either side", async (t) => {
  const users = graph(user('Ana', { fallbackUserId: id('Bo') }), user('Bo', { fallbackUserId: id('Ana') }));
  for (const [one, other] of [
    ['Ana', 'Bo'],
    ['Bo', 'Ana'],
  ] as const) {
    t.equal(findCertainLoop(users, id(one), own), undefined);
    t.strictSame(possibleLoops(users, id(one), own), [path(one, other, one)]);
  }
});

test('a chain that ends is neither', async (t) => {
  const users = graph(forwards('Ana', 'Bo'), forwards('Bo', 'Cleo'), user('Cleo'));
  t.equal(findCertainLoop(users, id('Ana'), own), undefined);
  t.strictSame(possibleLoops(users, id('Ana'), own), []);
});

test("a circle further on that does not come back to the start is not this save's", async (t) => {
  const users = graph(forwards('Ana', 'Bo'), forwards('Bo', 'Cleo'), forwards('Cleo', 'Bo'));
  t.equal(findCertainLoop(users, id('Ana'), own), undefined);
  t.strictSame(possibleLoops(users, id('Ana'), own), []);
  t.strictSame(findCertainLoop(users, id('Bo'), own), path('Bo', 'Cleo', 'Bo'));
});

test('an edge to somebody who is gone ends the search', async (t) => {
  const users = graph(forwards('Ana', 'Gone'));
  t.equal(findCertainLoop(users, id('Ana'), own), undefined);
  t.strictSame(possibleLoops(users, id('Ana'), own), []);
});

test('possible circles come shortest first, and ten at most', async (t) => {
  const many = Array.from({ length: 15 }, (_, index) => `U${index}`);
  const spread = user('Ana', {
    weekly: many.slice(0, 7).map((name) => off(name)),
    overrides: many
      .slice(7)
      .map((name, index) => ({ ...off(name), id: `o${index}`, from: '2027-01-01', to: '2027-01-01' })),
    fallbackUserId: id('Long'),
  });
  const users = graph(spread, forwards('Long', 'U0'), ...many.map((name) => forwards(name, 'Ana')));
  const loops = possibleLoops(users, id('Ana'), own);
  t.equal(loops.length, 10);
  const lengths = loops.map((loop) => loop.length);
  t.strictSame(
    lengths,
    lengths.toSorted((one, other) => one - other),
  );
});

test('a graph in which everybody leads to everybody is searched at once', async (t) => {
  const names = Array.from({ length: 200 }, (_, index) => `U${index}`);
  const users = graph(
    ...names.map((name) =>
      user(name, {
        overrides: names.map((to, index) => ({
          ...off(to),
          id: `o${index}`,
          from: '2027-01-01',
          to: '2027-01-01',
        })),
      }),
    ),
  );
  t.ok(possibleLoops(users, id('U0'), own).length > 0);
});

test('a certain circle really rings nobody, whenever it is called', async (t) => {
  const users = [
    forwards('Ana', 'Bo'),
    user('Bo', { weekly: everyDay(off('Cleo')) }),
    user('Cleo', { status: 'inactive', reassignedToUserId: id('Ana') }),
  ];
  t.ok(findCertainLoop(graph(...users), id('Ana'), own));
  for (let hour = 0; hour < 24 * 8; hour += 5) {
    const at = new Date(Date.UTC(2026, 10, 20, hour)).toISOString();
    const { steps, applied } = decide({ users, to: { kind: 'user', id: id('Ana') }, at });
    t.notOk(
      steps.some((step) => step.action === 'ring'),
      at,
    );
    t.ok(applied.includes('loop'));
  }
});
