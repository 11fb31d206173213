import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { test } from 'tap';
import { createNames, NONE } from '../../../../services/routing/live/columns.ts';
import { createLegTable, type Leg, type LegTable } from '../../../../services/routing/live/leg-table.ts';

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));

type Act =
  | { readonly type: 'put'; readonly callId: string; readonly leg: Leg }
  | { readonly type: 'drop'; readonly callId: string; readonly userId: string }
  | { readonly type: 'close'; readonly callId: string; readonly at: number }
  | { readonly type: 'forget' };

const callId = fc.nat({ max: 99 }).map((id) => `CA${id}`);
const userId = fc.constantFrom('ana', 'bo', 'cleo');
const leg: fc.Arbitrary<Leg> = fc.record(
  {
    userId,
    state: fc.constantFrom('offline', 'online', 'ringing', 'on-call', 'do-not-disturb'),
    counts: fc.boolean(),
    queueId: fc.constantFrom(null, 'sales', 'help'),
    at: fc.nat(),
    answeredAt: fc.option(fc.nat()),
    expiresAt: fc.nat(),
  },
  { noNullPrototype: true },
);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('put'), callId, leg }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('drop'), callId, userId }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('close'), callId, at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('forget') }) },
);

/** The same with objects. */
type Plain = Map<string, { closedAt: number | undefined; readonly legs: Leg[] }>;

function doPlainly(calls: Plain, told: Act): void {
  if (told.type === 'forget') {
    const oldest = [...calls].find(([, { closedAt }]) => closedAt !== undefined);
    if (oldest !== undefined) calls.delete(oldest[0]);
    return;
  }
  const call = calls.get(told.callId) ?? { closedAt: undefined, legs: [] };
  calls.set(told.callId, call);
  if (told.type === 'close' && call.closedAt === undefined) {
    call.closedAt = told.at;
    // In the order in which they were closed.
    calls.delete(told.callId);
    calls.set(told.callId, call);
  } else if (told.type !== 'close') {
    const user = told.type === 'put' ? told.leg.userId : told.userId;
    const at = call.legs.findIndex((one) => one.userId === user);
    if (told.type === 'put') call.legs.splice(at === -1 ? call.legs.length : at, 1, told.leg);
    else if (at !== -1) call.legs.splice(at, 1);
  }
}

function doInTable(table: LegTable, told: Act): void {
  if (told.type === 'forget') {
    if (table.oldestClosed() !== NONE) table.freeCall(table.oldestClosed());
    return;
  }
  const known = table.findCall(told.callId);
  const call = known === NONE ? table.takeCall(told.callId) : known;
  if (told.type === 'close') {
    if (table.closedAt(call) === undefined) table.closeCall(call, told.at);
    return;
  }
  const place = table.findLeg(call, told.type === 'put' ? told.leg.userId : told.userId);
  if (told.type === 'drop') {
    if (place !== NONE) table.freeLeg(place);
  } else if (place === NONE) table.addLeg(call, told.leg);
  else table.writeLeg(place, told.leg);
}

function legsIn(table: LegTable, call: number): readonly Leg[] {
  const legs: Leg[] = [];
  for (let place = table.firstLeg(call); place !== NONE; place = table.nextLeg(place)) {
    if (table.callOfLeg(place) !== call) throw new Error('a leg of another call');
    legs.push(table.readLeg(place));
  }
  return legs;
}

test('calls and legs in columns are those that objects would be', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(fc.array(act, { maxLength: 300, size: 'max' }), (acts) => {
      const table = createLegTable(createNames());
      const plain: Plain = new Map();
      for (const told of acts) {
        doPlainly(plain, told);
        doInTable(table, told);
      }
      const expected = [...plain].filter(([, { closedAt }]) => closedAt === undefined).map(([id]) => id);
      const open = [...table.openCalls()].map(table.callIdAt);
      const isSame = (id: string, call: object): boolean => {
        const place = table.findCall(id);
        const made = { closedAt: table.closedAt(place), legs: legsIn(table, place) };
        return isDeepStrictEqual(made, call);
      };
      return (
        isDeepStrictEqual(open.toSorted(), expected.toSorted()) &&
        table.countClosed() === plain.size - expected.length &&
        [...plain].every(([id, call]) => isSame(id, call))
      );
    }),
    { seed, numRuns: 60 },
  );
  t.pass('no counterexample');
});
