import { test } from 'tap';
import type { Exchange } from '../../support/carrier-twin.ts';
import { ACCOUNT_SID, idOf, number, OFFICE_NUMBER, office, user } from '../../support/twilio-office.ts';
import { startTwilio, type TwilioService } from '../../support/twilio-service.ts';
import { type Parameters, voiceParameters } from '../../support/twilio-webhook.ts';

const CALL = { callSid: `CA${'1'.repeat(32)}`, from: '+34911234567', to: OFFICE_NUMBER };
const voice = voiceParameters({ ...CALL, accountSid: ACCOUNT_SID });
const data = office({
  users: [user(1, 'Ana', { ifUnavailable: { action: 'voicemail' } })],
  numbers: [number(1, OFFICE_NUMBER, { target: { type: 'user', id: idOf('user', 1) } })],
});
const SAFE = /The person you are calling is not available.*<Hangup\/>/;

function without(parameters: Parameters, name: string): Parameters {
  return Object.fromEntries(Object.entries(parameters).filter(([other]) => other !== name));
}

test('a signed call is answered with TwiML, and no store is asked', async (t) => {
  const service = await startTwilio(t, { data });
  const reply = await service.twin.post('/twilio/voice', voice);
  t.match(reply, { status: 200, type: /^text\/xml/ });
  t.match(
    reply.body,
    /<Response><Dial timeout="20" timeLimit="14400" answerOnBridge="true" action="\/twilio\/dial-result\?t=/,
  );
  t.match(reply.body, /<Sip [^>]+>sip:201@pbx\.example<\/Sip><\/Dial><\/Response>$/);
  t.equal(service.loads(), 0);
});

