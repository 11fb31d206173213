import { test } from 'tap';
import { isPermission, permissions, rolePermissions, roles } from '../../../plugins/admin/access.ts';
import { type Client, client, type Doc, logIn, newUser, send } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

/**
 * What every route of the administration asks for, written down a second time. A route that is not here fails, and so
 * does one that asks for something else.
 */
const table: Readonly<Record<string, string>> = {
  'POST /v1/organizations': 'open',
  'GET /v1/organization': 'organization.read',
  'PATCH /v1/organization': 'organization.write',
  'POST /v1/session': 'open',
  'GET /v1/session': 'known',
  'DELETE /v1/session': 'known',
  'POST /v1/session/confirm': 'known',
  'POST /v1/me/password': 'known',
  'GET /v1/me/two-step': 'known',
  'POST /v1/me/two-step': 'known',
  'POST /v1/me/two-step/verify': 'known',
  'POST /v1/me/two-step/backup-codes': 'known',
  'DELETE /v1/me/two-step': 'known',
  'POST /v1/users/:id/reset-two-step': 'users.reset',
  'GET /v1/sessions': 'sessions.read',
  'DELETE /v1/sessions': 'sessions.write',
  'DELETE /v1/sessions/:sessionId': 'sessions.write',
  'GET /v1/users/:id/sessions': 'sessions.read',
  'DELETE /v1/users/:id/sessions': 'sessions.write',
  'DELETE /v1/users/:id/sessions/:sessionId': 'sessions.write',
  'GET /v1/me/sessions': 'known',
  'DELETE /v1/me/sessions': 'known',
  'DELETE /v1/me/sessions/:sessionId': 'known',
  'GET /v1/campaigns': 'mail.read',
  'POST /v1/campaigns': 'mail.write',
  'GET /v1/campaigns/:id': 'mail.read',
  'PATCH /v1/campaigns/:id': 'mail.write',
  'DELETE /v1/campaigns/:id': 'mail.write',
  'POST /v1/email-changes/confirm': 'open',
  'GET /v1/organization/mail': 'mail.read',
  'PUT /v1/organization/mail': 'mail.write',
  'DELETE /v1/organization/mail': 'mail.write',
  'POST /v1/organization/mail/test': 'mail.write',
  'GET /v1/users/:id/mail-accounts': 'mail.read',
  'PUT /v1/users/:id/mail-accounts/:campaign': 'mail.write',
  'DELETE /v1/users/:id/mail-accounts/:campaign': 'mail.write',
  'POST /v1/users/:id/mail': 'mail.send',
  'POST /v1/password/forgot': 'open',
  'POST /v1/password/reset': 'open',
  'POST /v1/invitations/accept': 'open',
  'POST /v1/users/:id/resend-invitation': 'users.write',
  'POST /v1/users/:id/reset-password': 'users.reset',
  'GET /v1/api-keys': 'api-keys.read',
  'POST /v1/api-keys': 'api-keys.write',
  'DELETE /v1/api-keys/:id': 'api-keys.write',
  'GET /v1/users': 'users.read',
  'POST /v1/users': 'users.write',
  'GET /v1/users/:id': 'users.read',
  'PATCH /v1/users/:id': 'users.write',
  'POST /v1/users/:id/deactivate': 'users.deactivate',
  'POST /v1/users/:id/reactivate': 'users.deactivate',
  'DELETE /v1/users/:id': 'users.delete',
  'POST /v1/users/:id/undelete': 'users.delete',
  'GET /v1/users/:id/availability': 'availability.read',
  'PUT /v1/users/:id/availability': 'availability.write',
  'GET /v1/users/:id/overrides': 'availability.read',
  'POST /v1/users/:id/overrides': 'availability.write',
  'PATCH /v1/users/:id/overrides/:overrideId': 'availability.write',
  'DELETE /v1/users/:id/overrides/:overrideId': 'availability.write',
  'GET /v1/extensions': 'extensions.read',
  'GET /v1/numbers': 'numbers.read',
  'POST /v1/numbers': 'numbers.write',
  'GET /v1/numbers/:id': 'numbers.read',
  'PATCH /v1/numbers/:id': 'numbers.write',
  'DELETE /v1/numbers/:id': 'numbers.write',
  'PUT /v1/numbers/:id/target': 'numbers.write',
  'DELETE /v1/numbers/:id/target': 'numbers.write',
  'GET /v1/queues': 'queues.read',
  'POST /v1/queues': 'queues.write',
  'GET /v1/queues/:id': 'queues.read',
  'PATCH /v1/queues/:id': 'queues.write',
  'DELETE /v1/queues/:id': 'queues.write',
  'GET /v1/queues/:id/members': 'queues.read',
  'PUT /v1/queues/:id/members': 'queues.write',
  'GET /v1/me': 'known',
  'PATCH /v1/me': 'known',
  'PUT /v1/me/presence': 'known',
  'GET /v1/me/colleagues': 'profile.availability',
  'GET /v1/live': 'known',
  'POST /v1/users/bulk': 'users.write',
  'POST /v1/users/import': 'users.write',
  'GET /v1/users/export.csv': 'users.export',
  'POST /v1/jobs/:id/undo': 'known',
  'GET /v1/jobs/:id': 'known',
  'POST /v1/jobs/:id/cancel': 'known',
  'GET /v1/roles': 'organization.read',
  'GET /v1/permissions': 'organization.read',
  'GET /v1/groups': 'groups.read',
  'POST /v1/groups': 'groups.write',
  'GET /v1/groups/:id': 'groups.read',
  'PATCH /v1/groups/:id': 'groups.write',
  'DELETE /v1/groups/:id': 'groups.write',
  'GET /v1/skills': 'labels.read',
  'POST /v1/skills': 'labels.write',
  'GET /v1/skills/:id': 'labels.read',
  'PATCH /v1/skills/:id': 'labels.write',
  'DELETE /v1/skills/:id': 'labels.write',
  'GET /v1/tags': 'labels.read',
  'POST /v1/tags': 'labels.write',
  'GET /v1/tags/:id': 'labels.read',
  'PATCH /v1/tags/:id': 'labels.write',
  'DELETE /v1/tags/:id': 'labels.write',
  'GET /v1/desks': 'labels.read',
  'POST /v1/desks': 'labels.write',
  'GET /v1/desks/:id': 'labels.read',
  'PATCH /v1/desks/:id': 'labels.write',
  'DELETE /v1/desks/:id': 'labels.write',
  'GET /v1/leads': 'leads.read',
  'POST /v1/leads': 'leads.write',
  'GET /v1/leads/:id': 'leads.read',
  'PATCH /v1/leads/:id': 'leads.write',
  'DELETE /v1/leads/:id': 'leads.write',
  'POST /v1/leads/reassign': 'leads.write',
  'POST /v1/leads/import': 'leads.write',
  'POST /v1/simulate': 'simulate',
  'GET /v1/coverage': 'coverage.read',
  'GET /v1/users/:id/flow': 'users.read',
  'GET /v1/numbers/:id/flow': 'numbers.read',
  'GET /v1/statistics': 'users.read',
  'GET /v1/users/:id/statistics': 'users.read',
  'GET /v1/queues/:id/statistics': 'queues.read',
  'GET /v1/queues/:id/live': 'queues.read',
  'GET /v1/calls': 'known',
  'GET /v1/calls/:id': 'known',
  'GET /v1/activity': 'activity.read',
  'GET /v1/users/:id/activity': 'activity.read',
  'GET /v1/users/:id/greeting': 'users.read',
  'PUT /v1/users/:id/greeting': 'users.write',
  'DELETE /v1/users/:id/greeting': 'users.write',
  'GET /v1/users/:id/greeting/sound': 'users.read',
  'PUT /v1/users/:id/greeting/sound': 'users.write',
  'DELETE /v1/users/:id/greeting/sound': 'users.write',
  'GET /v1/queues/:id/greeting': 'queues.read',
  'PUT /v1/queues/:id/greeting': 'queues.write',
  'DELETE /v1/queues/:id/greeting': 'queues.write',
  'GET /v1/queues/:id/greeting/sound': 'queues.read',
  'PUT /v1/queues/:id/greeting/sound': 'queues.write',
  'DELETE /v1/queues/:id/greeting/sound': 'queues.write',
  'GET /v1/voicemails': 'known',
  'GET /v1/voicemails/:id': 'known',
  'PATCH /v1/voicemails/:id': 'known',
  'DELETE /v1/voicemails/:id': 'known',
  'GET /v1/voicemails/:id/sound': 'known',
  'GET /v1/users/:id/checklist': 'users.read',
  'PUT /v1/users/:id/checklist/:itemId': 'checklists.write',
  'DELETE /v1/users/:id/checklist/:itemId': 'checklists.write',
  'GET /v1/checklist-items': 'users.read',
  'POST /v1/checklist-items': 'checklists.write',
  'DELETE /v1/checklist-items/:id': 'checklists.write',
  'GET /v1/health-report': 'health-report.read',
  'POST /v1/numbers/sync': 'numbers.write',
  'GET /v1/organization/carrier-accounts': 'carriers.read',
  'PUT /v1/organization/carrier-accounts/:accountSid': 'carriers.write',
  'DELETE /v1/organization/carrier-accounts/:accountSid': 'carriers.write',
};

