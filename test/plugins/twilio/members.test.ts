import { test } from 'tap';
import { renderHold, renderJoin } from '../../../plugins/twilio/hold.ts';
import { buildHoldMusic, HOLD_SECONDS } from '../../../plugins/twilio/hold-music.ts';
import type { Language } from '../../../services/routing/domain/directory-data.ts';
import { ACCOUNT_SID, idOf, office } from '../../support/twilio-office.ts';
import { startTwilio } from '../../support/twilio-service.ts';
import { parseTwiml } from '../../support/twilio-twiml.ts';
import { voiceParameters } from '../../support/twilio-webhook.ts';

/** The telephones of members who are rung for callers who wait, and what those callers hear. */

const CALL = `CA${'1'.repeat(32)}`;
const LEG = `CA${'2'.repeat(32)}`;
const [userId, offerId] = [idOf('user', 1), idOf('number', 1)];
const parameters = {
  ...voiceParameters({ accountSid: ACCOUNT_SID, callSid: LEG, from: '+14155550100', to: 'client:ana' }),
  CallStatus: 'in-progress',
  Direction: 'outbound-api',
};

test('a member who picks up is joined with the caller of the address', async (t) => {
  const { twin } = await startTwilio(t, { data: office() });
  const reply = await twin.post(`/twilio/member?c=${CALL}&u=${userId}&o=${offerId}`, parameters);
  t.match(reply, {
    status: 200,
    body: new RegExp(`<Dial timeout="5" timeLimit="14400"><Queue>${CALL}</Queue>`),
  });
  t.match(await twin.post(`/twilio/member-status?c=${CALL}&u=${userId}&o=${offerId}`, parameters), {
    status: 204,
  });
});

test('an outside telephone is asked to press 1, and joined with the caller only then', async (t) => {
  const { twin } = await startTwilio(t, { data: office() });
  const path = `/twilio/member?p=1&c=${CALL}&u=${userId}&o=${offerId}`;
  const asked = await twin.post(path, parameters);
  const [gather, then] = parseTwiml(asked.body);
  t.match(gather, { name: 'Gather', attributes: { numDigits: '1', action: path } });
  t.match(then, { name: 'Hangup' });
  t.match(await twin.post(path, { ...parameters, Digits: '2' }), {
    body: /<Response><Hangup\/><\/Response>/,
  });
  t.match(await twin.post(path, { ...parameters, Digits: '1' }), { body: new RegExp(`<Queue>${CALL}`) });
});

const wrong: readonly (readonly [string, string])[] = [
  ['without the offer', `c=${CALL}&u=${userId}`],
  ['with a cut offer', `c=${CALL}&u=${userId}&o=${offerId.slice(0, -1)}`],
  ['with a longer offer', `c=${CALL}&u=${userId}&o=${offerId}AccountSid`],
  ['with something before', `x=1&c=${CALL}&u=${userId}&o=${offerId}`],
  ['with something behind', `c=${CALL}&u=${userId}&o=${offerId}&x=1`],
  ['with another mark', `p=2&c=${CALL}&u=${userId}&o=${offerId}`],
  ['with the mark behind', `c=${CALL}&u=${userId}&p=1&o=${offerId}`],
  ['of another form', `c=${CALL}%22&u=${userId}&o=${offerId}`],
];
for (const [name, query] of wrong) {
  test(`an address ${name} is none of ours, though it is signed`, async (t) => {
    const { twin } = await startTwilio(t, { data: office() });
    for (const page of ['member', 'member-status']) {
      t.match(await twin.post(`/twilio/${page}?${query}`, parameters), { status: 403 });
    }
  });
}

test('callers hear their place in the language of the organization', async (t) => {
  const staging = { callId: CALL, basePath: '/base', token: '', callerId: null };
  const languages: readonly Language[] = ['en', 'es', 'fr', 'de'];
  for (const language of languages) {
    const documents = [null, 1, 7].map((position) => renderHold({ ...staging, language }, 20, 100, position));
    t.equal(new Set(documents).size, 3, language);
    for (const document of documents) {
      t.match(document, /<Play>\/base\/twilio\/hold\.wav<\/Play>$/);
      t.doesNotThrow(() => parseTwiml(`<Response>${document}</Response>`));
    }
    t.match(documents[2], /7/);
  }
  t.doesNotThrow(() => parseTwiml(`<Response>${renderJoin(CALL)}</Response>`));
});

test('the music is a WAV of telephone quality, without a signature', async (t) => {
  const { app } = await startTwilio(t, { data: office() });
  const reply = await app.inject({ method: 'GET', url: '/twilio/hold.wav' });
  t.match(reply, { statusCode: 200, headers: { 'content-type': 'audio/wav' } });
  const sound = reply.rawPayload;
  t.same(sound, buildHoldMusic());
  t.equal(sound.length, 58 + HOLD_SECONDS * 8_000);
  t.equal(sound.toString('latin1', 0, 4), 'RIFF');
  t.equal(sound.readUInt32LE(4), sound.length - 8, 'as long as it says');
  t.ok(new Set(sound.subarray(58)).size > 100, 'and not silent');
  for (const [asked, seconds] of [
    ['3', 3],
    ['7', 6],
    ['0', 3],
    ['99', 12],
    ['x', 12],
  ] as const) {
    const shorter = await app.inject({ method: 'GET', url: `/twilio/hold.wav?s=${asked}` });
    t.equal(shorter.rawPayload.length, 58 + seconds * 8_000, `${asked} seconds`);
  }
});

test('the music ends with the longest wait', async (t) => {
  const staging = { callId: CALL, basePath: '', token: '', callerId: null, language: 'en' } as const;
  const hold = (waited: number, left: number) => renderHold(staging, waited, left, 2);
  t.match(hold(2, 8), /number 2 in the queue\.<\/Say><Play>\/twilio\/hold\.wav\?s=6<\/Play>$/);
  t.match(hold(20, 60), /<Play>\/twilio\/hold\.wav<\/Play>$/);
  t.match(hold(20, 10), /<Play>\/twilio\/hold\.wav\?s=6<\/Play>$/);
  t.equal(hold(20, 4), '<Pause length="4"/>');
  t.match(hold(20, 0), /^<Play>\/twilio\/hold\.wav\?s=3<\/Play>$/, 'while a telephone rings for the caller');
});
