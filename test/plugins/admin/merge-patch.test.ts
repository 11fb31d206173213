import { type Test, test } from 'tap';
import { Type } from 'typebox';
import { mergePatch, nullable, patchSchema, withNulls } from '../../../plugins/admin/merge-patch.ts';

/** The examples of RFC 7396, appendix A. */
const rfc: readonly (readonly [original: string, patch: string, result: string])[] = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', 'null', 'null'],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
];

for (const [original, patch, result] of rfc) check(`${original} with ${patch}`, { original, patch, result });

check('a target of another type drops what belonged to the former one', {
  original: '{"t":{"type":"external","number":"+14155550100"}}',
  patch: '{"t":{"type":"user","id":"u"}}',
  result: '{"t":{"type":"user","id":"u"}}',
});
check('a target of the same type keeps what is not sent', {
  original: '{"t":{"type":"announcement","text":"a"}}',
  patch: '{"t":{"type":"announcement"}}',
  result: '{"t":{"type":"announcement","text":"a"}}',
});
check('a rule that no longer forwards drops its target and keeps its causes', {
  original: '{"r":{"action":"forward","target":{"type":"hangup"},"causes":{"busy":{"action":"none"}}}}',
  patch: '{"r":{"action":"voicemail"}}',
  result: '{"r":{"causes":{"busy":{"action":"none"}},"action":"voicemail"}}',
});

function check(
  title: string,
  { original, patch, result }: Readonly<Record<'original' | 'patch' | 'result', string>>,
): void {
  test(title, async (t: Test) => {
    const target: unknown = JSON.parse(original);
    t.same(mergePatch(target, JSON.parse(patch)), JSON.parse(result));
    t.equal(JSON.stringify(target), original, 'the original is left alone');
  });
}

test('the schema of a patch takes null exactly where something can be taken away', async (t) => {
  const schema = Type.Object(
    { name: Type.String(), zone: nullable(Type.String()), note: Type.Optional(Type.String()) },
    { additionalProperties: false },
  );
  t.match(patchSchema(schema), {
    type: 'object',
    properties: {
      name: { type: 'string' },
      zone: { type: ['string', 'null'] },
      note: { type: ['string', 'null'] },
    },
    additionalProperties: false,
  });
  t.same(withNulls({ name: 'a' }, schema), { name: 'a', zone: null });
});
