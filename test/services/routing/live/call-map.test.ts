import fc from 'fast-check';
import { test } from 'tap';
import { buildTextHash } from '../../../../services/routing/calls/text-hash.ts';
import { createCallMap } from '../../../../services/routing/live/call-map.ts';

const textHash = buildTextHash();

/** Ids whose hashes are the same: found by looking through enough of them. */
function collisions(): readonly string[] {
  const seen = new Map<number, string>();
  for (let id = 0; ; id += 1) {
    const hash = textHash(`call-${id}`) >>> 1;
    const other = seen.get(hash);
    if (other !== undefined) return [other, `call-${id}`];
    seen.set(hash, `call-${id}`);
  }
}

test('calls are found by their id as in any map, also where two ids have one hash', async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  t.comment(`seed ${seed}`);
  const ids = fc.constantFrom('', 'a', 'b', 'CA0', ...collisions());
  const acts = fc.array(fc.tuple(fc.constantFrom('set', 'delete', 'get'), ids), { maxLength: 60 });
  fc.assert(
    fc.property(acts, (list) => {
      const calls = createCallMap<number>();
      const map = new Map<string, number>();
      for (const [at, [act, id]] of list.entries()) {
        if (act === 'set') {
          calls.set(id, at);
          map.set(id, at);
        } else if (act === 'delete') {
          calls.delete(id);
          map.delete(id);
        } else if (calls.get(id) !== map.get(id)) return false;
      }
      const all = Object.fromEntries(calls.entries());
      const same = [...map].every(([id, value]) => all[id] === value);
      return same && calls.size === map.size && Object.keys(all).length === map.size;
    }),
    { seed, numRuns: 1000 },
  );
  t.pass('1,000 histories');
});

test('calls come in the order in which they were set, and may go while they are walked through', async (t) => {
  const calls = createCallMap<number>();
  for (let id = 0; id < 100; id += 1) calls.set(`call-${id}`, id);
  const walked: number[] = [];
  for (const [id, value] of calls.entries()) {
    walked.push(value);
    calls.delete(id);
  }
  t.strictSame(
    walked,
    Array.from({ length: 100 }, (_, id) => id),
  );
  t.equal(calls.size, 0);
});
