import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { buildTwilioRecordings } from '../../plugins/twilio/recordings.ts';
import { inOrganization } from '../../services/storage/database.ts';
import { buildVoicemailSounds } from '../../services/voicemail/sounds.ts';
import { buildVoicemailWorker } from '../../services/voicemail/worker.ts';
import { buildCarrierTwin, type Script } from '../support/carrier-twin.ts';
import type { Teardown } from '../support/database.ts';
import { type Client, client, type Doc, password, send } from '../support/factories.ts';
import { watch } from '../support/live-client.ts';
import { type Office, openOffice } from '../support/people.ts';
import { startSmtp, type TestSmtp } from '../support/smtp.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from '../support/twilio-office.ts';
import { type RecordingsTwin, recordingsTwin } from '../support/twilio-recordings.ts';
import { intoApp } from '../support/twilio-webhook.ts';

/** Messages from the call in which they are left to the day on which they are deleted, with everything real but Twilio. */

const CALLER = '+34911234567';

type Boxes = Office & {
  readonly twilio: RecordingsTwin;
  readonly smtp: TestSmtp;
  readonly twin: ReturnType<typeof buildCarrierTwin>;
  readonly clock: { now(): number; move(ms: number): void };
};

async function openBoxes(t: Teardown): Promise<Boxes> {
  let moved = 0;
  const clock = {
    now: () => Date.now() + moved,
    move: (ms: number) => {
      moved += ms;
    },
  };
  const twilio = await recordingsTwin(t, { accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN });
  const smtp = await startSmtp(t);
  const office = await openOffice(t, {
    clock,
    environment: {
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      LINEFINDER_TWILIO_API_URL: twilio.url,
      SMTP_URL: `smtp://127.0.0.1:${smtp.port}`,
    },
  });
  // The demo has a server of its own, which cannot exist.
  await office.admin.delete('/organization/mail');
  const twin = buildCarrierTwin({
    publicUrl: office.config.publicUrl,
    accountSid: ACCOUNT_SID,
    authToken: AUTH_TOKEN,
    transport: intoApp(office.app),
  });
  return { ...office, twilio, smtp, twin, clock };
}

let people = 0;

/** A person who logs in, with a mail address of their own and calls that nobody answers. */
async function newColleague(office: Office, firstName: string, changes: object = {}) {
  people += 1;
  const login = `${firstName}.${people}`;
  const email = `${login}@example.com`;
  const made = await office.admin.post('/users', {
    kind: 'username',
    login,
    password,
    firstName,
    lastName: 'Test',
    ifUnavailable: { action: 'voicemail' },
    ...changes,
  });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  // As if the link to confirm it had been followed.
  await inOrganization(office.database, office.organizationId, (trx) =>
    trx.updateTable('user').set({ email }).where('id', '=', made.body.id).execute(),
  );
  const opened = await send<{ readonly token: string }>(office.app, 'POST', '/session', { login, password });
  const { token } = opened.body;
  return { id: made.body.id, email, own: { ...client(office.app, token), token } };
}

let calls = 0;

