import { test } from 'tap';
import { parseForm } from '../../../plugins/twilio/form.ts';
import { ALWAYS_SENT } from '../../../plugins/twilio/parameters.ts';
import { buildRequestCheck } from '../../../plugins/twilio/signed-request.ts';
import { ACCOUNT_SID, AUTH_TOKEN, OFFICE_NUMBER } from '../../support/twilio-office.ts';
import { type Parameters, signedRequest, voiceParameters } from '../../support/twilio-webhook.ts';

/** A captured request cut anew into other pairs: its signature still fits, because nothing marks where a name ends. */
const PUBLIC_URL = 'https://calls.example.com';
const RUNS = 5000;
const check = buildRequestCheck(
  { find: (sid) => (sid === ACCOUNT_SID ? { organizationId: 'o', authTokens: [AUTH_TOKEN] } : undefined) },
  PUBLIC_URL,
);

/** mulberry32: small, and the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Some pairs cut elsewhere; where `clever`, at places that leave the names of the parameters whole. */
function recut(parameters: Parameters, random: () => number): [string, string][] {
  const pairs = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  const changes = 1 + Math.floor(random() * 3);
  for (let change = 0; change < changes; change += 1) {
    const at = Math.floor(random() * pairs.length);
    const [name, value] = pairs[at] ?? ['', ''];
    const next = pairs[at + 1];
    switch (Math.floor(random() * 4)) {
      case 0: {
        // The boundary of name and value.
        const whole = name + value;
        const cut = Math.floor(random() * (whole.length + 1));
        pairs[at] = [whole.slice(0, cut), whole.slice(cut)];
        break;
      }
      case 1:
        // The next pair becomes part of the value.
        if (next !== undefined) pairs.splice(at, 2, [name, value + next[0] + next[1]]);
        break;
      case 2: {
        // The end of the value becomes a pair of its own.
        const cut = Math.floor(random() * (value.length + 1));
        const tail = value.slice(cut);
        const split = Math.floor(random() * (tail.length + 1));
        pairs.splice(at, 1, [name, value.slice(0, cut)], [tail.slice(0, split), tail.slice(split)]);
        break;
      }
      default: {
        // The boundary between two pairs moves.
        if (next === undefined) break;
        const whole = value + next[0];
        const cut = Math.floor(random() * (whole.length + 1));
        pairs[at] = [name, whole.slice(0, cut)];
        pairs[at + 1] = [whole.slice(cut), next[1]];
      }
    }
  }
  return pairs;
}

function attack(title: string, parameters: Parameters): void {
  test(`no re-cut changes what is always sent: ${title}`, async (t) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = randomFrom(seed);
    const captured = signedRequest(
      { publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN },
      '/twilio/voice',
      parameters,
    );
    const signature = captured.headers['x-twilio-signature'] ?? '';
    const base = parseForm(captured.body)?.signed;
    const checked = (body: string) =>
      check({ rawUrl: '/twilio/voice', body: Buffer.from(body), signature, kind: 'call' });
    t.ok(checked(captured.body).ok, 'the captured request itself is good');
    const counts = { sameSignature: 0, accepted: 0, changed: 0 };
    for (let run = 0; run < RUNS; run += 1) {
      const body = new URLSearchParams(recut(parameters, random)).toString();
      const form = parseForm(body);
      if (form?.signed === base) counts.sameSignature += 1;
      if (!checked(body).ok) continue;
      counts.accepted += 1;
      if (ALWAYS_SENT.some((name) => form?.fields[name] !== parameters[name])) {
        counts.changed += 1;
        t.comment(body);
      }
    }
    t.comment(
      `${RUNS} re-cuts (seed ${seed}): ${counts.sameSignature} verify, ${counts.accepted} are accepted as replays`,
    );
    t.equal(counts.changed, 0, 'none changes a parameter that is always sent');
    t.ok(
      counts.sameSignature > RUNS / 100,
      'the attack is a real one: the signature alone lets re-cuts through',
    );
  });
}

const call = { accountSid: ACCOUNT_SID, callSid: `CA${'0123456789abcdef'.repeat(2)}` };
const minimal = (parameters: Parameters) =>
  Object.fromEntries(
    Object.entries(parameters).filter(([name]) => ALWAYS_SENT.some((always) => always === name)),
  );

attack('a call from a phone', voiceParameters({ ...call, from: '+34911234567', to: OFFICE_NUMBER }));
attack(
  'a call from a SIP phone to a SIP address',
  voiceParameters({ ...call, from: 'sip:Bob.RayStirling@Example.com', to: 'sip:101@office.sip.example.com' }),
);
attack('a call from an app', voiceParameters({ ...call, from: 'client:RitaTo', to: 'client:alice' }));
attack('a withheld number', voiceParameters({ ...call, from: 'Restricted', to: OFFICE_NUMBER }));
attack('nothing but what is always sent', {
  ...minimal(voiceParameters({ ...call, from: 'sip:bob@example.com', to: 'sip:101@office.example.com' })),
});
