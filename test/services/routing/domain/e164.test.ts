import fc from 'fast-check';
import { getCountries, getCountryCallingCode, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { test } from 'tap';
import type { Caller, Dialled } from '../../../../services/routing/domain/call.ts';
import {
  classifyNumber,
  forwardingRefusal,
  isCountry,
  parseCaller,
  parseDialled,
  parseNumber,
} from '../../../../services/routing/domain/e164.ts';
import { decide, directory, MAIN, number, queue, SORRY, toUser, user } from '../../../support/directory.ts';

/** Identity: one spelling of a number, who is anonymous, who is internal, and where calls may be forwarded. */

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));

const spellings: ReadonlyArray<
  readonly [why: string, input: string, country: string, e164: string | undefined]
> = [
  ['E.164 as it is', '+34911234567', 'US', '+34911234567'],
  ['the national form with the country of the organization', '911 23 45 67', 'ES', '+34911234567'],
  ['the national form with its prefix', '020 7946 0018', 'GB', '+442079460018'],
  ['the national form with punctuation', '(415) 555-0100', 'US', '+14155550100'],
  ['the national form with a leading 1', '1 415 555 0100', 'US', '+14155550100'],
  ['a missing plus', '34911234567', 'US', '+34911234567'],
  ['a missing plus at home', '34911234567', 'ES', '+34911234567'],
  ['the 00 prefix', '0034 911 23 45 67', 'US', '+34911234567'],
  ['the 00 prefix at home', '0034911234567', 'ES', '+34911234567'],
  ['the prefix of the own country for abroad', '011 34 911234567', 'US', '+34911234567'],
  ['spaces around and within', '  +34 911 23 45 67 ', 'US', '+34911234567'],
  ['non-breaking spaces', '+34\u00a0911\u202f234567', 'US', '+34911234567'],
  ['dots, slashes and dashes', '+34-911.23/45-67', 'US', '+34911234567'],
  ['a national prefix in brackets', '+44 (0)20 7946 0018', 'US', '+442079460018'],
  ['a national prefix left in', '+4402079460018', 'US', '+442079460018'],
  ['a leading zero that belongs to the number', '06 1234567', 'IT', '+39061234567'],
  ['a lost plus that a form turned into a space', ' 14155550100', 'US', '+14155550100'],
  ['no country that is known', '+34911234567', 'ZZ', '+34911234567'],
  ['an emergency number', '112', 'ES', undefined],
  ['an emergency number in America', '911', 'US', undefined],
  ['letters', '1-800-FLOWERS', 'US', undefined],
  ['an extension behind it', '+14155550100x5', 'US', undefined],
  ['nothing', '', 'US', undefined],
  ['a lone plus', '+', 'US', undefined],
  ['a country code alone', '+34', 'US', undefined],
  ['a country code that does not exist', '+999123456789', 'US', undefined],
  ['plus and 00 together', '+0034911234567', 'US', undefined],
  ['digits of another script', '٩١١٢٣٤٥٦٧', 'ES', undefined],
  ['something far too long', '+1415555010'.padEnd(60, '0'), 'US', undefined],
  ['SQL', "+34911234567'; drop", 'US', undefined],
];
for (const [why, input, country, e164] of spellings) {
  test(`a number is read from ${why}`, async (t) => {
    t.equal(parseNumber(input, country), e164);
  });
}

test('every country: its example number is one number in all of its spellings, and calls from it are one caller', async (t) => {
  const own = directory({});
  for (const country of getCountries()) {
    const example = getExampleNumber(country, examples);
    if (example === undefined) continue;
    const e164 = example.number;
    const code = getCountryCallingCode(country);
    const spelled = [e164, e164.slice(1), `00${e164.slice(1)}`, example.formatInternational()];
    t.ok(isCountry(country));
    for (const text of spelled) t.equal(parseNumber(text, country), e164, `${country} ${text}`);
    t.equal(parseNumber(example.formatNational(), country), e164, `${country} national`);
    t.strictSame(parseCaller(e164, own), { kind: 'number', number: e164 }, `${country} caller`);
    t.strictSame(parseDialled(e164, own), { kind: 'number', number: e164 }, `${country} dialled`);
    const withPrefix = `+${code}0${e164.slice(code.length + 1)}`;
    const read = parseNumber(withPrefix, country);
    if (read === e164 && withPrefix.length <= 16) {
      t.strictSame(
        parseCaller(withPrefix, own),
        { kind: 'number', number: e164 },
        `${country} ${withPrefix}`,
      );
      t.strictSame(parseDialled(withPrefix, own), { kind: 'number', number: e164 });
    }
  }
});

