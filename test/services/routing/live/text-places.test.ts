import fc from 'fast-check';
import { test } from 'tap';
import { buildTextHash } from '../../../../services/routing/calls/text-hash.ts';
import { NONE } from '../../../../services/routing/live/columns.ts';
import { createTextPlaces } from '../../../../services/routing/live/text-places.ts';

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
const textHash = buildTextHash();

/** Texts whose hashes are the same: found by looking through enough of them. */
function collisions(): readonly string[] {
  const seen = new Map<number, string>();
  for (let id = 0; ; id += 1) {
    const hash = textHash(`call-${id}`);
    const other = seen.get(hash);
    if (other !== undefined) return [other, `call-${id}`];
    seen.set(hash, `call-${id}`);
  }
}

test('a text has its place until that is freed, also where two have one hash, are long, or are in any script', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  const many = Array.from({ length: 150 }, (_, id) => `CA${id}`);
  const special = ['', 'a', 'y'.repeat(40), 'y'.repeat(41), 'y'.repeat(255), 'ñandú', 'звонок', '☎'];
  const texts = fc.constantFrom(...special, ...collisions(), ...many);
  const acts = fc.array(fc.tuple(fc.constantFrom('take', 'take', 'free'), texts), { maxLength: 400 });
  fc.assert(
    fc.property(acts, (list) => {
      const places = createTextPlaces();
      const map = new Map<string, number>();
      for (const [act, text] of list) {
        const place = places.find(text);
        if (place !== (map.get(text) ?? NONE)) return false;
        if (act === 'take' && place === NONE) map.set(text, places.take(text));
        if (act === 'free' && place !== NONE) {
          places.free(place);
          map.delete(text);
        }
      }
      const taken = [...map.values()];
      return (
        new Set(taken).size === taken.length &&
        taken.every((place) => place < places.capacity) &&
        [...map].every(([text, place]) => places.textAt(place) === text && places.find(text) === place)
      );
    }),
    { seed, numRuns: 300 },
  );
  t.pass('no counterexample');
});

test('places that were freed are taken again, so that columns grow only with what is there at once', async (t) => {
  const places = createTextPlaces();
  const before = places.capacity;
  for (let round = 0; round < 1_000; round += 1) {
    const taken = Array.from({ length: before }, (_, id) => places.take(`${round} ${id}`));
    for (const place of taken) places.free(place);
  }
  t.equal(places.capacity, before);
  for (let id = 0; id <= before; id += 1) places.take(`more ${id}`);
  t.equal(places.capacity, before * 2);
});
