import { test } from 'tap';
import { demoNumbers } from '../../../services/routing/demo-data.ts';
import { buildCarrierTwin, type Script } from '../../support/carrier-twin.ts';
import { newToken, oldToken, sharedDemo } from '../../support/shared-demo.ts';
import { ACCOUNT_SID } from '../../support/twilio-office.ts';
import { intoApp, overHttp, signedRequest, voiceParameters } from '../../support/twilio-webhook.ts';

/** The whole service with its demo organization, as Twilio sees it. */
const GREETING = 'hears "Nobody can take your call right now. Please leave a message after the tone."';
const names = {
  'sip:214@pbx.example': 'Ana',
  'sip:215@pbx.example': 'Bo',
  'sip:201@pbx.example': 'Olivia',
};
const CALL = { from: '+34911234567', to: demoNumbers.ana };

test('signed calls to the demo go by the hours of its people, and the log never shows a number', async (t) => {
  const service = await sharedDemo();
  const logged = service.lines.length;
  const at = (instant: string) => {
    service.clock.instant = Date.parse(instant);
  };
  at('2026-11-25T10:30:00Z');
  const base = {
    publicUrl: service.config.publicUrl,
    accountSid: ACCOUNT_SID,
    transport: intoApp(service.app),
  };
  let calls = 0;
  const check = async (title: string, authToken: string, script: Script, heard: readonly string[]) => {
    calls += 1;
    const callSid = `CA${String(calls).padStart(32, '0')}`;
    const told = await buildCarrierTwin({ ...base, authToken }).call(
      { ...CALL, callSid },
      { names, ...script },
    );
    t.strictSame(told.heard, heard, title);
  };

  await check('in her hours', newToken, { callees: { 'sip:214@pbx.example': 'answers' } }, [
    'rings Ana 20 s',
    'talks to Ana',
    'is hung up on',
  ]);
  await check('unanswered, signed with the token of before', oldToken, {}, [
    'rings Ana 20 s',
    GREETING,
    'records voicemail',
    'is hung up on',
  ]);
  at('2026-11-25T20:30:00Z');
  await check('after hours in Madrid, where New York still works', newToken, {}, [
    'rings Olivia 20 s',
    GREETING,
    'records voicemail',
    'is hung up on',
  ]);

  const forged = signedRequest({ ...base, authToken: 'c'.repeat(32) }, '/twilio/voice', {
    ...voiceParameters({ ...CALL, accountSid: ACCOUNT_SID, callSid: `CA${'9'.repeat(32)}` }),
  });
  const reply = await base.transport(forged);
  t.match(reply, { status: 403, type: /problem\+json/ });
  t.match(JSON.parse(reply.body), { code: 'signature.invalid' });
  const log = service.lines.slice(logged).join('\n');
  t.notMatch(log, /911234567|a{32}|b{32}/);
  t.notMatch(log, /"level":[56]0/, 'no error on the way');
});

test('over a socket it is the same', async (t) => {
  const service = await sharedDemo();
  service.clock.instant = Date.parse('2026-11-25T10:30:00Z');
  const address = await service.app.listen({ port: 0, host: '127.0.0.1' });
  const twin = buildCarrierTwin({
    publicUrl: service.config.publicUrl,
    authToken: newToken,
    accountSid: ACCOUNT_SID,
    transport: overHttp(address),
  });
  const { heard } = await twin.call(
    { ...CALL, callSid: `CA${'1'.repeat(32)}` },
    { names, messageSeconds: 0 },
  );
  t.strictSame(heard, ['rings Ana 20 s', GREETING, 'is hung up on']);
});
