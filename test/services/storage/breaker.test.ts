import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { BreakerOpenError, createBreaker, within } from '../../../services/storage/breaker.ts';

const fail = async (): Promise<never> => {
  throw new Error('frozen');
};

test('a store that failed is left alone, then tried by one request', async (t) => {
  let now = 1_000;
  const breaker = createBreaker({ now: () => now }, 500);
  t.equal(await breaker.run(async () => 'a'), 'a');
  t.notOk(breaker.isFailing());
  await t.rejects(breaker.run(fail), { message: 'frozen' });
  t.ok(breaker.isFailing());
  await t.rejects(
    breaker.run(async () => 'b'),
    BreakerOpenError,
  );
  now += 501;
  const gate = Promise.withResolvers<string>();
  const probe = breaker.run(() => gate.promise);
  await t.rejects(
    breaker.run(async () => 'c'),
    BreakerOpenError,
    'while the first one is under way',
  );
  gate.resolve('back');
  t.equal(await probe, 'back');
  t.equal(await breaker.run(async () => 'd'), 'd');
  t.notOk(breaker.isFailing());
});

test('a probe that fails closes the way again', async (t) => {
  let now = 1_000;
  const breaker = createBreaker({ now: () => now }, 500);
  await t.rejects(breaker.run(fail));
  now += 501;
  await t.rejects(breaker.run(fail), { message: 'frozen' });
  await t.rejects(
    breaker.run(async () => 'x'),
    BreakerOpenError,
  );
});

test('an answer that does not come in time is a failure, also for many at once', async (t) => {
  const started = performance.now();
  const waits = Array.from({ length: 100 }, () => within(50, sleep(1_000, 'late', { ref: false })));
  const settled = await Promise.allSettled(waits);
  t.ok(settled.every((one) => one.status === 'rejected'));
  t.ok(performance.now() - started < 300);
  t.equal(await within(50, Promise.resolve('in time')), 'in time');
});
