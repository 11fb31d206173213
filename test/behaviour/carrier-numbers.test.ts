import { existsSync, readFileSync } from 'node:fs';
import { test } from 'tap';
import { Compile } from 'typebox/compile';
import { buildTwilioApi } from '../../plugins/twilio/rest.ts';
import { buildTestApp } from '../support/app.ts';
import { adminApp, type Client, client, type Doc, newOffice, send } from '../support/factories.ts';
import { twilioTwin, twinNumber } from '../support/twilio-rest.ts';
import { intoApp, signedRequest, voiceParameters } from '../support/twilio-webhook.ts';

const first = { accountSid: `AC${'1'.repeat(32)}`, authToken: 'the first auth token' };
const second = { accountSid: `AC${'2'.repeat(32)}`, authToken: 'second-auth-token-new' };

type Synced = Doc & {
  readonly added: number;
  readonly known: number;
  readonly numbers: readonly {
    readonly number: string;
    readonly state: string;
    readonly webhook: string | null;
  }[];
  readonly missing: readonly { readonly number: string }[];
};

test('numbers are taken over from the carrier, and their webhooks are set on request', async (t) => {
  const twin = await twilioTwin(t, [first, second]);
  let firstOrganization: string | undefined;
  const { app, database, directories } = await adminApp(t, {
    carrier: {
      api: buildTwilioApi(twin.url, { requestMs: 2_000, listMs: 3_000 }),
      configured: { accountSid: first.accountSid, authTokens: [first.authToken] },
      firstOrganizationId: () => firstOrganization,
    },
  });
  const office = await newOffice(app, 'acme');
  const other = await newOffice(app, 'other');
  firstOrganization = office.id;
  const add = (accountSid: string, index: number, number: string, changes = {}) => {
    const made = twinNumber(accountSid, index, number, changes);
    twin.numbers.set(made.sid, made);
  };
  add(first.accountSid, 1, '+14155550101', { friendly_name: '(415) 555-0101' });
  add(first.accountSid, 2, '+14155550102', { friendly_name: 'Sales' });
  add(first.accountSid, 3, '+14155550103', {
    capabilities: { voice: false, sms: true, mms: false, fax: false },
  });
  add(first.accountSid, 4, '+14155550104', { trunk_sid: `TK${'0'.repeat(32)}` });
  add(first.accountSid, 5, '+14155550105');
  const sync = (by: Client, body?: object, headers?: Record<string, string>) =>
    by.post<Synced>('/numbers/sync', body, headers);

  await t.test('over all pages of the list; what is here already stays as it is', async (t) => {
    await office.admin.post('/numbers', { number: '+14155550105', name: 'Mine', target: { type: 'hangup' } });
    await office.admin.post('/numbers', { number: '+14155550150' });
    const { status, body } = await sync(office.admin);
    t.equal(status, 200, JSON.stringify(body));
    t.match(body, { added: 3, known: 1, missing: [{ number: '+14155550150' }] });
    t.match(body.numbers, [
      { number: '+14155550101', state: 'added', webhook: 'elsewhere' },
      { number: '+14155550102', state: 'added', webhook: 'elsewhere' },
      { number: '+14155550103', state: 'unusable', webhook: null },
      { number: '+14155550104', state: 'added', webhook: 'on-trunk' },
      { number: '+14155550105', state: 'known', webhook: 'elsewhere' },
    ]);
    const { body: list } = await office.admin.get('/numbers');
    t.match(list.data, [
      { number: '+14155550101', name: '', target: null },
      { number: '+14155550102', name: 'Sales', target: null },
      { number: '+14155550104' },
      { number: '+14155550105', name: 'Mine', target: { type: 'hangup' } },
      { number: '+14155550150' },
    ]);
    t.match((await sync(office.admin, {})).body, { added: 0, known: 4 }, 'a second time changes nothing');
  });

  await t.test('webhooks lead to this service', async (t) => {
    const { body } = await sync(office.admin, { setWebhooks: true });
    t.same(
      body.numbers.map((row) => row.webhook),
      ['set', 'set', null, 'on-trunk', 'set'],
    );
    const [one] = twin.numbers.values();
    t.match(one, {
      voice_url: 'https://linefinder.example/twilio/voice',
      voice_method: 'POST',
      status_callback: 'https://linefinder.example/twilio/status',
      status_callback_method: 'POST',
    });
    const again = await sync(office.admin, { setWebhooks: true });
    t.same(
      again.body.numbers.map((row) => row.webhook),
      ['already-set', 'already-set', null, 'on-trunk', 'already-set'],
    );
    t.match((await office.admin.get('/activity?action=numbers.sync')).body.data[0], {
      after: { setWebhooks: true },
    });
  });

  await t.test(
    'a second organization stores an account of its own, and nobody reads the token back',
    async (t) => {
      t.match(await sync(other.admin), { status: 409, body: { code: 'carrier.not-configured' } });
      const path = `/organization/carrier-accounts/${second.accountSid}`;
      const stored = await other.admin.put(path, { authTokens: [second.authToken] });
      t.match(stored, { status: 200, body: { carrier: 'twilio', accountSid: second.accountSid, tokens: 1 } });
      t.match(directories.findCarrierAccount('twilio', second.accountSid), { organizationId: other.id });
      t.match(await office.admin.put(path, { authTokens: [second.authToken] }), {
        status: 409,
        body: { code: 'carrier-account.taken' },
      });
      t.match(
        await other.admin.put(`/organization/carrier-accounts/${first.accountSid}`, {
          authTokens: ['0123456789abcdef'],
        }),
        {
          status: 409,
        },
        'the account of the settings',
      );
      add(second.accountSid, 11, '+14155550111');
      add(second.accountSid, 12, '+14155550101');
      t.match((await sync(other.admin)).body, {
        added: 1,
        numbers: [
          { number: '+14155550101', state: 'taken', id: null },
          { number: '+14155550111', state: 'added' },
        ],
      });
      const shown = JSON.stringify([
        (await other.admin.get('/organization/carrier-accounts')).body,
        (await other.admin.get('/activity?limit=100')).body,
      ]);
      t.notOk(shown.includes(second.authToken));
      t.notMatch(shown, /v1\./, 'not even sealed');
      const rows = await database.kysely.selectFrom('carrier_account').selectAll().execute();
      t.same(rows, [], 'row-level security');
      t.match((await office.admin.get('/organization/carrier-accounts')).body, { data: [] });

      await other.admin.put(path, { authTokens: ['a wrong token of some length'.replaceAll(' ', '-')] });
      t.match(await sync(other.admin), { status: 409, body: { code: 'carrier.refused' } });
      t.equal((await office.admin.delete(path)).status, 404);
      t.equal((await other.admin.delete(path)).status, 204);
      t.equal(
        directories.findCarrierAccount('twilio', second.accountSid),
        undefined,
        'its calls are refused at once',
      );
      t.match(await sync(other.admin), { status: 409, body: { code: 'carrier.not-configured' } });
    },
  );

  await t.test('a carrier that is broken changes nothing here', async (t) => {
    twin.behave('broken');
    add(first.accountSid, 6, '+14155550106');
    t.match(await sync(office.admin, { setWebhooks: true }), {
      status: 502,
      body: { code: 'carrier.unreachable' },
    });
    t.equal((await office.admin.get('/numbers?q=0106')).body.data.length, 0);
    twin.behave('well');
    t.equal((await sync(office.admin)).body.added, 1);
  });

  await t.test('a carrier that says nothing is given up', async (t) => {
    twin.behave('silent');
    const api = buildTwilioApi(twin.url, { requestMs: 100, listMs: 200 });
    const started = performance.now();
    await t.rejects(api.listNumbers(first), { message: /Twilio/ });
    await t.rejects(api.setWebhooks(first, `PN${'0'.repeat(32)}`, { voice: '', status: '' }), {
      message: /Twilio/,
    });
    t.ok(performance.now() - started < 2_000);
    twin.behave('well');
  });

  await t.test('a rehearsal asks nobody', async (t) => {
    const before = twin.answered.length;
    const supposed = await office.admin.post('/simulate', {
      to: '+14155550101',
      assume: { changes: [{ method: 'POST', path: '/numbers/sync', body: { setWebhooks: true } }] },
    });
    t.match(supposed, { status: 422, body: { code: 'simulation.change-refused' } });
    t.equal(twin.answered.length, before);
  });

  const description = new URL('../../../shared/data/twilio_api_v2010.json', import.meta.url);
  await t.test(
    'the twin answers as the description of Twilio says',
    { skip: !existsSync(description) },
    async (t) => {
      const document: unknown = JSON.parse(readFileSync(description, 'utf8'));
      const paths = {
        list: '/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json',
        one: '/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json',
      };
      const schemaOf = (path: string, method: string) =>
        Compile(
          toSchema(
            document,
            at(document, [
              'paths',
              path,
              method,
              'responses',
              '200',
              'content',
              'application/json',
              'schema',
            ]),
          ),
        );
      const validators = { GET: schemaOf(paths.list, 'get'), POST: schemaOf(paths.one, 'post') };
      const good = twin.answered.filter(({ status }) => status === 200);
      t.ok(good.some(({ method }) => method === 'GET') && good.some(({ method }) => method === 'POST'));
      for (const { method, body } of good) {
        const validator = method === 'GET' ? validators.GET : validators.POST;
        t.ok(validator.Check(body), JSON.stringify(validator.Errors(body).slice(0, 3)));
      }
      const names = Object.keys(
        Object(
          at(document, ['components', 'schemas', 'api.v2010.account.incoming_phone_number', 'properties']),
        ),
      );
      const shown = Object.keys(twinNumber(first.accountSid, 1, '+14155550101'));
      t.same(
        names.filter((name) => !shown.includes(name) && name !== 'type'),
        [],
        'no member is missing',
      );
      t.same(
        shown.filter((name) => !names.includes(name)),
        [],
        'and none is made up',
      );
    },
  );
});

