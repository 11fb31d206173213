import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'tap';
import { getExpectedTwilioSignature, validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { MAX_FORM_KEYS, parseForm } from '../../../plugins/twilio/form.ts';
import { buildQuickForm } from '../../../plugins/twilio/quick-form.ts';
import { isSigned, publicAddresses, SIGN_ROOM, sign } from '../../../plugins/twilio/verify.ts';
import { anyText } from '../../support/any-text.ts';
import { AUTH_TOKEN } from '../../support/twilio-office.ts';

const PUBLIC_URL = 'https://calls.example.com';
const seed = Math.floor(Math.random() * 2 ** 31);

/** What Twilio's own library takes for the parameters: one value, or a list where the name came more than once. */
function asParsed(body: string): Record<string, string | string[]> {
  const parsed: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(body)) {
    const before = parsed[name];
    parsed[name] = before === undefined ? value : [before, value].flat();
  }
  return parsed;
}

function accepts(
  rawUrl: string,
  body: string,
  signature: string,
  tokens = [AUTH_TOKEN],
  publicUrl = PUBLIC_URL,
) {
  const form = parseForm(body);
  if (form === undefined) return false;
  const addresses = publicAddresses(publicUrl);
  const thorough = isSigned(addresses, tokens, { rawUrl, parameters: form.signed, signature });
  const quick = buildQuickForm(addresses[0] ?? '', SIGN_ROOM);
  if (quick.read(Buffer.from(body), rawUrl) === undefined) return thorough;
  const quickly = { rawUrl, bytes: quick.signed(), parameters: 'other ones', signature };
  // With other parameters as text only the bytes can be what was signed; the second address is tried by its text.
  const isSame =
    isSigned(addresses.slice(0, 1), tokens, quickly) ===
    isSigned(addresses.slice(0, 1), tokens, {
      rawUrl,
      parameters: form.signed,
      signature,
    });
  if (!isSame) throw new Error(`the quick way differs: ${rawUrl} ${body}`);
  return thorough;
}

test('the published vector is signed as published', async (t) => {
  const body =
    'CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212';
  const signature = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
  t.ok(accepts('/myapp.php?foo=1&bar=2', body, signature, ['12345'], 'https://mycompany.com'));
  t.notOk(accepts('/myapp.php?foo=1&bar=3', body, signature, ['12345'], 'https://mycompany.com'));
  t.notOk(accepts('/myapp.php?foo=1&bar=2', body, signature, ['12346'], 'https://mycompany.com'));
  t.notOk(accepts('/myapp.php?foo=1&bar=2', body, '', ['12345'], 'https://mycompany.com'));
});

test('the address counts with and without its port, both tokens count during rotation', async (t) => {
  const body = 'CallSid=CA1';
  const signedFor = (url: string, token = AUTH_TOKEN) =>
    getExpectedTwilioSignature(token, url, { CallSid: 'CA1' });
  const check = (publicUrl: string, url: string, ok: boolean) =>
    t.equal(
      accepts('/twilio/voice', body, signedFor(url), [AUTH_TOKEN], publicUrl),
      ok,
      `${publicUrl} ${url}`,
    );
  check('https://a.example', 'https://a.example/twilio/voice', true);
  check('https://a.example', 'https://a.example:443/twilio/voice', true);
  check('https://a.example', 'https://a.example:8443/twilio/voice', false);
  check('https://a.example:8443', 'https://a.example:8443/twilio/voice', true);
  check('https://a.example:8443', 'https://a.example/twilio/voice', true);
  check('http://a.example/below', 'http://a.example:80/below/twilio/voice', true);
  check('http://[::1]:3000', 'http://[::1]/twilio/voice', true);
  check('http://[::1]', 'http://[::1]:80/twilio/voice', true);
  check('https://a.example', 'http://a.example/twilio/voice', false);
  const rotated = signedFor('https://calls.example.com/twilio/voice', 'f'.repeat(32));
  t.ok(accepts('/twilio/voice', body, rotated, [AUTH_TOKEN, 'f'.repeat(32)]));
  t.notOk(accepts('/twilio/voice', body, rotated, [AUTH_TOKEN]));
  t.notOk(accepts('/twilio/voice', body, rotated, []));
});

test('every token signs as the library does, strange ones too', async (t) => {
  for (const token of ['12345', 'f'.repeat(64), 'f'.repeat(65), 'schlüssel', '']) {
    t.equal(
      sign(token, 'https://a.example/é'),
      getExpectedTwilioSignature(token, 'https://a.example/é', {}),
      token,
    );
  }
});

const words = fc.oneof(
  fc.string({ maxLength: 12 }),
  anyText({ maxLength: 12 }),
  fc.constantFrom(
    '',
    ' ',
    '+',
    '%',
    '&',
    '=',
    '__proto__',
    'constructor',
    'CallSid',
    'From',
    'é',
    '😀',
    '\u0000',
  ),
);
/** Its own arbitrary in the library takes a second and more to be made. */
const paths = fc
  .array(
    fc.oneof(
      words.map((word) => encodeURIComponent(word.toWellFormed())),
      fc.constantFrom("!$&'()*+,;=:@~", '.'),
    ),
  )
  .map((segments) => ['', ...segments].join('/'));