/** A body that fits, so that nothing but the permission or the id can be in the way. */
const bodies: Readonly<Record<string, object>> = {
  'POST /v1/session/confirm': { password: 'x' },
  'POST /v1/me/password': { current: 'x', new: 'y' },
  'POST /v1/users/:id/reset-password': { method: 'generated' },
  'POST /v1/me/two-step/verify': { code: '000000' },
  'POST /v1/campaigns': { name: 'Matrix' },
  'PUT /v1/organization/mail': {
    host: 'mail.example',
    port: 587,
    security: 'starttls',
    domain: 'example.com',
    login: 'office',
    password: 'x',
  },
  'POST /v1/organization/mail/test': { to: 'matrix@example.com' },
  'PUT /v1/users/:id/mail-accounts/:campaign': { localPart: 'ana', password: 'x' },
  'POST /v1/users/:id/mail': { to: 'matrix@example.com', subject: 'Hi', text: 'Hi' },
  'POST /v1/api-keys': { name: 'k', permissions: ['simulate'] },
  'POST /v1/users': { kind: 'email', email: 'matrix@example.com', firstName: 'M', lastName: 'X' },
  'PUT /v1/users/:id/availability': { weekly: null },
  'POST /v1/users/:id/overrides': { from: '2026-12-24', available: true, windows: [] },
  'POST /v1/numbers': { number: '+14155550198' },
  'PUT /v1/numbers/:id/target': { type: 'hangup' },
  'POST /v1/queues': { name: 'Matrix' },
  'PUT /v1/queues/:id/members': { members: [] },
  'PUT /v1/users/:id/greeting': { text: 'Hi' },
  'PUT /v1/queues/:id/greeting': { text: 'Hi' },
  'POST /v1/users/bulk': { action: 'activate', applyTo: { all: true }, dryRun: true },
  'POST /v1/groups': { name: 'Matrix' },
  'POST /v1/skills': { name: 'Matrix' },
  'POST /v1/tags': { name: 'Matrix' },
  'POST /v1/desks': { name: 'Matrix' },
  'PUT /v1/me/presence': { state: 'available' },
  'POST /v1/leads': { name: 'Matrix' },
  'POST /v1/leads/reassign': { from: null, to: null },
  'POST /v1/checklist-items': { name: 'Matrix' },
  'PUT /v1/organization/carrier-accounts/:accountSid': { authTokens: ['0123456789abcdef'] },
  'POST /v1/simulate': { extension: '200' },
};