test('the address of a prefix is kept in what Twilio is to call', async (t) => {
  const service = await startTwilio(t, { data, publicUrl: 'https://a.example:8443/calls&more' });
  const { body } = await service.twin.post('/twilio/voice', voice);
  t.match(body, /action="\/calls&amp;more\/twilio\/dial-result\?t=/);
});

test('what is not signed by a known account is 403, says nothing of ours, and asks no store', async (t) => {
  const service = await startTwilio(t, { data: undefined });
  const good = { 'content-type': 'application/x-www-form-urlencoded' };
  const send = (body: string, headers: Record<string, string> = {}) =>
    service.app.inject({
      method: 'POST',
      url: '/twilio/voice',
      headers: { ...good, ...headers },
      payload: body,
    });
  const form = (parameters: Parameters) => new URLSearchParams(parameters).toString();
  const check = async (title: string, body: string, headers: Record<string, string> = {}) => {
    const reply = await send(body, headers);
    t.equal(reply.statusCode, 403, title);
    t.match(reply.headers['content-type'], /problem\+json/);
    t.notMatch(reply.body, /AC[0-9a-f]{8}|\+34911|stack|at .*\.ts/);
  };
  await check('unsigned', form(voice));
  await check('a guess', form(voice), { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' });
  await check('nothing', '');
  await check('an unknown account', form({ ...voice, AccountSid: `AC${'9'.repeat(32)}` }));
  t.equal(service.loads(), 0);
  t.strictSame(service.log, []);
});

test('each parameter that is always sent must come once and in its form, though the signature fits', async (t) => {
  const service = await startTwilio(t, { data });
  for (const name of ['AccountSid', 'ApiVersion', 'CallSid', 'CallStatus', 'Direction', 'From', 'To']) {
    t.equal(
      (await service.twin.post('/twilio/voice', without(voice, name))).status,
      403,
      `${name} is missing`,
    );
    const strange = { ...voice, [name]: '<script>' };
    t.equal((await service.twin.post('/twilio/voice', strange)).status, 403, `${name} is strange`);
  }
  const { status } = await service.twin.post('/twilio/voice', {
    ...voice,
    SomethingNew: 'é',
    callToken2: '',
  });
  t.equal(status, 200, 'what is new is no reason to refuse');
  const first = (await service.twin.call(CALL)).exchanges[0];
  if (first === undefined) throw new Error('No exchange');
  const doubled = {
    ...first,
    request: { ...first.request, body: `${first.request.body}&From=%2B34911234567` },
  };
  t.equal((await service.twin.repeat(doubled)).status, 403, 'the signature of a doubled value is the same');
});

test('bodies that are no form, too large or broken get a 4xx that says what to do', async (t) => {
  const service = await startTwilio(t, { data });
  const check = async (type: string, payload: string, status: number) => {
    const headers = { 'content-type': type };
    const reply = await service.app.inject({ method: 'POST', url: '/twilio/voice', headers, payload });
    t.equal(reply.statusCode, status, `${type} ${payload.slice(0, 20)}`);
    t.match(reply.json(), { status, code: String, detail: String });
  };
  const form = 'application/x-www-form-urlencoded';
  await check('application/json', '{}', 415);
  await check('text/plain', 'a=b', 415);
  await check('multipart/form-data; boundary=x', '--x', 415);
  await check(form, `a=${'b'.repeat(17 * 1024)}`, 413);
  await check(form, 'a=%zz', 400);
  await check(form, Array.from({ length: 65 }, (_, at) => `p${at}=1`).join('&'), 400);
});

test('a repeat gets the same bytes though the directory has changed, and changes nothing', async (t) => {
  const service = await startTwilio(t, { data });
  const { exchanges } = await service.twin.call(CALL, { callees: { 'sip:201@pbx.example': 'busy' } });
  const entries = service.log.length;
  service.use(office({ version: 8 }));
  service.clock.instant += 9 * 60_000;
  for (const exchange of exchanges) {
    const again = await service.twin.repeat(exchange);
    t.equal(again.body, exchange.reply.body, exchange.request.path.slice(0, 20));
    const hinted = await service.twin.repeat(exchange, { 'i-twilio-idempotency-token': 'anything' });
    t.equal(hinted.body, exchange.reply.body);
  }
  t.equal(service.log.length, entries);
});

test('a re-cut that says busy for not answered is a replay, and gets the answer of then', async (t) => {
  const service = await startTwilio(t, { data });
  const { exchanges } = await service.twin.call(CALL);
  const dialled = find(exchanges, 'dial-result');
  const parameters = { ...voice, CallStatus: 'in-progress', DialCallStatus: 'completed' };
  const again = await service.twin.post(dialled.request.path, parameters);
  t.equal(again.body, dialled.reply.body);
});

test('another process answers a retry with the bytes of the first, if Redis has them', async (t) => {
  const first = await startTwilio(t, { data });
  const { exchanges } = await first.twin.call(CALL);
  const start = exchanges[0];
  if (start === undefined) throw new Error('No exchange');
  const asked: string[] = [];
  const recall = async (key: string) => {
    asked.push(key);
    return start.reply.body;
  };
  const second = await startTwilio(t, { data: office({ version: 9 }), recall });
  const retried = await second.twin.repeat(start, { 'i-twilio-idempotency-token': 'x' });
  t.equal(retried.body, start.reply.body);
  t.equal(asked.length, 1);
  t.notMatch(asked[0], /anything/);
  t.match((await second.twin.repeat(start)).body, /<Reject/, 'without the hint nobody waits for Redis');
});

test('any process with the key and the directory goes on with a call', async (t) => {
  const [first, second] = [await startTwilio(t, { data }), await startTwilio(t, { data })];
  const { exchanges } = await first.twin.call(CALL);
  const dialled = find(exchanges, 'dial-result');
  t.equal((await second.twin.repeat(dialled)).body, dialled.reply.body);
});

function find(exchanges: readonly Exchange[], page: string): Exchange {
  const found = exchanges.find((exchange) => exchange.request.path.startsWith(`/twilio/${page}`));
  if (found === undefined) throw new Error(`No ${page} among the requests`);
  return found;
}

async function tokenOf(service: TwilioService, callSid: string): Promise<string> {
  const { exchanges } = await service.twin.call({ ...CALL, callSid });
  return /t=([^&]*)$/.exec(find(exchanges, 'dial-result').request.path)?.[1] ?? '';
}

test('a token that is damaged, too old or of another call is 403', async (t) => {
  const service = await startTwilio(t, { data });
  const mine = await tokenOf(service, CALL.callSid);
  const other = await tokenOf(service, `CA${'2'.repeat(32)}`);
  const parameters = { ...voice, CallStatus: 'in-progress', DialCallStatus: 'no-answer' };
  const at = (token: string, more: Parameters = {}) =>
    service.twin.post(`/twilio/dial-result?t=${token}`, { ...parameters, ...more });
  t.equal((await at(mine)).status, 200);
  t.equal((await at(other)).status, 403, 'of another call');
  t.equal((await at(other, { ParentCallSid: `CA${'2'.repeat(32)}` })).status, 403, 'its leg is no help here');
  t.equal((await at(`A${mine.slice(1)}`)).status, 403, 'damaged, though the answer to the whole one is kept');
  t.equal((await at('')).status, 403, 'none');
  t.equal((await service.twin.post('/twilio/dial-result', parameters)).status, 403, 'none at all');
  t.match((await at(other)).body, /token of the call/);
  service.clock.instant += 24 * 3_600_000;
  t.equal((await at(mine, { CallStatus: 'completed' })).status, 403, 'too old');
});

test('a token of another organization is 403, though both have a call of that name', async (t) => {
  const theirs = { ...data, organization: { ...data.organization, id: idOf('organization', 2) } };
  const token = await tokenOf(await startTwilio(t, { data: theirs }), CALL.callSid);
  const service = await startTwilio(t, { data });
  const reply = await service.twin.post(`/twilio/dial-result?t=${token}`, {
    ...voice,
    DialCallStatus: 'busy',
  });
  t.equal(reply.status, 403);
});

test('the person who is called is asked on a leg of their own', async (t) => {
  const mobile = '+14155550123';
  const forward = { action: 'forward', target: { type: 'external', number: mobile } } as const;
  const service = await startTwilio(t, {
    data: { ...data, users: [user(1, 'Ana', { ifUnavailable: forward })] },
  });
  const { exchanges } = await service.twin.call(CALL, { callees: { [mobile]: 'answers' } });
  const [asked, pressed] = exchanges.filter((exchange) =>
    exchange.request.path.startsWith('/twilio/confirm'),
  );
  t.match(
    asked?.reply.body,
    /<Gather input="dtmf" numDigits="1".*Press 1 to accept it\.<\/Say><\/Gather><Hangup\/>/,
  );
  t.match(pressed?.reply.body, /<Response><\/Response>/);
  const path = pressed?.request.path ?? '';
  const leg = { ...voice, CallSid: `CA${'e'.repeat(32)}`, ParentCallSid: CALL.callSid };
  t.match((await service.twin.post(path, { ...leg, Digits: '2' })).body, /<Response><Hangup\/><\/Response>/);
  const stranger = { ...leg, ParentCallSid: `CA${'3'.repeat(32)}`, Digits: '1' };
  t.equal((await service.twin.post(path, stranger)).status, 403);
});

test('status reports are taken once each, in any order', async (t) => {
  const service = await startTwilio(t, { data });
  for (const status of ['completed', 'ringing', 'completed', 'in-progress']) {
    const reply = await service.twin.post('/twilio/status', {
      ...voice,
      CallStatus: status,
      CallDuration: '12',
    });
    t.equal(reply.status, 204);
  }
  const statuses = service.log.map((entry) => (entry.type === 'status' ? entry.status : entry.type));
  t.strictSame(statuses, ['completed', 'ringing', 'in-progress']);
});

test('without any directory the caller hears a safe answer, and a recording is still noted', async (t) => {
  const service = await startTwilio(t, { data });
  const { exchanges } = await service.twin.call(CALL);
  const lost = await startTwilio(t, { data: undefined });
  const start = await lost.twin.post('/twilio/voice', voice);
  t.equal(start.status, 200);
  t.match(start.body, SAFE);
  t.equal(lost.loads(), 1);
  t.match((await lost.twin.repeat(find(exchanges, 'dial-result'))).body, SAFE);
  const callback = exchanges.find((exchange) => exchange.request.path.includes('c=1'));
  if (callback === undefined) throw new Error('No callback');
  t.equal((await lost.twin.repeat(callback)).status, 204);
  t.match(lost.log, [{ type: 'recorded', mailbox: null }]);
  lost.use(data);
  t.match((await lost.twin.post('/twilio/voice', voice)).body, /<Dial/, 'the safe answer is not remembered');
});

test('a fault of ours is no silence for the caller', async (t) => {
  const broken = office({
    users: data.users,
    numbers: data.numbers,
    organization: { texts: { unavailable: 'Please call again.' } },
  });
  const service = await startTwilio(t, { data: broken });
  service.app.addHook('onError', async () => t.fail('an error got through'));
  // Nothing in a directory makes `resolve` throw, but a token cannot be made of an instant that is none.
  service.clock.instant = Number.NaN;
  const reply = await service.twin.post('/twilio/voice', voice);
  t.equal(reply.status, 200);
  t.match(reply.body, /<Say language="en-US">Please call again\.<\/Say><Hangup\/>/);
});
