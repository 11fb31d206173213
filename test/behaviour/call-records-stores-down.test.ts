import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import {
  caller,
  expected,
  hireCallee,
  makeCalls,
  metricsOf,
  spilledBy,
  spillOf,
  waitForCalls,
} from '../support/outage-calls.ts';
import { loneService } from '../support/replicas.ts';

/**
 * Calls while Postgres does not answer: none waits for its record, and no record is lost or there twice. What a process
 * that ends meanwhile leaves behind: stores-down.test.ts.
 */

test('while Postgres is frozen no answer waits, and every record is there once when it is back', async (t) => {
  const { place, postgres } = await loneService();
  t.after(postgres.thaw);
  const service = await place.running();
  const callee = await hireCallee(service, 'records');
  const before = await waitForCalls(postgres.url, callee, 0);
  const inAll = (calls: number) => ({
    ...expected(calls),
    offeredInAll: before.offeredInAll + calls,
    handledInAll: before.handledInAll + calls,
  });
  await makeCalls(service, callee, 5);
  t.match(await waitForCalls(postgres.url, callee, 5), inAll(5));
  const spilledBefore = await spilledBy(service);
  await postgres.freeze();
  const slowest = await makeCalls(service, callee, 120);
  // Whoever waited for the store would wait for a second or more: so long it is asked for a connection.
  t.ok(slowest < 900, `the slowest of 240 answers took ${slowest.toFixed(1)} ms`);
  const spilled = await spillOf(place.dataDir);
  t.ok(spilled.length > 0, 'what cannot be written is on the disk');
  t.notMatch(spilled.join(), caller, 'where nobody can read who called whom');
  await postgres.thaw();
  const found = await waitForCalls(postgres.url, callee, 125);
  t.match(found, inAll(125));
  t.ok(found.reasons > 0, 'with the reasons of each');
  t.match(await metricsOf(service), /linefinder_call_records_dropped_total 0\n/);
  t.ok((await spilledBy(service)) > spilledBefore);
  const deadline = performance.now() + 5_000;
  while ((await spillOf(place.dataDir)).length > 0 && performance.now() < deadline) await sleep(50);
  t.same(await spillOf(place.dataDir), [], 'the disk is free again');
});