test('every route asks for what it should, and shows nothing of another organization', async (suite) => {
  const { app, routes, database, newOffice } = await sharedApp(suite);
  const office = await newOffice('acme');
  const other = await newOffice('other');
  const ana = await newUser(office, 'Ana');
  const mine = await belongings(office.admin, ana, '+14155550101', await logIn(app, office, 'ana'));
  const bo = await newUser(other, 'Bo');
  const theirs = await belongings(other.admin, bo, '+14155550102', await logIn(app, other, 'bo'));
  const names = routes
    .map((route) => `${route.method} ${route.url}`)
    .filter((name) => name.includes(' /v1/'));

  await suite.test('the table is complete', async (t) => {
    t.same(names.toSorted(), Object.keys(table).toSorted());
    for (const route of routes) {
      const wanted = table[`${route.method} ${route.url}`];
      if (wanted !== undefined) t.equal(Reflect.get(Object(route.config), 'permission'), wanted, route.url);
    }
  });

  await suite.test(
    'every route is in the OpenAPI document, with a tag, a name and its problems',
    async (t) => {
      const ids = new Set<string>();
      for (const route of routes.filter(({ url }) => url.startsWith('/v1/'))) {
        const { tags, operationId, response } = Object(route.schema);
        t.ok(Array.isArray(tags) && tags.length > 0, `${route.method} ${route.url} has a tag`);
        t.notOk(ids.has(operationId), `${operationId} is there once`);
        ids.add(operationId);
        for (const status of ['401', '403', '503'])
          t.ok(Object.hasOwn(response, status), `${operationId} ${status}`);
      }
      const document = await app.inject('/openapi.json');
      t.equal(document.statusCode, 200);
      t.match(JSON.parse(document.body), {
        openapi: /^3\.1/,
        paths: { '/v1/users/{id}': { patch: { operationId: 'changeUser' } } },
      });
    },
  );

  const clients: Record<string, Client> = {};
  for (const role of roles) {
    await newUser(office, role, { role });
    clients[role] = await logIn(app, office, role);
  }

  await suite.test('without a credential, and with a wrong one, there is nothing', async (t) => {
    for (const name of names.filter((one) => table[one] !== 'open')) {
      t.match(await ask(undefined, name, mine), { status: 401, body: { code: 'credential.missing' } }, name);
    }
    t.match(await client(app, 'lf_wrong').get('/users'), {
      status: 401,
      body: { code: 'credential.invalid' },
    });
    t.match(await client(app, 'lfs_wrong').get('/users'), {
      status: 401,
      body: { code: 'credential.invalid' },
    });
  });

  for (const role of roles) {
    await suite.test(`a session of the role ${role}`, async (t) => {
      // Whoever came before may have logged everybody out.
      clients[role] = await logIn(app, office, role);
      for (const name of names) {
        const permission = table[name] ?? '';
        if (!isPermission(permission)) continue;
        const reply = await ask(clients[role], name, mine);
        if (rolePermissions[role].has(permission))
          t.not(reply.status, 403, `${name} ${JSON.stringify(reply.body)}`);
        else t.match(reply, { status: 403, body: { code: 'permission.missing', permission } }, name);
      }
    });
  }

  await suite.test('a key has what it was given and nothing else', async (t) => {
    const keys = await Promise.all(
      permissions.map((permission) =>
        office.admin.post<Doc & { secret: string }>('/api-keys', {
          name: permission,
          permissions: [permission],
        }),
      ),
    );
    for (const [index, permission] of permissions.entries()) {
      const key = client(app, keys[index]?.body.secret ?? '');
      for (const name of ['GET /v1/users', 'GET /v1/numbers', 'GET /v1/organization', 'GET /v1/api-keys']) {
        const reply = await ask(key, name, mine);
        t.equal(
          reply.status,
          table[name] === permission ? 200 : 403,
          `${permission}: ${name} ${reply.status} ${reply.status === 200 ? '' : reply.body.code}`,
        );
      }
    }
    await Promise.all(
      keys.map(async ({ body }) => {
        t.equal((await office.admin.delete(`/api-keys/${body.id}`)).status, 204);
        const after = await client(app, body.secret).get('/users');
        t.equal(after.status, 401, 'a deleted key is refused at once');
      }),
    );
  });

  await suite.test('nobody makes a key or a role above themselves', async (t) => {
    const made = await office.admin.post<Doc & { secret: string }>('/api-keys', {
      name: 'small',
      permissions: ['api-keys.write', 'users.write', 'roles.assign', 'users.read', 'numbers.write'],
    });
    const small = client(app, made.body.secret);
    const own = await newUser(office, 'Carla');
    const number = await office.admin.post('/numbers', { number: '+14155550103' });
    t.match(await small.post('/api-keys', { name: 'k', permissions: ['users.deactivate'] }), {
      status: 403,
      body: { permission: 'users.deactivate' },
    });
    t.match(await small.patch(`/users/${own.id}`, { role: 'administrator' }), {
      status: 403,
      body: { code: 'permission.missing' },
    });
    const outside = { type: 'external', number: '+14155550123' };
    const missing = { status: 403, body: { permission: 'forward.external' } };
    t.match(await small.patch(`/users/${own.id}`, { forwardAll: outside }), missing);
    t.match(await small.put(`/numbers/${number.body.id}/target`, outside), missing);
    t.match(
      await small.patch(`/numbers/${number.body.id}`, {
        callerRules: [{ match: { kind: 'external' }, target: outside }],
      }),
      missing,
    );
    t.equal(
      (await small.put(`/numbers/${number.body.id}/target`, { type: 'external', number: '200' })).status,
      200,
      'an extension of ours is not outside',
    );
  });

  await suite.test('an agent changes the own profile and nothing more', async (t) => {
    const agent = clients.agent;
    if (agent === undefined) throw new Error('no agent');
    const { body: session } = await agent.get<Doc & { user: Doc }>('/session');
    const self = `/users/${session.user.id}`;
    t.equal((await agent.get(self)).status, 200);
    t.equal((await agent.get(`${self}/statistics`)).status, 200);
    t.equal((await agent.get('/calls')).status, 200, "one's own");
    t.equal((await agent.patch(self, { firstName: 'Me', doNotDisturb: { on: true } })).status, 200);
    t.equal((await agent.put(`${self}/availability`, { weekly: null })).status, 200);
    t.match(await agent.patch(self, { role: 'administrator' }), {
      status: 403,
      body: { permission: 'users.write' },
    });
    t.match(await agent.patch(self, { forwardAll: { type: 'hangup' } }), { status: 403 });
    t.match(await agent.get(`/users/${mine.user}`), { status: 403, body: { permission: 'users.read' } });
    t.match(await agent.put(`/users/${mine.user}/availability`, { weekly: null }), { status: 403 });
  });

  await suite.test("another organization's ids are not found, on every route that has one", async (t) => {
    const snapshot = async () => JSON.stringify(await everything(other.admin, theirs));
    const before = await snapshot();
    for (const name of names.filter(
      (one) =>
        /:(id|campaign|sessionId)\b/.test(one.replace('/me/sessions/:sessionId', '')) ||
        one.endsWith('/coverage'),
    )) {
      const reply = await ask(office.admin, name, theirs);
      t.equal(reply.status, 404, `${name} ${JSON.stringify(reply.body)}`);
    }
    const mixed = { ...mine, override: theirs.override };
    for (const name of names.filter((one) => one.includes(':overrideId'))) {
      t.equal((await ask(office.admin, name, mixed)).status, 404, `${name} below a user of ours`);
    }
    t.equal(await snapshot(), before, 'and nothing of theirs has changed');
    for (const name of [
      '/users',
      '/numbers',
      '/queues',
      '/leads',
      '/api-keys',
      '/extensions',
      '/groups',
      '/skills',
      '/tags',
      '/desks',
      '/sessions',
      '/campaigns',
    ]) {
      const { body } = await office.admin.get(name);
      for (const id of Object.values(theirs))
        t.notOk(JSON.stringify(body).includes(id), `${name} does not list ${id}`);
    }
  });

  await suite.test('the database keeps them apart by itself', async (t) => {
    const rows = await database.kysely.selectFrom('user').selectAll().execute();
    t.same(rows, [], 'without the context of an organization no row is seen');
  });

  async function ask(by: Client | undefined, name: string, things: Belongings) {
    const [method = '', template = ''] = name.split(' ');
    const url = template.slice(3);
    const owner =
      /^\/(users|numbers|queues|leads|api-keys|campaigns|groups|skills|tags|desks|jobs|checklist-items|voicemails)\//.exec(
        url,
      )?.[1];
    const ids: Readonly<Record<string, string>> = {
      users: things.user,
      numbers: things.number,
      queues: things.queue,
      leads: things.lead,
      'api-keys': things.key,
      campaigns: things.campaign,
      groups: things.group,
      skills: things.skill,
      jobs: things.job,
      tags: things.tag,
      desks: things.desk,
      'checklist-items': things.checklistItem,
      // No request makes one.
      voicemails: '0199e0c4-5a3b-7c1d-9f00-3b5a7c9d1e2f',
    };
    const query =
      url === '/coverage'
        ? `?target=user:${things.user}&from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z`
        : '';
    const path =
      url
        .replace(':id', ids[owner ?? ''] ?? '')
        .replace(':overrideId', things.override)
        .replace(':sessionId', things.session)
        .replace(':campaign', things.campaign)
        .replace(':itemId', things.checklistItem)
        .replace(':accountSid', `AC${'0'.repeat(32)}`) + query;
    const body = method === 'GET' || method === 'DELETE' ? undefined : (bodies[name] ?? {});
    const verb = method.toLowerCase();
    if (by === undefined) {
      const upper =
        method === 'GET' || method === 'POST' || method === 'PUT' || method === 'PATCH' ? method : 'DELETE';
      return send(app, upper, path, body);
    }
    if (verb === 'get') return by.get(path);
    if (verb === 'delete') return by.delete(path);
    if (verb === 'put') return by.put(path, body);
    return verb === 'patch' ? by.patch(path, body) : by.post(path, body);
  }
});