test('whatever is sent, what comes back is E.164, and reading it again changes nothing', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 2, maxLength: 15 });
  const prefix = fc.constantFrom(
    '',
    '+',
    '00',
    '+1',
    '+34',
    '+44',
    '+49',
    '+7',
    '+52',
    '+54',
    '+39',
    '+36',
    '+375',
  );
  const country = fc.constantFrom('US', 'ES', 'GB', 'DE', 'IT', 'RU', 'MX', 'AR', 'HU', 'BY');
  fc.assert(
    fc.property(prefix, digits, country, (start, rest, home) => {
      const read = parseNumber(start + rest, home);
      if (read === undefined) return;
      if (!/^\+[1-9][0-9]{4,14}$/.test(read)) throw new Error(`${read} is no E.164`);
      const again = parseNumber(read, home);
      if (again !== read) throw new Error(`${start}${rest} in ${home}: ${read}, then ${again}`);
      const own = directory({ organization: { defaultCountry: home } });
      const caller = parseCaller(read, own);
      if (caller.kind !== 'number' || caller.number !== read) {
        throw new Error(`${read} is another caller: ${JSON.stringify(caller)}`);
      }
    }),
    { seed, numRuns: 750 },
  );
  t.pass('no counterexample');
});

const own = directory({
  users: [user('Ana', { extension: '101' }), user('Old', { extension: '103', status: 'deleted' })],
  queues: [queue('Sales', [], { extension: '2562533' })],
  numbers: [number(MAIN, { target: toUser('Ana') })],
});
const anonymous: Caller = { kind: 'anonymous' };

const callers: ReadonlyArray<readonly [why: string, raw: string, caller: Caller]> = [
  ['nothing', '', anonymous],
  ['spaces', '   ', anonymous],
  ['a text', 'anonymous', anonymous],
  ['a text in capitals', 'ANONYMOUS', anonymous],
  ['Restricted', 'Restricted', anonymous],
  ['unavailable', 'unavailable', anonymous],
  ['unknown', 'Unknown', anonymous],
  ['an address', 'anonymous@anonymous.invalid', anonymous],
  ['a SIP address', 'sip:anonymous@anonymous.invalid', anonymous],
  ['a SIP address with a name', '"Anonymous" <sip:anonymous@anonymous.invalid>', anonymous],
  ['a SIP address at another host', 'sip:anonymous@carrier.example', anonymous],
  ['a restricted SIP address', 'sip:Restricted@10.0.0.1', anonymous],
  ['the stand-in +266696687', '+266696687', anonymous],
  ['the stand-in 266696687', '266696687', anonymous],
  ['the stand-in +7378742833', '+7378742833', anonymous],
  ['the stand-in +86282452253, which parses as a Chinese number', '+86282452253', anonymous],
  ['the stand-in 86282452253', '86282452253', anonymous],
  ['the stand-in +2562533', '+2562533', anonymous],
  ['the stand-in +8656696', '+8656696', anonymous],
  ['the stand-in 8656696', '8656696', anonymous],
  ['a stand-in in a SIP address', 'sip:+266696687@carrier.example', anonymous],
  ['an extension that reads like a stand-in', '2562533', { kind: 'extension', extension: '2562533' }],
  ['a number', '+34911234567', { kind: 'number', number: '+34911234567' }],
  ['a number in national form', '(415) 555-0199', { kind: 'number', number: '+14155550199' }],
  ['a number without a plus', '34911234567', { kind: 'number', number: '+34911234567' }],
  [
    'a number in a SIP address',
    'sip:+34911234567@carrier.example;user=phone',
    { kind: 'number', number: '+34911234567' },
  ],
  ['a tel address', 'tel:+34-911-23-45-67', { kind: 'number', number: '+34911234567' }],
  ['an own number', MAIN, { kind: 'number', number: MAIN }],
  ['an own extension', '101', { kind: 'extension', extension: '101' }],
  ['an own extension at the own domain', 'sip:101@pbx.example', { kind: 'extension', extension: '101' }],
  [
    'an own extension at the own domain and port',
    'sip:101@PBX.example:5060;transport=udp',
    { kind: 'extension', extension: '101' },
  ],
  [
    'the same digits at another domain',
    'sip:101@evil.example',
    { kind: 'address', address: 'sip:101@evil.example' },
  ],
  ['the extension of a deleted user', '103', { kind: 'short', number: '103' }],
  ['a client', 'client:ana', { kind: 'address', address: 'client:ana' }],
  [
    'a client that calls itself by a number',
    'client:+34911234567',
    { kind: 'address', address: 'client:+34911234567' },
  ],
  ['a SIP address', 'sip:bob@elsewhere.example', { kind: 'address', address: 'sip:bob@elsewhere.example' }],
  ['an emergency number', '911', { kind: 'short', number: '911' }],
  ['a short code', '22000', { kind: 'short', number: '22000' }],
  ['a service code', '*67', { kind: 'short', number: '*67' }],
  ['something else', 'hello', { kind: 'address', address: 'hello' }],
];
for (const [why, raw, caller] of callers) {
  test(`a caller who sends ${why} (${JSON.stringify(raw)})`, async (t) => {
    t.strictSame(parseCaller(raw, own), caller);
  });
}

