import fc from 'fast-check';
import { test } from 'tap';
import { compileDirectory } from '../../../../services/routing/domain/directory.ts';
import { explainForHistory, traceForHistory } from '../../../../services/routing/domain/history.ts';
import { keepTrace, readKeptTrace } from '../../../../services/routing/domain/kept-trace.ts';
import { resolve } from '../../../../services/routing/domain/resolve.ts';
import { anyCall, anyDirectory, instant } from '../../../support/directory-arbitrary.ts';

/** Reasons in the form in which they are kept. */

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));

test('what was kept is read as it was, for every call to every office', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  const lengths = { plain: 0, kept: 0 };
  fc.assert(
    fc.property(anyDirectory, anyCall, instant, (data, call, at) => {
      const office = compileDirectory(data);
      const { trace } = resolve(office, call, at, { trace: true });
      for (const reasons of [
        explainForHistory(office, call, at).trace,
        traceForHistory(trace, call.from, office),
        trace,
      ]) {
        const document = JSON.stringify(keepTrace(reasons));
        const plain = JSON.stringify(reasons);
        lengths.plain += plain.length;
        lengths.kept += document.length;
        if (JSON.stringify(sorted(readKeptTrace(JSON.parse(document)))) !== JSON.stringify(sorted(reasons)))
          throw new Error(`${plain} was kept as ${document}`);
      }
    }),
    { seed, numRuns: 150 },
  );
  t.ok(lengths.kept < 0.65 * lengths.plain, `${lengths.kept} of ${lengths.plain} bytes`);
});

test('reasons that a release before this one kept are read too', async (t) => {
  const subject = { type: 'user', id: 'u-1', name: '{user:u-1}' };
  const plain = [{ rule: 'user.ring', subject, outcome: 'applied', because: '{user:u-1} is rung.' }];
  t.same(readKeptTrace(plain), plain);
  t.same(readKeptTrace(undefined), []);
});

function sorted(reasons: readonly unknown[]): unknown {
  return reasons.map((reason) => Object.entries(Object(reason)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
