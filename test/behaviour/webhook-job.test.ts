import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { buildTwilioApi } from '../../plugins/twilio/rest.ts';
import { adminApp, type Doc, newOffice } from '../support/factories.ts';
import { countChanges, twilioTwin, twinNumber } from '../support/twilio-rest.ts';

const account = { accountSid: `AC${'3'.repeat(32)}`, authToken: 'the-only-auth-token' };

test('the webhooks of many numbers are a job', async (t) => {
  const twin = await twilioTwin(t, [account]);
  const api = buildTwilioApi(twin.url, { requestMs: 500, listMs: 3_000 });
  const carrier = { api, configured: null, firstOrganizationId: () => undefined };
  const { app, database, directories } = await adminApp(t, { carrier });
  const { admin } = await newOffice(app, 'acme');
  await admin.put(`/organization/carrier-accounts/${account.accountSid}`, {
    authTokens: [account.authToken],
  });
  const numbers = Array.from({ length: 60 }, (_, index) => `+1415555${String(2_000 + index)}`);
  for (const [index, number] of numbers.entries()) {
    const made = twinNumber(account.accountSid, index, number);
    twin.numbers.set(made.sid, made);
  }
  const ended = async (id: unknown): Promise<Doc> => {
    for (let tries = 0; tries < 400; tries += 1) {
      const { body } = await admin.get(`/jobs/${String(id)}`);
      if (body.state === 'done' || body.state === 'canceled') return body;
      await sleep(25);
    }
    throw new Error('the job does not end');
  };
  const setOnes = () =>
    [...twin.numbers.values()].filter((one) => one.voice_url === 'https://linefinder.example/twilio/voice')
      .length;
  const leadAway = () => {
    for (const [sid, one] of twin.numbers) twin.numbers.set(sid, { ...one, voice_url: '' });
  };

  await t.test('with progress and a result for each number', async (t) => {
    const { status, body } = await admin.post('/numbers/sync', { setWebhooks: true });
    t.match(
      { status, body },
      { status: 200, body: { added: 60, refused: [], numbers: [{ webhook: 'queued' }] } },
    );
    const job = await ended(body.job);
    t.match(job, { kind: 'numbers.webhooks', state: 'done', total: 60, done: 60, failed: 0 });
    t.match(job.results, [{ state: 'done', code: 'changed', message: /^\+14155552000 leads here/ }]);
    t.equal(setOnes(), 60);
    t.match((await admin.post('/numbers/sync', { setWebhooks: true })).body, {
      job: null,
      numbers: [{ webhook: 'already-set' }],
    });
  });

  await t.test('a number that the carrier refuses says so, and the others go on', async (t) => {
    leadAway();
    const { body } = await admin.post('/numbers/sync', { setWebhooks: true });
    // The account is taken away under the job: what is left is told why.
    await admin.delete(`/organization/carrier-accounts/${account.accountSid}`);
    const job = await ended(body.job);
    t.equal(Number(job.done) + Number(job.failed), 60);
    t.ok(Number(job.failed) > 0);
    t.match(Array.isArray(job.results) ? job.results.find((row) => row.state === 'failed') : undefined, {
      code: 'carrier.not-configured',
      message: /not stored any more/,
    });
    await admin.put(`/organization/carrier-accounts/${account.accountSid}`, {
      authTokens: [account.authToken],
    });
  });

  await t.test('a job that is canceled begins nothing more, and says what was under way', async (t) => {
    leadAway();
    const { body } = await admin.post('/numbers/sync', { setWebhooks: true });
    t.match(await admin.post(`/jobs/${String(body.job)}/cancel`), {
      status: 200,
      body: { state: 'canceled' },
    });
    // Those that were under way come to their end, on a busy machine later.
    let set = -1;
    while (setOnes() !== set) {
      set = setOnes();
      await sleep(300);
    }
    t.ok(set < 60, `${set} were under way`);
    await sleep(200);
    t.equal(setOnes(), set);
    const job = await ended(body.job);
    t.match(job, { state: 'canceled', done: set, failed: 0 });
    t.equal(Array.isArray(job.results) ? job.results.filter((row) => row.state === 'done').length : -1, set);
  });

  await t.test('two replicas set each number once', async (t) => {
    leadAway();
    twin.answered.length = 0;
    const other = await adminApp(t, { database, directories, carrier });
    t.ok(other.routes.length > 0);
    const { body } = await admin.post('/numbers/sync', { setWebhooks: true });
    await ended(body.job);
    t.same(
      [...countChanges(twin).values()],
      numbers.map(() => 1),
    );
  });

  await t.test('an account that refuses does not stand in the way of another', async (t) => {
    const stale = `AC${'4'.repeat(32)}`;
    await admin.put(`/organization/carrier-accounts/${stale}`, { authTokens: ['0123456789abcdef'] });
    t.match(await admin.post('/numbers/sync'), {
      status: 200,
      body: { known: 60, refused: [{ accountSid: stale, detail: String }], missing: [] },
    });
  });
});
