import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { afterTheStart, type LifeCycle } from '../../../../services/routing/live/life-cycle.ts';

function noted(): { readonly part: LifeCycle; readonly calls: readonly string[] } {
  const calls: string[] = [];
  const part = {
    start: () => void calls.push('start'),
    close: async () => void calls.push('close'),
  };
  return { part, calls };
}

test('what begins after the start begins a moment later, once', async (t) => {
  const { part, calls } = noted();
  const late = afterTheStart(part, 10);
  late.start();
  late.start();
  t.same(calls, []);
  await sleep(50);
  t.same(calls, ['start']);
  await late.close();
  t.same(calls, ['start', 'close']);
});

test('what was closed before its time never begins', async (t) => {
  const { part, calls } = noted();
  const late = afterTheStart(part, 10);
  late.start();
  await late.close();
  await sleep(50);
  t.same(calls, ['close']);
});
