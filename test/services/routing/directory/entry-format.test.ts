import { test } from 'tap';
import {
  decodeEntry,
  encodeEntry,
  versionOfEntry,
} from '../../../../services/routing/directory/entry-format.ts';
import { directoryData, user } from '../../../support/directory.ts';

const seal = { keys: ['the key of the house, 32 characters long'] };
const data = { ...directoryData({ users: [user('Ana')] }), version: 7 };
const id = data.organization.id;

test('what was sealed comes back as it was', async (t) => {
  const text = encodeEntry(data, seal);
  t.strictSame(decodeEntry(text, id, seal), JSON.parse(JSON.stringify(data)));
  t.equal(versionOfEntry(text), 7);
});

test('an entry that is not exactly what was sealed is none', async (t) => {
  const text = encodeEntry(data, seal);
  const check = (title: string, damaged: string): void => {
    t.equal(decodeEntry(damaged, id, seal), undefined, title);
  };
  check('nothing', '');
  check('no JSON', 'hello');
  check('cut off', text.slice(0, -1));
  check('a name changed', text.replace('Ana', 'Eve'));
  check('a version raised in the head', text.replace('"version":7', '"version":8'));
  check('another format', text.replace('"format":1', '"format":2'));
  check('a body of something else', `${text.split('\n')[0]}\n{"format":1}`);
  check('no seal', text.replace(/"seal":"[^"]+"/, '"seal":""'));
  t.equal(decodeEntry(text, '019aa000-0000-7000-8000-000000000000', seal), undefined, 'another organization');
  t.equal(decodeEntry(text, id, { keys: ['somebody else, also 32 characters'] }), undefined, 'another key');
});

test('while the key is changed, entries of the old one are still good', async (t) => {
  const text = encodeEntry(data, seal);
  const rotated = { keys: ['a new key, which is 32 characters too', ...seal.keys] };
  t.ok(decodeEntry(text, id, rotated));
});
