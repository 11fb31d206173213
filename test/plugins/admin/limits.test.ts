import { test } from 'tap';
import { buildLimits } from '../../../plugins/admin/limits.ts';

test('a window counts, says how long to wait, and begins anew', async (t) => {
  const limits = buildLimits();
  const take = (instant: number) => limits.take('a', 2, 10_000, instant);
  t.same([take(0), take(1), take(2), take(8_500)], [0, 0, 10, 2]);
  t.equal(limits.take('b', 2, 10_000, 2), 0, 'another key has a window of its own');
  t.equal(take(10_000), 0, 'the window has ended');
});

test('looking does not count; what is given back or forgotten was never there', async (t) => {
  const limits = buildLimits();
  t.equal(limits.peek('a', 1, 0), 0);
  limits.take('a', 1, 10_000, 0);
  t.equal(limits.peek('a', 1, 4_000), 6);
  limits.giveBack('a');
  t.equal(limits.peek('a', 1, 4_000), 0);
  limits.take('a', 1, 10_000, 4_000);
  limits.forget('a');
  t.equal(limits.peek('a', 1, 4_000), 0);
});

test('a flood of keys pushes out the oldest windows and nothing else', async (t) => {
  const limits = buildLimits(100);
  for (let key = 0; key < 10_000; key += 1) limits.take(String(key), 1, 10_000, 0);
  t.equal(limits.peek('0', 1, 0), 0);
  t.equal(limits.peek('9999', 1, 0), 10);
});
