import fc from 'fast-check';
import { test } from 'tap';
import { compileDirectory } from '../../../../services/routing/domain/directory.ts';
import type { DirectoryData } from '../../../../services/routing/domain/directory-data.ts';
import {
  explainForHistory,
  namedInHistory,
  readHistory,
  traceForHistory,
} from '../../../../services/routing/domain/history.ts';
import { resolve } from '../../../../services/routing/domain/resolve.ts';
import {
  callOf,
  directory,
  id,
  instantOf,
  lead,
  number,
  off,
  office,
  organization,
  outside,
  queue,
  toQueue,
  toUser,
  user,
} from '../../../support/directory.ts';
import { anyCall, anyDirectory, instant } from '../../../support/directory-arbitrary.ts';

const caller = '+14155550123';
const mobile = '+34911234567';
const made = directory({
  organization: organization(),
  users: [
    user('Wilhelmina', {
      weekly: office('09:00-10:00'),
      fallbackUserId: id('Ottokar'),
      devices: [{ kind: 'sip', address: 'sip:wilhelmina@pbx.example', enabled: true }],
    }),
    user('Ottokar', { forwardAll: outside(mobile) }),
    user('Kunigunde', {
      weekly: [off(id('Ottokar')), off(id('Ottokar')), null, null, null, null, null],
      devices: [{ kind: 'phone', address: '+14155550177', enabled: true }],
    }),
  ],
  queues: [queue('Sales', ['Kunigunde', 'Wilhelmina'], { noAgentTarget: toUser('Wilhelmina') })],
  numbers: [
    number('+14155550100', { target: toQueue('Sales'), stickyRouting: true }),
    number('+14155550101', {
      target: toUser('Ottokar'),
      callerRules: [{ match: { number: caller }, target: toUser('Wilhelmina') }],
    }),
  ],
  leads: [lead('Hildegard Oster', 'Kunigunde', [caller])],
});
const people = /Wilhelmina|Ottokar|Kunigunde|Hildegard|Oster|555-?0123|911234567|5550177|pbx\.example/i;

test('history holds nothing of a person but ids', async (t) => {
  for (const to of ['+14155550100', '+14155550101']) {
    for (const at of ['2026-11-23T10:00:00Z', '2026-11-24T08:30:00Z', '2026-11-25T23:00:00Z']) {
      const call = callOf({ from: caller, to, at });
      const decision = resolve(made, call, instantOf(at), { trace: true });
      const kept = explainForHistory(made, call, instantOf(at));
      t.match(JSON.stringify(decision), people, 'the decision itself does');
      t.notMatch(JSON.stringify(kept), people, `${to} at ${at}`);
      t.equal(kept.steps.length, decision.steps.length);
      t.same(
        kept.trace.map(({ rule, outcome }) => [rule, outcome]),
        decision.trace.map(({ rule, outcome }) => [rule, outcome]),
        'it is the same decision',
      );
      t.same(
        traceForHistory(decision.trace, call.from, made).map(({ subject }) => subject),
        kept.trace.map(({ subject }) => subject),
        'so are the subjects of reasons that were written with names',
      );
    }
  }
});

test('what was kept is read with the names of today', async (t) => {
  const at = '2026-11-24T12:00:00Z';
  const call = callOf({ from: caller, to: '+14155550101', at });
  const kept = explainForHistory(made, call, instantOf(at)).trace.map(({ because }) => because);
  const named = namedInHistory(kept);
  t.ok(named.users.includes(id('Wilhelmina')));
  const names = {
    user: (one: string) => (one === id('Wilhelmina') ? 'Mina' : 'somebody who is gone'),
    lead: () => 'a lead',
    caller: '+141…23',
  };
  const read = kept.map((text) => readHistory(text, names)).join(' ');
  t.match(read, 'A caller rule sends +141…23 to Mina.');
  t.match(read, 'somebody who is gone');
  t.notMatch(read, /[{}]/);
});

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** The same office with people whose names are in nothing else. */
function withRareNames(data: DirectoryData): DirectoryData {
  return {
    ...data,
    users: data.users.map((one, index) => ({ ...one, name: `Quux${index}zz` })),
    leads: data.leads.map((one, index) => ({ ...one, name: `Lorn${index}zz` })),
  };
}

test('nobody is named in the history of any call to any office', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  fc.assert(
    fc.property(anyDirectory, anyCall, instant, (data, call, at) => {
      const office = compileDirectory(withRareNames(data));
      const decision = resolve(office, call, at, { trace: true });
      const kept = explainForHistory(office, call, at);
      const own = new Set(data.numbers.map((one) => one.number));
      const people = [
        /(Quux|Lorn)\d+zz/,
        ...(call.from.kind === 'number' && !own.has(call.from.number) ? [call.from.number] : []),
      ];
      const addresses = data.users.flatMap((one) => one.devices.map(({ address }) => address));
      const text = JSON.stringify(kept);
      const told = [...people, ...addresses.filter((address) => !own.has(address))].filter((one) =>
        typeof one === 'string' ? text.includes(one) : one.test(text),
      );
      if (told.length > 0) throw new Error(`${told.join(', ')} in ${text}`);
      const rules = (trace: typeof kept.trace) =>
        trace.map(({ rule, outcome }) => `${rule} ${outcome}`).join();
      if (rules(kept.trace) !== rules(decision.trace)) throw new Error('another decision');
      const later = JSON.stringify(traceForHistory(decision.trace, call.from, office));
      if (/(Quux|Lorn)\d+zz/.test(later)) throw new Error(later);
    }),
    { seed, numRuns: 150 },
  );
  t.pass();
});