test('a second organization uses Twilio with its own account: numbers, webhooks, and the call itself', async (t) => {
  const twin = await twilioTwin(t, [second]);
  const operator = 'operator-key-of-this-test';
  const { app, config } = await buildTestApp(t, {
    environment: { LINEFINDER_TWILIO_API_URL: twin.url, LINEFINDER_OPERATOR_KEY: operator },
  });
  const founded = await send<{ readonly apiKey: { readonly secret: string } }>(
    app,
    'POST',
    '/organizations',
    {
      slug: 'second',
      name: 'Second',
      timeZone: 'UTC',
      defaultCountry: 'US',
      administrator: { login: 'root', password: 'a good long password' },
    },
    { authorization: `Bearer ${operator}` },
  );
  t.equal(founded.status, 201);
  const admin = client(app, founded.body.apiKey.secret);
  const call = async (callSid: string) => {
    const parameters = voiceParameters({
      accountSid: second.accountSid,
      callSid,
      from: '+34911234567',
      to: '+14155550171',
    });
    const signer = { publicUrl: config.publicUrl, authToken: second.authToken };
    return intoApp(app)(signedRequest(signer, '/twilio/voice', parameters));
  };
  t.equal((await call(`CA${'1'.repeat(32)}`)).status, 403, 'an account that nobody has');

  const path = `/organization/carrier-accounts/${second.accountSid}`;
  t.equal((await admin.put(path, { authTokens: [second.authToken] })).status, 200);
  const number = twinNumber(second.accountSid, 1, '+14155550171');
  twin.numbers.set(number.sid, number);
  t.match((await admin.post<Synced>('/numbers/sync', { setWebhooks: true })).body, {
    added: 1,
    numbers: [{ number: '+14155550171', webhook: 'set' }],
  });
  t.equal(twin.numbers.get(number.sid)?.voice_url, `${config.publicUrl}/twilio/voice`);
  const { body: list } = await admin.get('/numbers?assigned=false');
  await admin.put(`/numbers/${list.data[0]?.id}/target`, {
    type: 'announcement',
    text: 'Welcome to the second',
  });
  const answered = await call(`CA${'2'.repeat(32)}`);
  t.equal(answered.status, 200);
  t.match(answered.body, /Welcome to the second/);
  t.equal((await admin.delete(path)).status, 204);
  t.equal((await call(`CA${'3'.repeat(32)}`)).status, 403, 'the very next call after the account is gone');
});

function at(document: unknown, path: readonly string[]): unknown {
  return path.reduce((value: unknown, name) => Reflect.get(Object(value), name), document);
}

/** OpenAPI 3.0 to JSON schema: references written out, `nullable` as a type, closed objects so that a typing mistake shows. */
function toSchema(document: unknown, value: unknown): object {
  const schema = Object(value);
  if (typeof schema.$ref === 'string')
    return toSchema(document, at(document, schema.$ref.slice(2).split('/')));
  const properties = Object.entries(Object(schema.properties)).map(([name, one]) => [
    name,
    toSchema(document, one),
  ]);
  const nullable = schema.nullable === true;
  const { type, pattern, minLength, maxLength } = schema;
  return {
    ...(type === undefined ? {} : { type: nullable ? [type, 'null'] : type }),
    ...(pattern === undefined ? {} : { pattern, minLength, maxLength }),
    ...(schema.enum === undefined ? {} : { enum: nullable ? [...schema.enum, null] : schema.enum }),
    ...(schema.items === undefined ? {} : { items: toSchema(document, schema.items) }),
    ...(properties.length === 0
      ? {}
      : { properties: Object.fromEntries(properties), additionalProperties: false }),
  };
}
