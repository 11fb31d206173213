import { text } from 'node:stream/consumers';
import { test } from 'tap';
import { buildTwilioRecordings } from '../../../plugins/twilio/recordings.ts';
import { CarrierFailure, type CarrierSound } from '../../../services/routing/ports.ts';
import { readTwilioPlace } from '../../../services/voicemail/place.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from '../../support/twilio-office.ts';
import { type RecordingsTwin, recordingsTwin } from '../../support/twilio-recordings.ts';

const RECORDING = `RE${'7'.repeat(32)}`;
const credentials = { accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN };
const limits = { answerMs: 1_500, wholeMs: 1_800, maxBytes: 20 };

type Behaviour = Parameters<RecordingsTwin['behave']>[0];

/** What becomes of a recording that is asked for while Twilio behaves so. */
function check(
  title: string,
  given: { readonly sound?: string; readonly how?: Behaviour; readonly authToken?: string },
  expected: string,
): void {
  test(title, async (t) => {
    const twin = await recordingsTwin(t, credentials);
    if (given.sound !== undefined) twin.sounds.set(RECORDING, Buffer.from(given.sound));
    twin.behave(given.how ?? 'well');
    // Only who waits in vain is to wait for a short time.
    const answerMs = given.how === 'silent' ? 200 : limits.answerMs;
    const recordings = buildTwilioRecordings(twin.url, { ...limits, answerMs });
    const started = performance.now();
    const asked = recordings.fetchSound({ ...credentials, ...given }, RECORDING);
    const came = await asked.then(textOf, (error: unknown) =>
      error instanceof CarrierFailure ? error.kind : 'another error',
    );
    t.equal(came, expected);
    t.ok(performance.now() - started < 2_000, 'in time');
  });
}

function textOf({ body }: CarrierSound): Promise<string> {
  return text(body);
}

check('a recording comes as it is', { sound: 'ID3 hello' }, 'ID3 hello');
check('one that is gone', {}, 'failed');
check('a wrong token', { sound: 'x', authToken: 'wrong' }, 'refused');
check('one that is too large', { sound: 'x'.repeat(21) }, 'unreachable');
check('a carrier that says nothing', { sound: 'x', how: 'silent' }, 'unreachable');
check('a carrier in trouble', { sound: 'x', how: 'broken' }, 'unreachable');
check('a page in the place of a sound', { sound: 'x', how: 'html' }, 'unreachable');
check('a way elsewhere is not followed', { sound: 'x', how: 'redirect' }, 'unreachable');

test('nobody listens to the rest of a recording that nobody wants any more', async (t) => {
  const twin = await recordingsTwin(t, credentials);
  twin.sounds.set(RECORDING, Buffer.from('ID3 hello'));
  const { body, type, length } = await buildTwilioRecordings(twin.url).fetchSound(credentials, RECORDING);
  t.match({ type, length }, { type: 'audio/mpeg', length: 9 });
  body.destroy();
  t.ok(body.destroyed);
});

test('only the address of a recording says where one is', async (t) => {
  const path = `/2010-04-01/Accounts/${ACCOUNT_SID}/Recordings/${RECORDING}`;
  const place = { accountSid: ACCOUNT_SID, recordingSid: RECORDING };
  t.same(readTwilioPlace(`https://api.twilio.com${path}`), place);
  t.same(readTwilioPlace(`https://api.twilio.com${path}.mp3`), place);
  for (const url of [
    '',
    'http://169.254.169.254/',
    `https://x.example${path}/../..`,
    `${path}?x=1`,
    `${path}%00`,
  ]) {
    t.equal(readTwilioPlace(url), undefined, url);
  }
});