/** Calls, and says something after the tone. Gives Twilio's id of the recording. */
async function leaveMessage(boxes: Boxes, to: string, script: Script = {}): Promise<string> {
  calls += 1;
  const callSid = `CA${String(calls).padStart(32, '0')}`;
  boxes.twilio.sounds.set(`RE${callSid.slice(2)}`, Buffer.from(`ID3 message ${calls}`));
  await boxes.twin.call({ from: CALLER, to, callSid }, script);
  return `RE${callSid.slice(2)}`;
}

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(value)}`);
    await sleep(20);
  }
}

async function messagesOf(by: Client, count: number, query = ''): Promise<readonly Doc[]> {
  const read = async () => (await by.get(`/voicemails${query}`)).body.data;
  return until(read, (data) => data.length === count);
}

let numbers = 0;

/** One that nobody else has. */
async function newNumber(office: Office, target: object): Promise<string> {
  numbers += 1;
  const number = `+1202555${3_000 + numbers}`;
  const made = await office.admin.post('/numbers', { number, target });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return number;
}

async function play({ app }: Boxes, { token }: { readonly token: string }, path: string, headers = {}) {
  return app.inject({ url: `/v1${path}/sound`, headers: { authorization: `Bearer ${token}`, ...headers } });
}

const wave = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt '), Buffer.alloc(64)]);

test('messages go when the organization has kept them long enough, at the carrier too', async (t) => {
  const boxes = await openBoxes(t);
  const ana = await newColleague(boxes, 'ana');
  const dialled = await newNumber(boxes, { type: 'user', id: ana.id });
  const recordingSid = await leaveMessage(boxes, dialled);
  await messagesOf(ana.own, 1);
  await boxes.admin.patch('/organization', { policies: { voicemailRetentionDays: 30 } });
  const sounds = buildVoicemailSounds(
    { find: () => ({ organizationId: boxes.organizationId, authTokens: ['old', AUTH_TOKEN] }) },
    buildTwilioRecordings(boxes.twilio.url),
  );
  const failures: string[] = [];
  const days = 24 * 3_600_000;
  let at = Date.now() + 29 * days;
  const onError = (error: unknown) => void failures.push(String(error));
  const worker = buildVoicemailWorker({
    database: boxes.database,
    clock: { now: () => at },
    sounds,
    onError,
  });
  t.teardown(() => worker.close());
  worker.start();
  await sleep(200);
  t.equal((await ana.own.get('/voicemails')).body.data.length, 1, 'not a day too early');

  boxes.twilio.behave('broken');
  at += 2 * days;
  worker.kick();
  await until(
    async () => failures.length,
    (count) => count === 1,
  );
  t.strictSame((await ana.own.get('/voicemails')).body.data, []);
  t.ok(boxes.twilio.sounds.has(recordingSid), 'the carrier does not answer');
  boxes.twilio.behave('well');
  at += days;
  worker.kick();
  await until(
    async () => boxes.twilio.sounds.has(recordingSid),
    (kept) => !kept,
  );

  at += 31 * days;
  worker.kick();
  const count = () =>
    inOrganization(boxes.database, boxes.organizationId, (trx) =>
      trx.selectFrom('voicemail').select('id').execute(),
    );
  await until(count, (rows) => rows.length === 0);
});

test('messages from the call to their end', async (suite) => {
  const boxes = await openBoxes(suite);

  await suite.test(
    'a message is kept once, told by mail and as an event, heard, filed and deleted at the carrier',
    async (t) => {
      const { admin, twilio, app, database, organizationId } = boxes;
      const ana = await newColleague(boxes, 'ana');
      const bo = await newColleague(boxes, 'bo');
      const dialled = await newNumber(boxes, { type: 'user', id: ana.id });
      const recordingSid = await leaveMessage(boxes, dialled);
      const [message] = await messagesOf(ana.own, 1);
      const path = `/voicemails/${message?.id}`;

      t.match(message, {
        mailbox: { type: 'user', id: ana.id, name: 'ana Test' },
        from: { kind: 'number', value: CALLER },
        durationSeconds: 7,
        read: false,
        archived: false,
        hasSound: true,
      });
      const mail = await boxes.smtp.next(ana.email);
      t.match(mail.headers.get('subject'), 'New voicemail for ana Test');
      t.ok(mail.text.includes(`${CALLER} left a message of 0:07`));
      t.ok(mail.text.includes(`/console/voicemail#id=${message?.id}`));
      const told = await inOrganization(database, organizationId, (trx) =>
        trx.selectFrom('live_event').selectAll().where('name', '=', 'voicemail.received').execute(),
      );
      const events = told.filter(({ data }) => Reflect.get(Object(data), 'id') === message?.id);
      t.match(events, [
        { topic: 'calls', user_ids: [ana.id], data: { id: message?.id, durationSeconds: 7 } },
      ]);
      t.equal(events.length, 1, 'once, though Twilio told it twice');

      t.strictSame((await bo.own.get('/voicemails')).body.data, [], 'a colleague sees nothing of it');
      for (const reply of [await bo.own.get(path), await bo.own.get(`${path}/sound`)]) {
        t.match(reply, { status: 404, body: { code: 'voicemail.not-found' } });
      }
      t.match(await bo.own.patch(path, { read: true }), { status: 404 });
      t.equal((await admin.get(path)).status, 200, 'with the permission everybody’s');

      const heard = await play(boxes, ana.own, path);
      t.match(heard, {
        statusCode: 200,
        headers: { 'content-type': 'audio/mpeg', 'accept-ranges': 'bytes' },
      });
      t.equal(heard.body, `ID3 message ${calls}`);
      const part = await play(boxes, ana.own, path, { range: 'bytes=0-2' });
      t.match(part, { statusCode: 206, body: 'ID3', headers: { 'content-range': /^bytes 0-2\// } });
      t.equal((await app.inject(`/v1${path}/sound`)).statusCode, 401);
      for (const how of ['broken', 'html', 'redirect'] as const) {
        twilio.behave(how);
        t.match(JSON.parse((await play(boxes, ana.own, path)).body), { code: 'carrier.unreachable' }, how);
      }
      twilio.behave('well');
      const listened = async () =>
        (await admin.get(`/activity?action=voicemails.listen&subject=${message?.id}`)).body.data;
      t.strictSame(await listened(), [], 'one’s own box is one’s own');
      for (const headers of [{ range: 'bytes=0-2' }, { range: 'bytes=3-' }, {}]) {
        t.ok((await play(boxes, { token: boxes.apiKey }, path, headers)).statusCode < 300);
      }
      t.match(await listened(), [
        {
          actor: { type: 'api-key' },
          subject: { type: 'voicemail', id: message?.id },
          after: { mailbox: `user:${ana.id}` },
        },
      ]);
      t.equal((await listened()).length, 1, 'once, however many pieces a player asks for');
      boxes.clock.move(11 * 60_000);
      await play(boxes, { token: boxes.apiKey }, path);
      t.equal((await listened()).length, 2, 'and again when it is listened to again');

      t.match((await ana.own.get('/voicemails')).body, { meta: { unread: 1 } });
      t.match(await ana.own.patch(path, { read: true, archived: true }), {
        status: 200,
        body: { read: true, readBy: ana.id, archived: true },
      });
      t.match((await ana.own.get('/voicemails')).body, { data: [], meta: { unread: 0 } });
      t.equal((await ana.own.get('/voicemails?archived=true&read=true')).body.data.length, 1);
      t.match(await ana.own.patch(path, { read: 'yes' }), { status: 422 });

      t.equal((await ana.own.delete(path)).status, 204);
      t.equal((await ana.own.get(path)).status, 404);
      await until(
        async () => twilio.sounds.has(recordingSid),
        (kept) => !kept,
      );
      t.ok(twilio.answered.includes(`DELETE ${recordingSid} 204`));
      const activity = await admin.get(`/activity?action=voicemails.delete&subject=${message?.id}`);
      t.equal(activity.body.data.length, 1);
      t.notMatch(JSON.stringify(activity.body), CALLER);
    },
  );

  await suite.test('the box of a queue is shared by its members, who each get a mail', async (t) => {
    const { admin } = boxes;
    const ana = await newColleague(boxes, 'ana');
    const bo = await newColleague(boxes, 'bo');
    const carla = await newColleague(boxes, 'carla');
    const queue = await admin.post('/queues', { name: 'Repairs' });
    await admin.put(`/queues/${queue.body.id}/members`, { members: [{ userId: ana.id }, { userId: bo.id }] });
    const dialled = await newNumber(boxes, { type: 'voicemail', id: queue.body.id });
    const address = await boxes.app.listen({ port: 0, host: '127.0.0.1' });
    const watching = async ({ token }: { readonly token: string }) => {
      const client = await watch(t, address, { authorization: `Bearer ${token}` });
      await client.subscribe(['calls']);
      return client;
    };
    const [member, stranger] = [await watching(ana.own), await watching(carla.own)];
    await leaveMessage(boxes, dialled);
    const told = await member.find(({ name }) => name === 'voicemail.received');
    t.match(told.data, {
      mailbox: { type: 'queue', id: queue.body.id },
      from: { value: CALLER },
      durationSeconds: 7,
    });
    const [message] = await messagesOf(ana.own, 1, `?mailbox=queue:${queue.body.id}`);
    t.match(message, { mailbox: { type: 'queue', id: queue.body.id, name: 'Repairs' }, read: false });
    t.strictSame((await carla.own.get('/voicemails')).body.data, []);
    t.notOk(stranger.messages.some(({ name }) => name === 'voicemail.received'));
    t.match((await boxes.smtp.next(bo.email)).headers.get('subject'), 'New voicemail for Repairs');
    t.ok(await boxes.smtp.next(ana.email));
    t.match(told.data, { unread: 1 });
    t.match((await bo.own.get('/voicemails?limit=1')).body, { meta: { unread: 1 } });
    t.match((await carla.own.get('/voicemails')).body, { meta: { unread: 0 } });
    await play(boxes, bo.own, `/voicemails/${message?.id}`);
    t.match((await admin.get(`/activity?action=voicemails.listen&actor=${bo.id}`)).body.data, [
      { subject: { id: message?.id }, after: { mailbox: `queue:${queue.body.id}` } },
    ]);
    t.equal((await bo.own.patch(`/voicemails/${message?.id}`, { read: true })).status, 200);
    const read = await member.find(({ name }) => name === 'voicemail.changed');
    t.match(read.data, { id: message?.id, read: true, deleted: false, unread: 0 });
    t.match((await ana.own.get('/voicemails')).body, { meta: { unread: 0 } });
    t.notOk(stranger.messages.some(({ name }) => name === 'voicemail.changed'));
    t.match((await ana.own.get(`/voicemails/${message?.id}`)).body, { read: true, readBy: bo.id });

    const wantsLinks = () => admin.patch('/organization', { policies: { voicemailMail: 'link' } });
    t.after(async () => void (await wantsLinks()));
    await admin.patch('/organization', { policies: { voicemailMail: 'attachment' } });
    await leaveMessage(boxes, dialled);
    const { raw } = await boxes.smtp.next(bo.email);
    t.match(raw, /Content-Type: audio\/mpeg; name=voicemail-20\d\d-\d\d-\d\d\.mp3/);
    t.ok(raw.includes(Buffer.from(`ID3 message ${calls}`).toString('base64')));
    boxes.twilio.behave('broken');
    await leaveMessage(boxes, dialled);
    t.notMatch((await boxes.smtp.next(bo.email)).raw, 'audio/', 'a mail does not wait for the carrier');
    boxes.twilio.behave('well');

    await admin.patch('/organization', { policies: { voicemailMail: 'none' } });
    await leaveMessage(boxes, dialled);
    t.equal((await messagesOf(ana.own, 4)).length, 4);
    for (const [query, unread] of [
      ['', 3],
      ['?read=true', 3],
      ['?limit=1', 3],
      ['?archived=true', 0],
      [`?mailbox=queue:${queue.body.id}`, 3],
      [`?mailbox=user:${ana.id}`, 0],
    ] as const) {
      t.match((await ana.own.get(`/voicemails${query}`)).body, { meta: { unread } }, query);
    }
    const [newest] = await messagesOf(ana.own, 4);
    await ana.own.delete(`/voicemails/${newest?.id}`);
    const gone = await member.find(({ data }) => Reflect.get(Object(data), 'deleted') === true);
    t.match(gone.data, { id: newest?.id, unread: 2 });
    const first = await ana.own.get('/voicemails?limit=2');
    const second = await ana.own.get(`/voicemails?limit=2&after=${first.body.nextCursor}`);
    t.equal(second.body.data[0]?.id, message?.id, 'the newest first, a page at a time');
    t.equal(second.body.nextCursor, null);
    const mails = boxes.smtp.received.filter(({ envelopeTo }) =>
      envelopeTo.some((to) => to === ana.email || to === bo.email),
    );
    t.equal(mails.length, 6, 'no mail where the organization wants none');
  });

  await suite.test(
    'silence, failures, forged and late reports leave nothing, and a deleted message does not come back',
    async (t) => {
      const ana = await newColleague(boxes, 'ana');
      const dialled = await newNumber(boxes, { type: 'user', id: ana.id });
      const callSid = `CA${'e'.repeat(32)}`;
      const { exchanges } = await boxes.twin.call({ from: CALLER, to: dialled, callSid });
      const report = exchanges.find(({ request }) => request.path.includes('c=1'));
      if (report === undefined) throw new Error('no report');
      const told = Object.fromEntries(new URLSearchParams(report.request.body));
      const again = (changes: Readonly<Record<string, string>>) =>
        boxes.twin.post(report.request.path, { ...told, ...changes });
      const [message] = await messagesOf(ana.own, 1);
      t.equal((await ana.own.delete(`/voicemails/${message?.id}`)).status, 204);

      const other = (digit: string) => `RE${digit.repeat(32)}`;
      t.equal((await again({})).status, 204, 'once more');
      t.equal((await again({ RecordingSid: other('1'), RecordingDuration: '0' })).status, 204, 'silence');
      t.equal((await again({ RecordingSid: other('2'), RecordingStatus: 'absent' })).status, 204);
      t.equal((await again({ RecordingSid: other('3'), RecordingStatus: 'failed' })).status, 204);
      t.equal((await again({ CallSid: `CA${'9'.repeat(32)}` })).status, 403, 'of a call that never was');
      const elsewhere = 'http://169.254.169.254/latest/meta-data';
      t.equal((await again({ RecordingSid: other('4'), RecordingUrl: elsewhere })).status, 204);
      const [odd] = await messagesOf(ana.own, 1);
      t.match(odd, { hasSound: false, url: null }, 'an address that is not the carrier’s is never asked');
      t.match(await ana.own.get(`/voicemails/${odd?.id}/sound`), {
        status: 404,
        body: { code: 'voicemail.no-sound' },
      });
    },
  );

  await suite.test(
    'a box says its own text, or plays its own sound from an address that nobody can make up',
    async (t) => {
      const { admin, app } = boxes;
      const ana = await newColleague(boxes, 'ana');
      const bo = await newColleague(boxes, 'bo');
      const dialled = await newNumber(boxes, { type: 'voicemail', id: ana.id });
      const path = `/users/${ana.id}/greeting`;
      const call = async (callSid: string) =>
        (await boxes.twin.call({ from: CALLER, to: dialled, callSid })).heard;
      const upload = (by: { readonly token: string }, payload: Buffer, type = 'audio/wav', to = path) =>
        app.inject({
          method: 'PUT',
          url: `/v1${to}/sound`,
          headers: { authorization: `Bearer ${by.token}`, 'content-type': type },
          payload,
        });

      t.match((await ana.own.get(path)).body, { text: null, sound: null });
      t.equal((await ana.own.put(path, { text: ' Ana is hiking & "back" soon. ' })).status, 200);
      const [spoken] = await call(`CA${'1'.repeat(32)}`);
      t.equal(spoken, 'hears "Ana is hiking & "back" soon."', 'the very next call');
      t.match(await bo.own.put(path, { text: 'Mine' }), { status: 403, body: { permission: 'users.write' } });
      t.match(await ana.own.put(path, { text: 'x'.repeat(501) }), { status: 422 });

      for (const [title, payload, type] of [
        ['a page', Buffer.from('<!doctype html><script>'), 'audio/mpeg'],
        ['nothing', Buffer.alloc(0), 'audio/wav'],
      ] as const) {
        t.match((await upload(ana.own, payload, type)).statusCode, 422, title);
      }
      t.equal((await upload(ana.own, wave, 'application/octet-stream')).statusCode, 415);
      t.equal((await upload(ana.own, Buffer.alloc(5 * 1024 * 1024 + 1, 'RIFF'))).statusCode, 413);
      t.equal((await upload(bo.own, wave)).statusCode, 403);
      t.match((await upload(ana.own, wave)).json(), { sound: { type: 'audio/wav', bytes: wave.length } });
      const [played = ''] = await call(`CA${'2'.repeat(32)}`);
      const address = new URL(played.replace('hears the sound ', ''));
      t.match(address.pathname, /^\/twilio\/greeting\/[\w-]{60,}$/);
      const fetched = await app.inject(address.pathname);
      t.match(fetched, { statusCode: 200, headers: { 'content-type': 'audio/wav' } });
      t.same(fetched.rawPayload, wave);
      const forged = address.pathname.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
      for (const url of [forged, '/twilio/greeting/x', `/twilio/greeting/${ana.id}`]) {
        t.equal((await app.inject(url)).statusCode, 404, url);
      }
      t.same((await app.inject({ url: `/v1${path}/sound`, headers: boxes.headers })).rawPayload, wave);

      const { paths } = (await app.inject('/openapi.json')).json();
      t.match(paths['/v1/users/{id}/greeting/sound'].put.requestBody.content, {
        'audio/mpeg': {},
        'audio/wav': {},
      });

      t.equal((await ana.own.delete(`${path}/sound`)).status, 204);
      t.equal((await call(`CA${'3'.repeat(32)}`))[0], spoken, 'the text again');
      t.equal((await ana.own.delete(path)).status, 204);
      t.match((await call(`CA${'4'.repeat(32)}`))[0], /^hears "Nobody can take your call right now/);

      const queue = await admin.post('/queues', { name: 'Workshop' });
      const box = `/queues/${queue.body.id}/greeting`;
      t.equal((await admin.put(box, { text: 'Repairs are closed.' })).status, 200);
      const repairs = await newNumber(boxes, { type: 'voicemail', id: queue.body.id });
      await admin.patch('/organization', { policies: { voicemailMaxSeconds: 45 } });
      const called = { from: CALLER, to: repairs, callSid: `CA${'5'.repeat(32)}` };
      const { heard, exchanges } = await boxes.twin.call(called);
      t.equal(heard[0], 'hears "Repairs are closed."');
      t.match(exchanges[0]?.reply.body, / maxLength="45"/);
    },
  );

  await suite.test(
    'an exchange of one’s own reports what it recorded, and fetches the greeting',
    async (t) => {
      const { app, headers } = boxes;
      const ana = await newColleague(boxes, 'ana');
      const upload = await app.inject({
        method: 'PUT',
        url: `/v1/users/${ana.id}/greeting/sound`,
        headers: { ...headers, 'content-type': 'audio/x-wav' },
        payload: wave,
      });
      t.equal(upload.statusCode, 200);
      const dialled = await newNumber(boxes, { type: 'user', id: ana.id });
      const post = (url: string, payload: object) => app.inject({ method: 'POST', url, headers, payload });
      const asked = await post('/v1/route', { callId: 'c-1', from: CALLER, to: dialled });
      const { steps }: { steps: readonly Doc[] } = asked.json();
      const soundId = String(steps.find((step) => step.action === 'voicemail')?.soundId);
      t.same((await app.inject({ url: `/v1/route/sounds/${soundId}`, headers })).rawPayload, wave);
      t.equal((await app.inject(`/v1/route/sounds/${soundId}`)).statusCode, 401);
      for (const other of [ana.id, '..%2f', 'x']) {
        t.equal((await app.inject({ url: `/v1/route/sounds/${other}`, headers })).statusCode, 404, other);
      }

      const recording = { id: 'rec-1', durationSeconds: 12, url: 'https://pbx.example/rec-1.wav' };
      const result = '/v1/route/c-1/result';
      const tooEarly = await post(result, { step: 's1', outcome: 'no-answer', recording });
      t.match(tooEarly.json(), { code: 'body.invalid', errors: [{ pointer: '/recording' }] });
      t.equal((await post(result, { step: 's1', outcome: 'no-answer' })).statusCode, 200);
      for (const url of ['javascript:alert(1)', 'file:///etc/passwd', 'http://x y']) {
        const payload = { step: 's2', outcome: 'completed', recording: { ...recording, url } };
        t.equal((await post(result, payload)).statusCode, 422, url);
      }
      t.equal((await post(result, { step: 's2', outcome: 'completed', recording })).statusCode, 200);
      t.equal((await post(result, { step: 's2', outcome: 'completed', recording })).statusCode, 200, 'again');
      const [message] = await messagesOf(ana.own, 1);
      t.match(message, {
        callId: 'c-1',
        from: { value: CALLER },
        durationSeconds: 12,
        hasSound: false,
        url: recording.url,
      });
    },
  );

  await suite.test('a key needs the permission, and who is erased leaves no message behind', async (t) => {
    const { admin, app, twilio } = boxes;
    const ana = await newColleague(boxes, 'ana');
    const dialled = await newNumber(boxes, { type: 'voicemail', id: ana.id });
    const recordingSid = await leaveMessage(boxes, dialled);
    const box = `?mailbox=user:${ana.id}`;
    const [message] = await messagesOf(admin, 1, box);
    const path = `/voicemails/${message?.id}`;
    const keyOf = async (permission: string) => {
      const made = await admin.post<{ readonly secret: string }>('/api-keys', {
        name: permission,
        permissions: [permission],
      });
      return client(app, made.body.secret);
    };
    const small = await keyOf('simulate');
    t.match(await small.get('/voicemails'), { status: 403, body: { permission: 'voicemails.read' } });
    t.match(await small.delete(path), { status: 403, body: { permission: 'voicemails.read' } });
    const listener = await keyOf('voicemails.read');
    t.equal((await listener.get(path)).status, 200);
    t.match(await listener.patch(path, { read: true }), {
      status: 403,
      body: { permission: 'voicemails.write' },
    });
    t.match(await listener.get('/voicemails?mailbox=desk:1'), { status: 400 });
    t.match(await listener.get('/voicemails?after=x'), { status: 400 });

    await admin.patch('/organization', { policies: { deletionGraceDays: 0 } });
    await admin.put(`/users/${ana.id}/greeting`, { text: 'Ana here.' });
    t.equal((await admin.delete(`/users/${ana.id}`)).status, 204);
    t.strictSame((await admin.get(`/voicemails${box}`)).body.data, []);
    const rows = await inOrganization(boxes.database, boxes.organizationId, (trx) =>
      trx
        .selectFrom('voicemail')
        .select(['from_value', 'deleted_at'])
        .where('mailbox_id', '=', ana.id)
        .execute(),
    );
    t.match(rows, [{ from_value: null, deleted_at: Date }]);
    t.ok(twilio.sounds.has(recordingSid), 'the carrier is asked by the worker');
    const greetings = await inOrganization(boxes.database, boxes.organizationId, (trx) =>
      trx.selectFrom('greeting').select('id').where('text', '=', 'Ana here.').execute(),
    );
    t.strictSame(greetings, []);
  });
});
