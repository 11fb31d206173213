import { test } from 'tap';
import { buildQueryReader } from '../../../services/routing/query-types.ts';

const schema = {
  type: 'object',
  properties: {
    limit: { type: 'integer' },
    score: { type: 'number' },
    dryRun: { type: 'boolean' },
    tag: { type: 'array', items: { type: 'string' } },
    q: { type: 'string' },
  },
};

test('text of a query becomes what its schema says, in one spelling each', async (t) => {
  const read = buildQueryReader(schema);
  const check = (query: Readonly<Record<string, unknown>>, expected: object): void => {
    t.strictSame(read?.(query), expected, JSON.stringify(query));
  };
  check({ limit: '25' }, { limit: 25 });
  check({ limit: '-3' }, { limit: -3 });
  check({ score: '0.5' }, { score: 0.5 });
  check({ dryRun: 'true' }, { dryRun: true });
  check({ dryRun: 'false' }, { dryRun: false });
  check({ tag: 'a' }, { tag: ['a'] });
  check({ tag: ['a', 'b'] }, { tag: ['a', 'b'] });
  check({ q: '25' }, { q: '25' });
  for (const limit of ['+25', ' 25', '025', '0x19', '2e1', '', '1.', 'NaN', '9999999999999999']) {
    check({ limit }, { limit });
  }
  for (const dryRun of ['1', 'yes', 'TRUE', '']) check({ dryRun }, { dryRun });
  check({ limit: ['1', '2'] }, { limit: ['1', '2'] });
});

test('a schema with nothing to convert needs no reader', async (t) => {
  t.equal(buildQueryReader(undefined), undefined);
  t.equal(buildQueryReader({ type: 'object', properties: { q: { type: 'string' } } }), undefined);
});
