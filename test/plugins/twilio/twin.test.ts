import { test } from 'tap';
import { buildCarrierTwin } from '../../support/carrier-twin.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from '../../support/twilio-office.ts';
import { parseTwiml } from '../../support/twilio-twiml.ts';
import type { Transport } from '../../support/twilio-webhook.ts';

/** The twin is what other tests trust, so it must refuse what Twilio refuses. */
function refuses(title: string, verbs: string, why: RegExp): void {
  test(`the twin refuses ${title}`, async (t) => {
    t.throws(() => parseTwiml(`<Response>${verbs}</Response>`), why);
  });
}

refuses('an unknown verb', '<Shout>Hi</Shout>', /no verb/);
refuses('an unknown attribute', '<Say loud="1">Hi</Say>', /has no loud/);
refuses('a noun outside of <Dial>', '<Number>+14155550100</Number>', /cannot stand/);
refuses('a verb in the wrong place', '<Gather><Hangup/></Gather>', /cannot stand/);
refuses('eleven nouns', `<Dial>${'<Sip>sip:a@b.example</Sip>'.repeat(11)}</Dial>`, /11 at once/);
refuses('a <Dial> that rings nobody', '<Dial/>', /nobody/);
refuses('a <Reject> that comes late', '<Say>Hi</Say><Reject/>', /first/);
refuses('a <Record> without an action', '<Record/>', /endless loop/);
refuses('a <Sip> that is no address', '<Dial><Sip>214</Sip></Dial>', /cannot dial/);
refuses('a bare &', '<Say>A & B</Say>', /No entity/);
refuses('a tag that is never closed', '<Say>Hi', /missing before/);
refuses('a character that XML forbids', '<Say>\u0007</Say>', /forbids/);
refuses('an escaped one too', '<Say>&#7;</Say>', /forbidden/);
refuses('text between verbs', 'Hi', /no text/);

function playing(...documents: readonly string[]): Transport {
  let at = 0;
  return async () => {
    const body = `<Response>${documents[Math.min(at, documents.length - 1)]}</Response>`;
    at += 1;
    return { status: 200, type: 'text/xml', body };
  };
}

const CALL = { callSid: `CA${'1'.repeat(32)}`, from: '+34911234567', to: '+14155550100' };
const options = { publicUrl: 'https://calls.example.com', authToken: AUTH_TOKEN, accountSid: ACCOUNT_SID };

test('verbs after a <Dial> with an action never run, without one they do', async (t) => {
  const dial = (action: string) => `<Dial${action}><Number>+14155550123</Number></Dial><Say>After</Say>`;
  const followed = buildCarrierTwin({
    ...options,
    transport: playing(dial(' action="/x"'), '<Say>Action</Say>'),
  });
  t.strictSame((await followed.call(CALL)).heard, ['rings +14155550123 30 s', 'hears "Action"']);
  const plain = buildCarrierTwin({ ...options, transport: playing(dial('')) });
  t.strictSame((await plain.call(CALL)).heard, ['rings +14155550123 30 s', 'hears "After"']);
});

test('a queue is waited in until its document leaves', async (t) => {
  const wait = '<Say>Hold</Say><Pause length="10"/>';
  const transport = playing(
    '<Enqueue waitUrl="/w" action="/r">q</Enqueue>',
    wait,
    wait,
    '<Leave/>',
    '<Say>Left</Say>',
  );
  const { heard } = await buildCarrierTwin({ ...options, transport }).call(CALL);
  t.strictSame(heard, ['waits in queue q', 'hears "Hold"', 'hears "Hold"', 'hears "Left"']);
});

test('a document that leads to itself, an error and a stranger’s address end the test', async (t) => {
  const call = (transport: Transport) => buildCarrierTwin({ ...options, transport }).call(CALL);
  await t.rejects(call(playing('<Redirect>/again</Redirect>')), /circle/);
  await t.rejects(call(playing('<Redirect>https://evil.example/</Redirect>')), /not ours/);
  await t.rejects(
    call(async () => ({ status: 500, type: 'text/plain', body: 'oops' })),
    /plays an error/,
  );
});
