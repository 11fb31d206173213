import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import { buildSecretBox } from '../../../../services/routing/calls/secret-box.ts';

const oldKey = 'an old key of the house, 32 characters and more';
const newKey = 'a new key of the house, 32 characters and more!';

test('a stored secret comes back with its context, and looks different each time', async (t) => {
  const box = buildSecretBox([newKey], randomBytes);
  const sealed = box.encrypt('auth token ü', 'twilio:AC1');
  t.equal(box.decrypt(sealed, 'twilio:AC1'), 'auth token ü');
  t.notMatch(sealed, /auth token/);
  t.not(box.encrypt('auth token ü', 'twilio:AC1'), sealed);
});

test('a stored secret cannot be moved to another row, nor read with another key', async (t) => {
  const sealed = buildSecretBox([newKey], randomBytes).encrypt('secret', 'twilio:AC1');
  t.equal(buildSecretBox([newKey], randomBytes).decrypt(sealed, 'twilio:AC2'), undefined);
  t.equal(buildSecretBox([oldKey], randomBytes).decrypt(sealed, 'twilio:AC1'), undefined);
  t.equal(buildSecretBox([newKey], randomBytes).decrypt('in plain text', 'twilio:AC1'), undefined);
  t.equal(buildSecretBox([newKey], randomBytes).decrypt('v1.', 'twilio:AC1'), undefined);
});

test('during rotation the new key seals and both open', async (t) => {
  const before = buildSecretBox([oldKey], randomBytes);
  const during = buildSecretBox([newKey, oldKey], randomBytes);
  const after = buildSecretBox([newKey], randomBytes);
  const content = Buffer.from('steps still to come');
  t.equal(during.decrypt(before.encrypt('secret', 'c'), 'c'), 'secret');
  t.same(during.open(before.seal(content)), content);
  t.same(after.open(during.seal(content)), content);
  t.equal(after.open(before.seal(content)), undefined);
});

test('the same content is sealed into the same text, another content into another', async (t) => {
  const box = buildSecretBox([newKey], randomBytes);
  const sealed = box.seal(Buffer.from('steps still to come'));
  t.equal(sealed, buildSecretBox([newKey], randomBytes).seal(Buffer.from('steps still to come')));
  t.not(sealed.slice(0, 20), box.seal(Buffer.from('steps still to comf')).slice(0, 20));
});

test('a sealed content is not a stored secret, though the key is the same', async (t) => {
  const box = buildSecretBox([newKey], randomBytes);
  const sealed = box.seal(Buffer.from('content'));
  t.equal(box.decrypt(`v1.${sealed}`, ''), undefined);
});

test('a key that is too short, or none, is refused', async (t) => {
  t.throws(() => buildSecretBox(['short'], randomBytes), /at least 32/);
  t.throws(() => buildSecretBox([], randomBytes), /needs a key/);
});
