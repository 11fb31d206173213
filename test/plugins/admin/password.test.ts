import { test } from 'tap';
import { hashPassword, passwordRefusal, verifyPassword } from '../../../plugins/admin/sessions/password.ts';

test('a password is refused for its length or because it is tried first, and for nothing else', async (t) => {
  const refused = [
    'fourteen chars',
    'x'.repeat(257),
    'passwordpassword',
    'Password-Password 1',
    'aaaaaaaaaaaaaaaaa',
    'abcabcabcabcabcabc',
    '123456789012345',
    'qwertyuiopasdfghjkl',
    'ana.ruiz@example.com',
  ];
  for (const password of refused)
    t.type(passwordRefusal(password, ['Ana.Ruiz@example.com']), 'string', password);
  const fine = [
    'fifteen letters',
    'all lower case words',
    '🐴🐴🔋 staple is here',
    `${'x7'.repeat(6)} not so`,
  ];
  for (const password of fine) t.equal(passwordRefusal(password, ['ana']), undefined, password);
});

test('argon2id with 19 MiB, salted; composed and decomposed accents are one password', async (t) => {
  const stored = await hashPassword('contraseña muy larga');
  t.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  t.not(stored, await hashPassword('contraseña muy larga'));
  t.ok(await verifyPassword(stored, 'contraseña muy larga'.normalize('NFD')));
  t.notOk(await verifyPassword(stored, 'contrasena muy larga'));
});

test('nobody and somebody without a password are refused after the same work', async (t) => {
  t.notOk(await verifyPassword(undefined, 'the password of nobody at all'));
  t.notOk(await verifyPassword(null, 'the password of nobody at all'));
});