test('a short code that could be a number of the country is a short code', async (t) => {
  const german = directory({ organization: { defaultCountry: 'DE' } });
  t.strictSame(parseCaller('11833', german), { kind: 'short', number: '11833' });
  t.strictSame(parseCaller('110', german), { kind: 'short', number: '110' });
});

test('a caller is at most 256 letters long', async (t) => {
  const caller = parseCaller(`sip:${'x'.repeat(5000)}@y`, own);
  t.equal(caller.kind === 'address' && caller.address.length, 256);
});

const dialled: ReadonlyArray<readonly [why: string, raw: string, dialled: Dialled]> = [
  ['a number', MAIN, { kind: 'number', number: MAIN }],
  ['the national form', '415-555-0100', { kind: 'number', number: MAIN }],
  ['no plus', '14155550100', { kind: 'number', number: MAIN }],
  ['00', '0014155550100', { kind: 'number', number: MAIN }],
  ['a SIP address', 'sip:+14155550100@pbx.example', { kind: 'number', number: MAIN }],
  ['an extension', '101', { kind: 'extension', extension: '101' }],
  ['an extension in a SIP address', 'sip:101@pbx.example', { kind: 'extension', extension: '101' }],
  ['an extension that could be a number', '2562533', { kind: 'extension', extension: '2562533' }],
  ['an extension that nobody has', '999', { kind: 'extension', extension: '999' }],
  ['nothing', '', { kind: 'unparsable', raw: '' }],
  ['letters', 'reception', { kind: 'unparsable', raw: 'reception' }],
];
for (const [why, raw, expected] of dialled) {
  test(`what was dialled is read from ${why} (${JSON.stringify(raw)})`, async (t) => {
    t.strictSame(parseDialled(raw, own), expected);
  });
}

test('two spellings of one number reach the same person', async (t) => {
  const office = { users: [user('Ana')], numbers: [number(MAIN, { target: toUser('Ana') })] };
  for (const raw of [MAIN, '(415) 555-0100', '14155550100', '00 1 415 555 0100']) {
    t.equal(decide({ ...office, to: parseDialled(raw, own) }).hears, `rings Ana 20 s, then ${SORRY}`, raw);
  }
});

test('all anonymous forms are blocked by one policy', async (t) => {
  const office = { organization: { anonymousCallers: 'reject' as const }, numbers: [number(MAIN)] };
  for (const [, raw, caller] of callers.filter((entry) => entry[2] === anonymous)) {
    t.equal(decide({ ...office, from: parseCaller(raw, own) }).hears, 'rejects as blocked', raw);
    t.equal(caller.kind, 'anonymous');
  }
});

