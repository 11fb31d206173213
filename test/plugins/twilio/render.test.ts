import { deepEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'tap';
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { renderConfirm, renderResponse, renderScene, type Staging } from '../../../plugins/twilio/render.ts';
import { escapeXml } from '../../../plugins/twilio/xml.ts';
import type { DeviceTarget, RingTarget, Step } from '../../../services/routing/domain/decision.ts';
import { anyText } from '../../support/any-text.ts';
import { idOf } from '../../support/twilio-office.ts';
import { parseTwiml } from '../../support/twilio-twiml.ts';
import { parseXml } from '../../support/twilio-xml.ts';

const staging: Staging = { callId: 'CALL', language: 'en', basePath: '', token: 'TOKEN', callerId: null };
const seed = Math.floor(Math.random() * 2 ** 31);

function rung(...devices: readonly DeviceTarget[]): RingTarget {
  return { userId: idOf('user', 1), extension: '201', devices };
}
const sip = { kind: 'sip', address: 'sip:201@pbx.example' } as const;
const reports = ` statusCallback="/twilio/leg?s=s1&amp;u=${idOf('user', 1)}" statusCallbackEvent="ringing answered completed"`;
const app = { kind: 'app', address: 'ana' } as const;
const phone = { kind: 'phone', address: '+14155550777' } as const;

/** `twiml`: what the document holds inside `<Response>`. */
function check(title: string, step: Step, twiml: string, changes: Partial<Staging> = {}): void {
  test(title, async (t) => {
    const rendered = renderScene([step], { ...staging, ...changes });
    t.equal(rendered, `<?xml version="1.0" encoding="UTF-8"?><Response>${twiml}</Response>`);
    t.doesNotThrow(() => parseTwiml(rendered), 'Twilio takes it');
  });
}

check(
  'a ring dials every device by its noun',
  { id: 's1', action: 'ring', strategy: 'all', timeoutSeconds: 25, targets: [rung(sip, app, phone)] },
  '<Dial timeout="25" timeLimit="14400" answerOnBridge="true" action="/twilio/dial-result?t=TOKEN" method="POST">' +
    `<Sip${reports}>sip:201@pbx.example</Sip><Client${reports}>ana</Client><Number${reports}>+14155550777</Number></Dial>`,
);
check(
  'a caller without a number shows the one that was dialled, where an outside phone rings',
  { id: 's1', action: 'ring', strategy: 'all', timeoutSeconds: 20, targets: [rung(phone)] },
  '<Dial timeout="20" timeLimit="14400" answerOnBridge="true" callerId="+14155550100" action="/twilio/dial-result?t=TOKEN" method="POST">' +
    `<Number${reports}>+14155550777</Number></Dial>`,
  { callerId: '+14155550100' },
);
check(
  'a forward asks the person who answers',
  {
    id: 's1',
    action: 'forward',
    target: { type: 'external', number: '+14155550123' },
    timeoutSeconds: 20,
    confirm: true,
  },
  '<Dial timeout="20" timeLimit="14400" answerOnBridge="true" action="/twilio/dial-result?t=TOKEN" method="POST"><Number url="/twilio/confirm?t=TOKEN" method="POST">+14155550123</Number></Dial>',
);
check(
  'a forward without the question dials plainly',
  {
    id: 's1',
    action: 'forward',
    target: { type: 'external', number: '+14155550123' },
    timeoutSeconds: 20,
    confirm: false,
  },
  '<Dial timeout="20" timeLimit="14400" answerOnBridge="true" action="/twilio/dial-result?t=TOKEN" method="POST"><Number>+14155550123</Number></Dial>',
);
check(
  'a queue waits with a document of its own',
  { id: 's1', action: 'queue', queueId: idOf('queue', 1), maxWaitSeconds: 120 },
  `<Enqueue waitUrl="/twilio/queue-wait?t=TOKEN" waitUrlMethod="POST" action="/twilio/queue-result?t=TOKEN" method="POST">CALL</Enqueue>`,
);
check(
  'a menu goes on after silence',
  { id: 's1', action: 'menu', prompt: 'Who?', timeoutSeconds: 6 },
  '<Gather input="dtmf" timeout="6" finishOnKey="#" action="/twilio/gather?t=TOKEN" method="POST"><Say language="en-US">Who?</Say></Gather><Redirect method="POST">/twilio/gather?t=TOKEN</Redirect>',
);
check(
  'voicemail greets, records with an action, and hangs up after silence',
  {
    id: 's1',
    action: 'voicemail',
    mailbox: { type: 'user', id: idOf('user', 1) },
    greeting: 'Bitte sprechen Sie.',
  },
  '<Say language="de-DE">Bitte sprechen Sie.</Say><Record maxLength="300" playBeep="true" finishOnKey="#" action="/twilio/recording?t=TOKEN" method="POST" recordingStatusCallback="/twilio/recording?c=1&amp;t=TOKEN" recordingStatusCallbackMethod="POST"/><Hangup/>',
  { language: 'de' },
);
check(
  'an announcement speaks',
  { id: 's1', action: 'announce', text: 'Hi' },
  '<Say language="fr-FR">Hi</Say>',
  {
    language: 'fr',
  },
);
check(
  'a busy call is refused as busy',
  { id: 's1', action: 'reject', reason: 'busy' },
  '<Reject reason="busy"/>',
);
check(
  'a blocked one is refused',
  { id: 's1', action: 'reject', reason: 'blocked' },
  '<Reject reason="rejected"/>',
);
check(
  'an unknown number is refused, which Twilio speaks',
  { id: 's1', action: 'reject', reason: 'not-found' },
  '<Reject reason="rejected"/>',
);
check('a hang-up hangs up', { id: 's1', action: 'hangup' }, '<Hangup/>');

test('a document without a step hangs up', async (t) => {
  t.match(renderScene([], staging), /<Response><Hangup\/><\/Response>$/);
});

test('ten nouns at most, and everybody is rung before anybody twice', async (t) => {
  const targets = Array.from({ length: 7 }, (_, index) =>
    rung({ kind: 'sip', address: `sip:${index}@pbx.example` }, { kind: 'app', address: `app${index}` }),
  );
  const step: Step = { id: 's1', action: 'ring', strategy: 'all', timeoutSeconds: 20, targets };
  const [dial] = parseTwiml(renderScene([step], staging));
  const rings = dial?.children.map((noun) => noun.text);
  const first = targets.map((_, index) => `sip:${index}@pbx.example`);
  t.strictSame(rings, [...first, 'app0', 'app1', 'app2']);
});

test('a text that is too long for Twilio is cut', async (t) => {
  const step: Step = { id: 's1', action: 'announce', text: '😀'.repeat(3000) };
  const [say] = parseTwiml(renderScene([step], staging));
  t.equal(say?.text.length, 4096);
});

const characters = anyText({ minLength: 1, maxLength: 40 });
const nasty = fc.oneof(
  characters,
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 20 })
    .map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom(
    ']]>',
    '<![CDATA[',
    '&amp;',
    '"/><Dial>900</Dial>',
    "'\r\n\t'",
    '\u0000\uFFFE\uD800',
    '</Say>',
  ),
);

