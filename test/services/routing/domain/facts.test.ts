import fc from 'fast-check';
import { test } from 'tap';
import type { FactsRead } from '../../../../services/routing/domain/call.ts';
import { compileDirectory } from '../../../../services/routing/domain/directory.ts';
import { given, withFacts, withFactsRead } from '../../../../services/routing/domain/facts.ts';
import { resolve } from '../../../../services/routing/domain/resolve.ts';
import { anyCall, anyDirectory, instant } from '../../../support/directory-arbitrary.ts';

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));

test('with the facts that were read a decision comes out the same, word for word', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  let used = 0;
  fc.assert(
    fc.property(anyDirectory, anyCall, instant, (data, asked, at) => {
      const directory = compileDirectory(data);
      const { facts = given({}), ...plain } = asked;
      const call = withFacts(plain, directory, at, () => facts);
      const decision = resolve(directory, call, at, { trace: true });
      const kept = withFactsRead(call);
      if ((call.read ?? []).length > 0) used += 1;
      const again = resolve(directory, kept, at, { trace: true });
      return JSON.stringify(decision) === JSON.stringify(again);
    }),
    { numRuns: 250, seed },
  );
  t.ok(used > 20, `${used} decisions read facts`);
});

test('each fact that was read is found again, be they few or many', async (t) => {
  for (const people of [1, 200]) {
    const ids = Array.from({ length: people }, (_, index) => `u${index}`);
    const read = ids.flatMap(
      (id, calls): FactsRead => [
        { kind: 'presence', id, value: 'on-call' },
        { kind: 'callsInProgress', id, value: calls },
      ],
    );
    const call = {
      callId: 'c',
      from: { kind: 'anonymous' },
      to: { kind: 'extension', extension: '100' },
      read,
    } as const;
    const { facts } = withFactsRead(call);
    t.strictSame(
      ids.map((id) => facts?.callsInProgress(id)),
      [...ids.keys()],
    );
    t.equal(facts?.presence(`u${people - 1}`), 'on-call');
    t.equal(facts?.presence('nobody'), undefined);
    t.equal(facts?.lastAnswered('u0'), undefined);
  }
});
