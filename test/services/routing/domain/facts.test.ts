import fc from 'fast-check';
import { test } from 'tap';
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