const pairs = fc.array(fc.tuple(words, words), { maxLength: 40 });
/** As a form would be sent: in any order, escapes in capitals or not, spaces as `+` or `%20`. */
const bodies = fc.tuple(pairs, fc.boolean(), fc.boolean()).map(([list, plus, small]) => {
  const encode = (text: string): string => {
    const encoded = encodeURIComponent(text.toWellFormed());
    const spaced = plus ? encoded.replaceAll('%20', '+') : encoded;
    return small ? spaced.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase()) : spaced;
  };
  return list.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
});

test('what Twilio signs is accepted, in the same cases as by its own library', async (t) => {
  t.comment(`seed ${seed}`);
  fc.assert(
    fc.property(bodies, paths, (body, path) => {
      const url = `${PUBLIC_URL}${path}`;
      const parameters = asParsed(body);
      const signature = getExpectedTwilioSignature(AUTH_TOKEN, url, parameters);
      return validateRequest(AUTH_TOKEN, signature, url, parameters) && accepts(path, body, signature);
    }),
    { numRuns: 1000, seed },
  );
  t.pass('1,000 forms');
});

test('what the library refuses is refused: changed, forged, or with broken escapes', async (t) => {
  t.comment(`seed ${seed}`);
  const changes = fc.constantFrom<(body: string) => string>(
    (body) => `${body}&x=1`,
    (body) => body.slice(1),
    (body) => body.replace('=', '=%zz'),
    (body) => body.replace('=', '=%'),
    (body) => body.replace('=', '=%C3'),
    (body) => body.split('').reverse().join(''),
    (body) => `${body}&${body}0`,
  );
  let accepted = 0;
  fc.assert(
    fc.property(bodies, changes, fc.base64String({ minLength: 28, maxLength: 28 }), (body, change, guess) => {
      const signature = getExpectedTwilioSignature(AUTH_TOKEN, `${PUBLIC_URL}/twilio/voice`, asParsed(body));
      const changed = change(body);
      const ours = accepts('/twilio/voice', changed, signature);
      const theirs = validateRequest(AUTH_TOKEN, signature, `${PUBLIC_URL}/twilio/voice`, asParsed(changed));
      if (ours) accepted += 1;
      // Ours may be stricter (a broken escape), never looser.
      return (theirs || !ours) && !accepts('/twilio/voice', body, guess);
    }),
    { numRuns: 1000, seed },
  );
  t.comment(`${accepted} of 1,000 changes changed nothing that is signed`);
  t.pass('never looser than the library');
});

test('repeated names are told apart, unknown ones are signed and not kept', async (t) => {
  const form = parseForm('To=%2B1&CallSid=CA1&CallSid=CA2&CallSid=CA1&New=x&__proto__=y&From=&Digits');
  t.equal(form?.signed, 'CallSidCA1CallSidCA2DigitsFromNewxTo+1__proto__y');
  t.strictSame([...(form?.repeated ?? [])], ['CallSid']);
  const kept = Object.entries(form?.fields ?? {}).filter(([, value]) => value !== undefined);
  t.strictSame(Object.fromEntries(kept), { CallSid: 'CA1', Digits: '', From: '', To: '+1' });
  t.equal(Object.getPrototypeOf(form?.fields), Object.prototype, 'no name reaches the prototype');
});

test('64 parameters are read, 65 are not', async (t) => {
  const body = (count: number) => Array.from({ length: count }, (_, index) => `p${index}=1`).join('&');
  t.ok(parseForm(body(MAX_FORM_KEYS)));
  t.equal(parseForm(body(MAX_FORM_KEYS + 1)), undefined);
  t.equal(parseForm(''.padStart(16_000, '&'))?.signed, '');
});

/** Nearly what Twilio sends: sorted, mostly ASCII, now and then with something that is not. */
const usualBodies = fc
  .tuple(
    fc.array(fc.constantFrom('AccountSid', 'CallSid', 'Called', 'From', 'FromCity', 'New', 'To', 'Tod', ''), {
      maxLength: 9,
    }),
    fc.array(fc.oneof(words, fc.constantFrom('+34911234567', 'a b', 'x=y&z')), {
      minLength: 9,
      maxLength: 9,
    }),
    fc.constantFrom('', '&', '&&', '=', '&=&', '&To', '%', '&Zz=%4', '&Zz=%+1', '&Zz=%C3%A9', 'é'),
    fc.boolean(),
  )
  .map(([names, values, more, sorted]) => {
    const inOrder = sorted ? [...new Set(names)].sort() : names;
    const form = new URLSearchParams(inOrder.map((name, at) => [name, values[at]?.toWellFormed() ?? '']));
    return form.toString() + more;
  });

test('the quick way reads what it takes as the thorough one, and takes what Twilio mostly sends', async (t) => {
  t.comment(`seed ${seed}`);
  const quick = buildQuickForm(PUBLIC_URL, SIGN_ROOM);
  let taken = 0;
  fc.assert(
    fc.property(
      fc.oneof(usualBodies, bodies),
      fc.constantFrom('/twilio/voice', '/twilio/leg?u=ä'),
      (body, url) => {
        const read = quick.read(Buffer.from(body), url);
        if (read === undefined) return;
        taken += 1;
        const form = parseForm(body);
        deepEqual({ ...read, names: read.names() }, { ...form, names: form?.names() });
        equal(quick.signed().toString('utf8', SIGN_ROOM), `${PUBLIC_URL}${url}${form?.signed}`);
      },
    ),
    { numRuns: 1500, seed },
  );
  t.comment(`${taken} of 1,500 forms were read quickly`);
  t.ok(taken > 100);
});