function allowed(text: string): string {
  return Array.from(text)
    .filter((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code < 32) return code === 9 || code === 10 || code === 13;
      return !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff;
    })
    .join('');
}

test('what is parsed back equals what went in, without what XML forbids', async (t) => {
  t.comment(`seed ${seed}`);
  fc.assert(
    fc.property(nasty, (text) => {
      const { attributes, children } = parseXml(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`);
      return attributes.get('b') === allowed(text) && children.join('') === allowed(text);
    }),
    { numRuns: 3000, seed },
  );
  t.pass('3,000 texts');
});

test("the templates say what Twilio's own builder says", async (t) => {
  t.comment(`seed ${seed}`);
  // The library escapes no line ends in attributes and keeps what XML forbids, so it gets neither.
  const plain = nasty.map((text) => allowed(text).replace(/[\t\r\n]/g, '')).filter((text) => text !== '');
  fc.assert(
    fc.property(plain, plain, plain, fc.integer({ min: 1, max: 600 }), (text, address, token, seconds) => {
      const stage = { ...staging, token: encodeURIComponent(token.toWellFormed()) };
      const devices = [
        { kind: 'sip', address: `sip:${address}` },
        { kind: 'app', address: `x${address}` },
      ] as const;
      const dialUrl = `/twilio/dial-result?t=${stage.token}`;
      const dial = new VoiceResponse();
      dial.say({ language: 'en-US' }, text);
      const nouns = dial.dial({
        timeout: seconds,
        timeLimit: 14_400,
        answerOnBridge: true,
        action: dialUrl,
        method: 'POST',
      });
      const statusCallback = `/twilio/leg?s=s2&u=${idOf('user', 1)}`;
      nouns.sip(
        { statusCallback, statusCallbackEvent: ['ringing', 'answered', 'completed'] },
        `sip:${address}`,
      );
      nouns.client(
        { statusCallback, statusCallbackEvent: ['ringing', 'answered', 'completed'] },
        `x${address}`,
      );
      const steps: readonly Step[] = [
        { id: 's1', action: 'announce', text },
        { id: 's2', action: 'ring', strategy: 'all', timeoutSeconds: seconds, targets: [rung(...devices)] },
      ];
      const gather = new VoiceResponse();
      gather
        .gather({
          input: ['dtmf'],
          numDigits: 1,
          timeout: 10,
          action: `/twilio/confirm?d=1&t=${stage.token}`,
          method: 'POST',
        })
        .say({ language: 'en-US' }, text);
      gather.hangup();
      deepEqual(parseXml(renderScene(steps, stage)), parseXml(dial.toString()));
      deepEqual(parseXml(renderResponse(renderConfirm(text, stage))), parseXml(gather.toString()));
    }),
    { numRuns: 200, seed },
  );
  t.pass('200 scenes');
});
