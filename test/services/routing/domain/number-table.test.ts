import fc from 'fast-check';
import { test } from 'tap';
import { createNumberTable } from '../../../../services/routing/domain/number-table.ts';

test('a table of numbers answers as a map of their texts does, whatever the texts are', async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  t.comment(`seed ${seed}`);
  const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 16 });
  const numbers = digits.map((list) => `+${list.join('')}`);
  const near = fc.integer({ min: 0, max: 300 }).map((last) => `+34911234${String(last).padStart(3, '0')}`);
  const texts = fc.oneof(
    near,
    numbers,
    fc.string({ maxLength: 8 }),
    fc.constantFrom('', '+', '+0', '+00', '0', '+01'),
  );
  fc.assert(
    fc.property(
      fc.array(texts, { size: 'max', maxLength: 400 }),
      fc.nat({ max: 50 }),
      texts,
      (list, expected, other) => {
        const table = createNumberTable<number>(expected);
        const map = new Map<string, number>();
        for (const [value, text] of list.entries()) {
          table.set(text, value);
          map.set(text, value);
        }
        const isSame = (text: string) =>
          table.get(text) === map.get(text) && table.has(text) === map.has(text);
        return table.size === map.size && list.every(isSame) && isSame(other) && isSame(`${other}0`);
      },
    ),
    { seed, numRuns: 300 },
  );
  t.pass('300 tables');
});

test('numbers of one block do not crowd each other', async (t) => {
  const table = createNumberTable<number>(100_000);
  const numberOf = (index: number) => `+1415${String(5_000_000 + index)}`;
  for (let index = 0; index < 100_000; index += 1) table.set(numberOf(index), index);
  const begin = performance.now();
  let wrong = 0;
  for (let index = 0; index < 100_000; index += 1) if (table.get(numberOf(index)) !== index) wrong += 1;
  t.equal(wrong, 0);
  t.ok(performance.now() - begin < 2_000, 'a crowded table would take minutes');
});
