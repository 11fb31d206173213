import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import { buildNewId } from '../../../services/routing/ids.ts';

test('ids are UUIDv7 and sort in the order in which they were made, also when the clock steps back', async (t) => {
  let now = 1_700_000_000_000;
  const newId = buildNewId({ now: () => now }, randomBytes);
  const made: string[] = [];
  for (let turn = 0; turn < 20_000; turn += 1) {
    if (turn === 5_000) now += 10;
    if (turn === 10_000) now -= 60_000;
    made.push(newId());
  }
  t.ok(made.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)));
  t.strictSame(made, [...made].sort());
  t.equal(new Set(made).size, made.length);
  t.equal(made[0]?.slice(0, 13), '018bcfe5-6800');
});