type Rules = Parameters<typeof forwardingRefusal>[1];
const spain: Rules = { countries: ['ES'], kinds: ['fixed', 'mobile'] };
const america: Rules = { countries: ['US'], kinds: ['mobile'] };
const nearly: Rules = { countries: getCountries(), kinds: ['fixed', 'mobile'] };

const forwards: ReadonlyArray<
  readonly [why: string, e164: string, rules: Rules, refusal: RegExp | undefined]
> = [
  ['a fixed line at home', '+34911234567', spain, undefined],
  ['a mobile at home', '+34611234567', spain, undefined],
  [
    'a mobile where only fixed lines are allowed',
    '+34611234567',
    { countries: ['ES'], kinds: ['fixed'] },
    /mobile lines is not allowed/,
  ],
  [
    'a fixed line where only mobiles are allowed',
    '+34911234567',
    { countries: ['ES'], kinds: ['mobile'] },
    /fixed lines is not allowed/,
  ],
  ['an American number where only mobiles are allowed: it may be either', '+14155550100', america, undefined],
  [
    'an American number where only fixed lines are allowed',
    '+14155550100',
    { countries: ['US'], kinds: ['fixed'] },
    undefined,
  ],
  [
    'an American number where no kind is allowed',
    '+14155550100',
    { countries: ['US'], kinds: [] },
    /not allowed/,
  ],
  [
    'a Canadian number where the United States are allowed',
    '+14165550100',
    america,
    /is in CA, and forwarding is allowed to US/,
  ],
  ['a Jamaican number, which looks American', '+18765551234', america, /is in JM/],
  ['another country', '+442071234567', spain, /is in GB/],
  [
    'anything where no country is allowed',
    '+34911234567',
    { countries: [], kinds: ['fixed'] },
    /allowed to no country/,
  ],
  ['a premium line', '+34803123456', spain, /neither a fixed nor a mobile line/],
  ['an American premium line', '+19005551234', america, /neither/],
  ['a toll-free line', '+18005551234', america, /neither/],
  ['a shared cost line', '+34901123456', spain, /neither/],
  ['a satellite', '+8816123456789', nearly, /no country/],
  ['a satellite of ships', '+870773111632', nearly, /no country/],
  ['an international network', '+883510000000000', nearly, /neither|no country/],
  ['international premium', '+979123456789', nearly, /neither|no country/],
  ['a number that is not assigned', '+34111111111', spain, /neither/],
  ['what is no number', '12', spain, /neither/],
];
for (const [why, e164, rules, refusal] of forwards) {
  test(`a forward to ${why}`, async (t) => {
    const answer = forwardingRefusal(e164, rules);
    if (refusal === undefined) t.equal(answer, undefined);
    else t.match(answer, refusal);
  });
}

test('emergency numbers are no forward target in any country, in any spelling', async (t) => {
  const emergency = [
    '112',
    '911',
    '999',
    '000',
    '110',
    '118',
    '119',
    '117',
    '061',
    '062',
    '08',
    '15',
    '17',
    '18',
    '988',
  ];
  for (const country of getCountries()) {
    for (const digits of emergency) {
      const code = getCountryCallingCode(country);
      for (const spelled of [`+${code}${digits}`, `+${digits}`]) {
        if (forwardingRefusal(spelled, nearly) === undefined) t.fail(`${spelled} in ${country} is allowed`);
      }
      const read = parseNumber(digits, country);
      if (read !== undefined && forwardingRefusal(read, nearly) === undefined)
        t.fail(`${digits} in ${country} is ${read}`);
    }
  }
  t.pass('all refused');
});

test('a number of a country is classified by it', async (t) => {
  t.strictSame(classifyNumber('+34911234567'), { country: 'ES', kind: 'fixed' });
  t.strictSame(classifyNumber('+34611234567'), { country: 'ES', kind: 'mobile' });
  t.strictSame(classifyNumber('+14155550100'), { country: 'US', kind: 'either' });
  t.strictSame(classifyNumber('+14165550100'), { country: 'CA', kind: 'either' });
  t.equal(classifyNumber('+8816123456789').country, null);
});