type Belongings = Readonly<
  Record<
    | 'user'
    | 'number'
    | 'queue'
    | 'lead'
    | 'key'
    | 'override'
    | 'group'
    | 'job'
    | 'skill'
    | 'tag'
    | 'desk'
    | 'checklistItem'
    | 'session'
    | 'campaign',
    string
  >
>;

async function belongings(admin: Client, user: Doc, did: string, own: Client): Promise<Belongings> {
  const session = (await own.get('/me/sessions')).body.data[0]?.id ?? '';
  const campaign = await admin.post('/campaigns', { name: 'Spring' });
  const number = await admin.post('/numbers', { number: did });
  const queue = await admin.post('/queues', { name: 'Sales' });
  const lead = await admin.post('/leads', { name: 'Carla' });
  const key = await admin.post('/api-keys', { name: 'k', permissions: ['simulate'] });
  const group = await admin.post('/groups', { name: 'Madrid' });
  const skill = await admin.post('/skills', { name: 'Spanish' });
  const tag = await admin.post('/tags', { name: 'new' });
  const desk = await admin.post('/desks', { name: 'North' });
  const checklistItem = await admin.post('/checklist-items', { name: 'Training' });
  const applyTo = { ids: [user.id] };
  const job = await admin.post('/users/bulk', { action: 'activate', applyTo });
  const override = await admin.post(`/users/${user.id}/overrides`, { from: '2026-12-24', available: false });
  return {
    user: user.id,
    number: number.body.id,
    queue: queue.body.id,
    lead: lead.body.id,
    key: key.body.id,
    override: override.body.id,
    group: group.body.id,
    job: job.body.id,
    skill: skill.body.id,
    tag: tag.body.id,
    desk: desk.body.id,
    checklistItem: checklistItem.body.id,
    session,
    campaign: campaign.body.id,
  };
}

function everything(admin: Client, things: Belongings): Promise<unknown> {
  return Promise.all(
    [
      `/users/${things.user}`,
      `/users/${things.user}/availability`,
      `/users/${things.user}/overrides`,
      '/numbers',
      '/queues',
      `/queues/${things.queue}/members`,
      '/leads',
      '/api-keys',
      '/organization',
    ].map(async (path) => (await admin.get(path)).body),
  );
}
