import fc from 'fast-check';
import { test } from 'tap';
import { buildRecent } from '../../../../services/routing/calls/recent.ts';

const LIFE = 1_000;

test('a text is given back as it was set, until its time is over', async (t) => {
  const recent = buildRecent({ places: 64, bytes: 64 * 1024 }, LIFE);
  t.equal(recent.get('a', 0), undefined, 'nothing was ever set');
  recent.set('a', '<Say>Grüß Gott, 你好 😀</Say>', 0);
  recent.set('b', '', 0);
  t.equal(recent.get('a', LIFE - 1), '<Say>Grüß Gott, 你好 😀</Say>');
  t.equal(recent.get('b', 0), '');
  t.equal(recent.get('a', LIFE), undefined);
  recent.set('a', 'new', LIFE);
  t.equal(recent.get('a', LIFE), 'new');
});

test('what is too long is not kept, and takes the place of nothing', async (t) => {
  const recent = buildRecent({ places: 8, bytes: 4_096 }, LIFE);
  recent.set('a', 'kept', 0);
  recent.set('b', 'x'.repeat(4_000), 0);
  t.equal(recent.get('b', 0), undefined);
  t.equal(recent.get('a', 0), 'kept');
});

test('what is found is what was set last for the key, whatever was set and overwritten in between', async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  t.comment(`seed ${seed}`);
  const keys = fc.integer({ min: 0, max: 60 }).map((key) => `call:${key}`);
  const texts = fc.oneof(
    fc.string({ maxLength: 300, size: 'max' }),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
  );
  let [found, lost] = [0, 0];
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, texts), { minLength: 20, maxLength: 120, size: 'max' }), (sets) => {
      const recent = buildRecent({ places: 32, bytes: 8_192 }, LIFE);
      const last = new Map<string, string>();
      for (const [key, text] of sets) {
        const whole = text.toWellFormed();
        recent.set(key, whole, 0);
        last.set(key, whole);
        if (recent.get(key, 0) !== whole) throw new Error('what was just set is there');
        for (const [known, expected] of last) {
          const read = recent.get(known, 0);
          if (read === undefined) lost += 1;
          else found += 1;
          if (read !== undefined && read !== expected) throw new Error(`${known} has another's text`);
        }
      }
    }),
    { seed, numRuns: 50 },
  );
  t.ok(found > lost && lost > 0, `${found} found, ${lost} overwritten`);
});
