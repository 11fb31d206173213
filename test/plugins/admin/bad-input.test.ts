import { type Test, test } from 'tap';
import { type Client, newUser, operatorKey, password, send } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

type Method = 'post' | 'put' | 'patch';
type Case = {
  readonly ask: readonly [Method, string];
  readonly body: unknown;
  readonly pointer: string;
  readonly status?: number;
  readonly says?: RegExp;
};

test('bad input is refused with a document that says what to do, and nothing is written', async (suite) => {
  const { app, database, newOffice } = await sharedApp(suite);
  const office = await newOffice('input');
  const other = await newOffice('other');
  const ana = await newUser(office, 'Ana');
  const gone = await newUser(office, 'Gone');
  const stranger = await newUser(other, 'Stranger');
  const number = await office.admin.post('/numbers', { number: '+14155550100' });
  const queue = await office.admin.post('/queues', { name: 'Sales' });
  // Deleting comes over the API later; its effect on references is law already.
  await database.kysely.transaction().execute(async (trx) => {
    const { sql } = await import('kysely');
    await sql`select set_config('app.organization_id', ${office.id}, true)`.execute(trx);
    await trx.updateTable('user').set({ status: 'deleted' }).where('id', '=', gone.id).execute();
  });
  const seen = async () =>
    JSON.stringify([
      (await office.admin.get(`/users/${ana.id}`)).body,
      (await office.admin.get(`/users/${ana.id}/availability`)).body,
      (await office.admin.get(`/users/${ana.id}/overrides`)).body,
      (await office.admin.get('/users')).body,
      (await office.admin.get('/numbers')).body,
      (await office.admin.get('/queues')).body,
      (await office.admin.get(`/queues/${queue.body.id}/members`)).body,
      (await office.admin.get('/leads')).body,
      (await office.admin.get('/organization')).body,
      (await office.admin.get('/api-keys')).body,
    ]);
  const before = await seen();
  const hours: readonly [Method, string] = ['put', `/users/${ana.id}/availability`];
  const overrides: readonly [Method, string] = ['post', `/users/${ana.id}/overrides`];
  const user: readonly [Method, string] = ['patch', `/users/${ana.id}`];
  const did: readonly [Method, string] = ['patch', `/numbers/${number.body.id}`];
  const house: readonly [Method, string] = ['patch', '/organization'];
  const monday = (window: object) => ({ weekly: { monday: { available: true, windows: [window] } } });
  const person = { kind: 'username', firstName: 'X', lastName: 'Y', login: 'x', password };

  const cases: Readonly<Record<string, Case>> = {
    'an unknown zone': {
      ask: hours,
      body: { timeZone: 'Europe/Madird', weekly: null },
      pointer: '/timeZone',
      says: /IANA/,
    },
    'a zone in another case': { ask: user, body: { timeZone: 'europe/madrid' }, pointer: '/timeZone' },
    'an offset as zone': { ask: user, body: { timeZone: '+02:00' }, pointer: '/timeZone' },
    '24:30': {
      ask: hours,
      body: monday({ from: '09:00', to: '24:30' }),
      pointer: '/weekly/monday/windows/0/to',
    },
    '24:00 as a start': {
      ask: hours,
      body: monday({ from: '24:00', to: '06:00' }),
      pointer: '/weekly/monday/windows/0/from',
      says: /only an end/,
    },
    'from equal to to': {
      ask: hours,
      body: monday({ from: '09:00', to: '09:00' }),
      pointer: '/weekly/monday/windows/0/to',
      says: /no length/,
    },
    'one digit': {
      ask: hours,
      body: monday({ from: '9:00', to: '10:00' }),
      pointer: '/weekly/monday/windows/0/from',
    },
    'windows of a day off': {
      ask: hours,
      body: { weekly: { monday: { available: false, windows: [] } } },
      pointer: '/weekly/monday/windows',
    },
    'a fallback of a day that is on': {
      ask: hours,
      body: { weekly: { monday: { available: true, windows: [], fallbackUserId: gone.id } } },
      pointer: '/weekly/monday/fallbackUserId',
    },
    'a day without windows': {
      ask: hours,
      body: { weekly: { monday: { available: true } } },
      pointer: '/weekly/monday/windows',
    },
    'an unknown weekday': {
      ask: hours,
      body: { weekly: { Monday: { available: true, windows: [] } } },
      pointer: '/weekly/Monday',
    },
    'oneself as fallback of a day': {
      ask: hours,
      body: { weekly: { sunday: { available: false, fallbackUserId: ana.id } } },
      pointer: '/weekly/sunday/fallbackUserId',
      says: /own fallback/,
    },
    "another organization's fallback": {
      ask: hours,
      body: { weekly: { sunday: { available: false, fallbackUserId: stranger.id } } },
      pointer: '/weekly/sunday/fallbackUserId',
      says: /Choose a user of this organization/,
    },
    'a deleted fallback': {
      ask: hours,
      body: { weekly: { sunday: { available: false, fallbackUserId: gone.id } } },
      pointer: '/weekly/sunday/fallbackUserId',
      says: /deleted/,
    },
    'a fallback that is no id': {
      ask: hours,
      body: { weekly: { sunday: { available: false, fallbackUserId: 'bo' } } },
      pointer: '/weekly/sunday/fallbackUserId',
    },
    'weekly left out': { ask: hours, body: {}, pointer: '/weekly' },
    'dates the wrong way round': {
      ask: overrides,
      body: { from: '2026-12-26', to: '2026-12-24', available: false },
      pointer: '/to',
    },
    'a date that does not exist': {
      ask: overrides,
      body: { from: '2026-02-30', available: false },
      pointer: '/from',
    },
    'an override with both': {
      ask: overrides,
      body: { from: '2026-12-24', available: false, windows: [] },
      pointer: '/windows',
    },
    'an override of oneself': {
      ask: overrides,
      body: { from: '2026-12-24', available: false, fallbackUserId: ana.id },
      pointer: '/fallbackUserId',
    },
    'oneself as general fallback': {
      ask: user,
      body: { fallbackUserId: ana.id },
      pointer: '/fallbackUserId',
    },
    'oneself in capitals': {
      ask: user,
      body: { fallbackUserId: ana.id.toUpperCase() },
      pointer: '/fallbackUserId',
    },
    'a deleted general fallback': {
      ask: user,
      body: { fallbackUserId: gone.id },
      pointer: '/fallbackUserId',
    },
    'a forward to another organization': {
      ask: user,
      body: { forwardAll: { type: 'user', id: stranger.id } },
      pointer: '/forwardAll/id',
    },
    'a forward to oneself': {
      ask: user,
      body: { forwardAll: { type: 'user', id: ana.id } },
      pointer: '/forwardAll/id',
    },
    'a forward to 911': {
      ask: user,
      body: { forwardAll: { type: 'external', number: '911' } },
      pointer: '/forwardAll/number',
      says: /short codes/,
    },
    'a forward to 112': {
      ask: did,
      body: { target: { type: 'external', number: '112' } },
      pointer: '/target/number',
    },
    'a premium forward': {
      ask: user,
      body: { forwardAll: { type: 'external', number: '+1 900 555 0100' } },
      pointer: '/forwardAll/number',
    },
    'a satellite forward': {
      ask: did,
      body: { target: { type: 'external', number: '+881612345678' } },
      pointer: '/target/number',
    },
    'a forward abroad': {
      ask: did,
      body: { override: { target: { type: 'external', number: '+34911234567' } } },
      pointer: '/override/target/number',
      says: /ES/,
    },
    'half a number': {
      ask: did,
      body: { target: { type: 'external', number: 'call me' } },
      pointer: '/target/number',
    },
    'a target with too much': {
      ask: did,
      body: { target: { type: 'hangup', text: 'bye' } },
      pointer: '/target/text',
    },
    'a target with too little': { ask: did, body: { target: { type: 'queue' } }, pointer: '/target/id' },
    'a long text': {
      ask: did,
      body: { target: { type: 'announcement', text: 'x'.repeat(501) } },
      pointer: '/target/text',
    },
    'a forward without target': {
      ask: user,
      body: { ifUnavailable: { action: 'forward' } },
      pointer: '/ifUnavailable/target',
    },
    'a target without forward': {
      ask: user,
      body: { ifUnavailable: { action: 'none', target: { type: 'hangup' } } },
      pointer: '/ifUnavailable/target',
    },
    'a cause without target': {
      ask: user,
      body: { ifUnavailable: { causes: { busy: { action: 'forward' } } } },
      pointer: '/ifUnavailable/causes/busy/target',
    },
    'a match with two conditions': {
      ask: did,
      body: { callerRules: [{ match: { prefix: '+1', kind: 'external' }, target: { type: 'hangup' } }] },
      pointer: '/callerRules/0/match',
    },
    'a prefix without country': {
      ask: did,
      body: { callerRules: [{ match: { prefix: '415' }, target: { type: 'hangup' } }] },
      pointer: '/callerRules/0/match/prefix',
    },
    'a calendar with a bad window': {
      ask: did,
      body: {
        calendar: { weekly: { monday: { available: true, windows: [{ from: '10:00', to: '10:00' }] } } },
      },
      pointer: '/calendar/weekly/monday/windows/0/to',
    },
    'an open exception without hours': {
      ask: did,
      body: { calendar: { exceptions: [{ from: '2026-12-24', closed: false }] } },
      pointer: '/calendar/exceptions/0/windows',
    },
    'the number itself': { ask: did, body: { number: '+14155550199' }, pointer: '/number' },
    'an instant that does not exist': {
      ask: user,
      body: { doNotDisturb: { on: true, until: '2026-12-31T23:59:60Z' } },
      pointer: '/doNotDisturb/until',
    },
    'quiet hours without length': {
      ask: user,
      body: { mobile: { quietHours: { from: '22:00', to: '22:00' } } },
      pointer: '/mobile/quietHours/to',
    },
    'an extension of one digit': { ask: user, body: { extension: '7' }, pointer: '/extension' },
    'an unknown field': { ask: user, body: { nickname: 'Annie' }, pointer: '/nickname' },
    'a skill that there is not': { ask: user, body: { skills: ['x'] }, pointer: '/skills/0' },
    'a wrong type': { ask: user, body: { ringSeconds: '20' }, pointer: '/ringSeconds' },
    'a name taken away': { ask: user, body: { firstName: null }, pointer: '/firstName' },
    'a call limit of 21': { ask: user, body: { callLimit: 21 }, pointer: '/callLimit' },
    'a NUL': { ask: user, body: { firstName: 'A\u0000na' }, pointer: '/firstName' },
    'half a surrogate pair': { ask: house, body: { texts: { closed: '\ud800' } }, pointer: '/texts/closed' },
    'an unknown country': { ask: house, body: { defaultCountry: 'XX' }, pointer: '/defaultCountry' },
    'a bad block list entry': { ask: house, body: { blockList: ['*'] }, pointer: '/blockList/0' },
    'a holiday backwards': {
      ask: house,
      body: { holidays: [{ from: '2026-12-26', to: '2026-12-25', name: 'X' }] },
      pointer: '/holidays/0/to',
    },
    'a user without login': {
      ask: ['post', '/users'],
      body: { ...person, login: undefined },
      pointer: '/login',
    },
    'a user without password': {
      ask: ['post', '/users'],
      body: { ...person, password: undefined },
      pointer: '/password',
    },
    'a short password': {
      ask: ['post', '/users'],
      body: { ...person, password: 'short' },
      pointer: '/password',
    },
    'a common password': {
      ask: ['post', '/users'],
      body: { ...person, password: 'PasswordPassword1' },
      pointer: '/password',
    },
    'an invited user with a password': {
      ask: ['post', '/users'],
      body: { ...person, kind: 'email', login: undefined, email: 'x@example.com' },
      pointer: '/password',
    },
    'an address that is none': {
      ask: ['post', '/users'],
      body: { kind: 'email', firstName: 'X', lastName: 'Y', email: 'x' },
      pointer: '/email',
    },
    'a number that is none': { ask: ['post', '/numbers'], body: { number: '12' }, pointer: '/number' },
    'a queue whose parent is none': {
      ask: ['post', '/queues'],
      body: { name: 'Q', kind: 'department', parentQueueId: stranger.id },
      pointer: '/parentQueueId',
    },
    'a queue with a parent': {
      ask: ['post', '/queues'],
      body: { name: 'Q', parentQueueId: queue.body.id },
      pointer: '/parentQueueId',
    },
    'a stranger in a queue': {
      ask: ['put', `/queues/${queue.body.id}/members`],
      body: { members: [{ userId: stranger.id }] },
      pointer: '/members/0/userId',
    },
    'a lead of a stranger': {
      ask: ['post', '/leads'],
      body: { name: 'L', ownerId: stranger.id },
      pointer: '/ownerId',
    },
    'a lead with a bad number': {
      ask: ['post', '/leads'],
      body: { name: 'L', numbers: ['+1 415'] },
      pointer: '/numbers/0',
    },
    'an unknown permission': {
      ask: ['post', '/api-keys'],
      body: { name: 'k', permissions: ['root'] },
      pointer: '/permissions/0',
    },
    'a key that has ended': {
      ask: ['post', '/api-keys'],
      body: { name: 'k', permissions: ['simulate'], expiresAt: '2020-01-01T00:00:00Z' },
      pointer: '/expiresAt',
    },
    'a body that is a list': { ask: user, body: [], pointer: '' },
  };

  for (const [title, one] of Object.entries(cases)) {
    await suite.test(title, (t) => check(t, office.admin, one));
  }
  await suite.test('nothing of all that was written', async (t) => t.equal(await seen(), before));

  await suite.test('all issues are reported at once', async (t) => {
    const { body } = await office.admin.patch(`/users/${ana.id}`, {
      timeZone: 'Nowhere',
      extension: 'x',
      fallbackUserId: gone.id,
      forwardAll: { type: 'queue', id: gone.id },
    });
    t.same(
      body.errors.map((error) => error.pointer),
      ['/timeZone', '/extension', '/fallbackUserId', '/forwardAll/id'],
    );
  });

  await suite.test('a body that cannot be read, is too large or of another kind', async (t) => {
    const own = { authorization: `Bearer ${office.key}` };
    const json = await send(app, 'POST', '/leads', '{"name":', own);
    t.match(json, { status: 400, body: { code: 'body.malformed' } });
    const empty = await send(app, 'POST', '/leads', '', own);
    t.match(empty, { status: 400, body: { code: 'body.malformed' } });
    const large = await send(app, 'POST', '/leads', { name: 'x'.repeat(300_000) }, own);
    t.match(large, { status: 413, body: { code: 'body.too-large' } });
    const text = await send(app, 'POST', '/leads', 'name=x', { ...own, 'content-type': 'text/plain' });
    t.match(text, { status: 415, body: { code: 'media-type.unsupported' } });
    const proto = await send(app, 'POST', '/leads', '{"name":"x","__proto__":{"a":1}}', own);
    t.equal(proto.status, 400);
    const query = await office.admin.get('/users?limit=0&color=red');
    t.match(query, { status: 400, body: { code: 'query.invalid' } });
    t.same(query.body.errors.map((error) => error.pointer).sort(), ['/color', '/limit']);
    t.match(await office.admin.get('/users?q=%00'), { status: 400, body: { code: 'query.invalid' } });
    t.match(await office.admin.get('/users?after=bm9uc2Vuc2U'), {
      status: 400,
      body: { code: 'query.invalid' },
    });
    t.match(await office.admin.get('/users/nobody'), { status: 404 });
    const founder = foundNowhere(app);
    t.match(await founder, { status: 422, body: { errors: [{ pointer: '/timeZone' }] } });
  });
});

function foundNowhere(app: Parameters<typeof send>[0]) {
  const body = {
    slug: 'zone',
    name: 'Z',
    timeZone: 'Mars/Base',
    defaultCountry: 'US',
    administrator: { login: 'a', password },
  };
  return send(app, 'POST', '/organizations', body, { authorization: `Bearer ${operatorKey}` });
}

async function check(
  t: Test,
  admin: Client,
  { ask, body, pointer, status = 422, says }: Case,
): Promise<void> {
  const [method, path] = ask;
  const reply = await admin[method](path, body);
  t.equal(reply.status, status, JSON.stringify(reply.body));
  t.equal(reply.headers['content-type'], 'application/problem+json');
  t.ok(
    reply.body.errors.some((error) => error.pointer === pointer),
    `${pointer} in ${JSON.stringify(reply.body.errors)}`,
  );
  t.ok(
    reply.body.errors.every((error) => /[a-z]/.test(error.message)),
    'every issue has a sentence',
  );
  if (says !== undefined) t.match(JSON.stringify(reply.body), says);
}
