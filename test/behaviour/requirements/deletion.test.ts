import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { test } from 'tap';
import { Eraser } from '../../../plugins/admin/users/eraser.ts';
import { eraseDueUser } from '../../../plugins/admin/users/erasure.ts';
import { buildNewId } from '../../../services/routing/ids.ts';
import { covers } from '../../support/covers.ts';
import { type Doc, password, send, testClock } from '../../support/factories.ts';
import { hire, hireByMail, newLead, type Office, openOffice, ownerOf } from '../../support/people.ts';

const day = 86_400_000;

test('deletion, its undoing, and erasure', async (suite) => {
  const clock = testClock();
  const office = await openOffice(suite, { clock });
  const { admin } = office;

  /** As a replica that has just been started: nothing is remembered but what the database holds. */
  const erase = () => {
    const { database, directories, organizationId } = office;
    const context = { database, directories, clock, newId: buildNewId(clock, randomBytes) };
    return new Eraser({
      database,
      clock,
      erase: (id, userId) => eraseDueUser(context, id, userId),
      onError: (error) => suite.fail(`${organizationId}: ${String(error)}`),
    }).run();
  };

  const ended = async (id: string): Promise<Doc> => {
    for (let tries = 0; tries < 400; tries += 1) {
      const { body } = await admin.get(`/jobs/${id}`);
      if (body.state === 'done') return body;
      await sleep(25);
    }
    throw new Error('the job does not end');
  };

  await suite.test(
    'C6 a deleted user is gone at once, and comes back whole within the days of grace',
    covers('C6', async (t) => {
      const ana = await hire(office, 'Ana');
      const bo = await hire(office, 'Bo');
      await admin.patch(`/users/${ana.id}`, { fallbackUserId: bo.id });
      const lead = await newLead(office, 'Dana', ana.id, '+16465550141');
      const taken = await newLead(office, 'Taken', ana.id, '+16465550142');
      const number = await admin.post('/numbers', {
        number: '+12025550841',
        target: { type: 'user', id: ana.id },
      });
      const queue = await admin.post('/queues', { name: 'C6' });
      const members = { members: [{ userId: ana.id, priority: 4 }] };
      await admin.put(`/queues/${queue.body.id}/members`, members);
      const before = (await admin.get(`/users/${ana.id}`)).body;

      const path = `/users/${ana.id}`;
      const supposed = await admin.delete(`${path}?dryRun=true`);
      t.match(supposed, {
        status: 200,
        body: {
          dryRun: true,
          effects: {
            leads: { count: 2, items: [{ name: 'Dana' }, { name: 'Taken' }] },
            numbers: { count: 1, items: [{ id: number.body.id }] },
            queues: { count: 1 },
            freed: { login: ana.login, extension: ana.extension },
            canBeUndone: true,
          },
        },
      });
      t.same((await admin.get(path)).body, before, 'a dry run changes nothing');

      t.equal((await admin.delete(path)).status, 204);
      const deleted = (await admin.get(path)).body;
      t.match(deleted, { status: 'deleted', extension: null, queues: [] });
      const grace = Date.parse(String(deleted.erasesAt)) - Date.parse(String(deleted.deletedAt));
      t.equal(grace, 28 * day);
      t.notOk((await admin.get('/users?limit=100')).body.data.some((user) => user.id === ana.id));
      t.equal(await office.ring('+12025550841'), bo.id, 'rule 8: the fallback user');
      t.not(await office.ring(String(ana.extension)), ana.id);
      t.equal(await ownerOf(office, lead.id), null, 'the leads are unassigned');
      t.match(await admin.delete(path), { status: 409, body: { code: 'user.status' } });
      t.match(await admin.patch(path, { firstName: 'X' }), { status: 404 });
      await admin.patch(`/leads/${taken.id}`, { ownerId: bo.id });

      clock.move(27 * day);
      t.equal(await erase(), 0, 'a day too early');
      const back = await admin.post(`${path}/undelete`);
      t.match(back, {
        status: 200,
        body: { effects: { pulledBack: { leads: { count: 1 } }, left: { items: [{ id: taken.id }] } } },
      });
      t.same((await admin.get(path)).body, before);
      t.same((await admin.get(`/queues/${queue.body.id}/members`)).body, members);
      t.equal(await office.ring('+12025550841'), ana.id, 'the very next call');
      t.equal(await office.ring(String(ana.extension)), ana.id);
      t.match(await admin.post(`${path}/undelete`), { status: 409, body: { code: 'user.status' } });
    }),
  );

  await suite.test(
    'D2.7 deleting a user unassigns the leads',
    covers('D2.7', async (t) => {
      const ana = await hire(office, 'Ana');
      const bo = await hire(office, 'Bo');
      const lead = await newLead(office, 'Lead', ana.id, '+16465550171');
      await admin.post('/numbers', {
        number: '+12025550871',
        stickyRouting: true,
        target: { type: 'user', id: bo.id },
      });
      t.equal(await office.ring('+12025550871', '+16465550171'), ana.id);
      t.equal((await admin.delete(`/users/${ana.id}`)).status, 204);
      t.equal(await office.ring('+12025550871', '+16465550171'), bo.id, 'the very next call');
      t.same(
        (await admin.get('/leads?owner=none')).body.data.filter(({ id }) => id === lead.id).length,
        1,
        'where the leads without an owner are',
      );
      await admin.patch(`/leads/${lead.id}`, { ownerId: bo.id });
      t.same(
        (await admin.get(`/leads?owner=${bo.id}`)).body.data.map(({ id }) => id),
        [lead.id],
      );
    }),
  );

  await suite.test('C6 what somebody took meanwhile is named with what is free instead', async (t) => {
    const made = await admin.post('/users', {
      kind: 'username',
      login: 'bchen',
      password,
      firstName: 'Bo',
      lastName: 'Chen',
    });
    const bo = made.body;
    await admin.delete(`/users/${bo.id}`);
    const heir = await hire(office, 'Heir', { extension: bo.extension });
    t.equal(heir.extension, bo.extension, 'the extension was free at once');
    const twin = { kind: 'username', login: 'BChen', password, firstName: 'B', lastName: 'C' };
    t.equal((await admin.post('/users', twin)).status, 201, 'and so was the login');
    const path = `/users/${bo.id}/undelete`;
    t.match(await admin.post(path), {
      status: 409,
      body: { code: 'user.login-taken', nextLogin: 'bchen2', errors: [{ pointer: '/login' }] },
    });
    const refused = await admin.post(path, { login: 'bchen2' });
    const { nextFree } = refused.body;
    t.match(refused, { status: 409, body: { code: 'extension.taken', detail: String(nextFree) } });
    const back = await admin.post(path, { login: 'bchen2', extension: nextFree });
    t.match(back, { status: 200, body: { status: 'active', login: 'bchen2', extension: nextFree } });
    const [device] = Object(back.body).devices;
    t.ok(device.address.startsWith(`sip:${String(nextFree)}@`), 'the device moves along');
    t.equal(await office.ring(String(nextFree)), bo.id);
    t.same(
      (await admin.get('/users?q=bchen2')).body.data.map((user) => user.id),
      [bo.id],
    );
  });

  await suite.test(
    'C6 after the days of grace nothing of the person is left, wherever one looks',
    async (t) => {
      const name = 'Zenobia';
      const zoe = await hireByMail(office, name);
      const bo = await hire(office, 'Bo', { fallbackUserId: zoe.id, parentUserId: zoe.id });
      await admin.patch(`/users/${zoe.id}`, { lastName: `${name}son` });
      await admin.post(`/users/${zoe.id}/overrides`, { from: '2026-12-24', available: false, note: name });
      await newLead(office, 'Dana', zoe.id, '+16465550151');
      const number = await admin.post('/numbers', {
        number: '+12025550851',
        target: { type: 'user', id: zoe.id },
        callerRules: [{ match: { kind: 'anonymous' }, target: { type: 'voicemail', id: zoe.id } }],
        callerIdFor: [zoe.id],
      });
      await admin.patch(`/users/${bo.id}`, {
        ifUnavailable: { action: 'forward', target: { type: 'user', id: zoe.id } },
      });
      const body = { firstName: 'Kept', lastName: 'Answer', kind: 'email', email: 'kept@example.com' };
      await admin.post('/users', { ...body, parentUserId: zoe.id }, { 'idempotency-key': 'kept' });
      // Mail in her name, and a job whose row about somebody else speaks of her.
      await admin.put('/organization/mail', {
        ...{ host: 'smtp.invalid', port: 587, security: 'starttls', domain: 'acme.example' },
        ...{ login: 'office@acme.example', password: 'x' },
      });
      const mail = { to: 'customer@example.com', subject: `From ${name}`, text: name };
      t.equal(
        (await admin.put(`/users/${zoe.id}/mail-accounts/default`, { localPart: name, password: 'x' }))
          .status,
        200,
      );
      t.equal((await admin.post(`/users/${zoe.id}/mail`, mail)).status, 201);
      const cy = await hire(office, 'Cy');
      await admin.patch(`/users/${cy.id}`, { forwardAll: { type: 'user', id: zoe.id } });
      await admin.post(`/users/${cy.id}/deactivate`, {});
      await admin.patch(`/users/${zoe.id}`, { forwardAll: { type: 'user', id: cy.id } });
      const job = await admin.post('/users/bulk', { action: 'activate', applyTo: { ids: [cy.id] } });
      t.match(await ended(job.body.id), {
        failed: 1,
        results: [{ code: 'routing.loop', message: /Zenobia/ }],
      });
      await admin.patch(`/users/${zoe.id}`, { forwardAll: null });
      await admin.post(`/users/${zoe.id}/deactivate`, { reassignTo: bo.id, temporary: true });
      await admin.put(`/numbers/${number.body.id}/target`, { type: 'user', id: zoe.id });
      await admin.delete(`/users/${zoe.id}`);
      t.ok((await traces(office, name)).length > 0);

      clock.move(28 * day);
      t.ok((await erase()) >= 1);
      t.equal(await erase(), 0, 'once');
      t.same(await traces(office, name), []);
      t.equal((await admin.get(`/users/${zoe.id}`)).status, 404);
      t.match((await admin.get(`/numbers/${number.body.id}`)).body, {
        target: null,
        callerRules: [],
        callerIdFor: [],
      });
      t.equal(await office.ring('+12025550851'), 'announce', 'an unassigned number: the last resort');
      const after = (await admin.get(`/users/${bo.id}`)).body;
      t.same(after.ifUnavailable, { action: 'voicemail' });
      t.equal(after.parentUserId, undefined);
      const rows = await activityOf(office, zoe.id);
      t.same(rows.slice(0, 2), ['users.create', 'users.change'], 'the log keeps its rows');
      t.match(rows, /users\.delete.*users\.erase/);
      t.match(await admin.post(`/users/${zoe.id}/undelete`), { status: 404 });
    },
  );

  await suite.test(
    'C6 with no days of grace the person is erased at once',
    covers('C6/1', async (t) => {
      t.match(await admin.patch('/organization', { policies: { deletionGraceDays: 0 } }), {
        status: 200,
        body: { policies: { deletionGraceDays: 0 } },
      });
      const ivy = await hireByMail(office, 'Ivyanna');
      await admin.post('/numbers', { number: '+12025550861', target: { type: 'user', id: ivy.id } });
      t.match(await admin.delete(`/users/${ivy.id}?dryRun=true`), {
        status: 200,
        body: { user: { id: ivy.id }, effects: { canBeUndone: false, numbers: { count: 1 } } },
      });
      t.equal((await admin.get(`/users/${ivy.id}`)).status, 200);
      t.equal((await admin.delete(`/users/${ivy.id}`)).status, 204);
      t.equal((await admin.get(`/users/${ivy.id}`)).status, 404);
      t.same(await traces(office, 'Ivyanna'), []);
      t.equal(await office.ring('+12025550861'), 'announce');
      await admin.patch('/organization', { policies: { deletionGraceDays: 28 } });
    }),
  );

  await suite.test(
    'D3 deactivating and deleting end the sessions at once',
    covers('D3/1', async (t) => {
      const session = await logInAs(office, 'gil');
      t.equal((await session.get()).status, 200);
      const done = await admin.post(`/users/${session.id}/deactivate`);
      t.match(done.body, { effects: { sessions: 1 } });
      t.equal((await session.get()).status, 401);
      await admin.post(`/users/${session.id}/reactivate`);
      t.equal((await session.get()).status, 401, 'an ended session stays ended');
      const again = await session.logIn();
      t.equal((await again()).status, 200);
      t.equal((await admin.delete(`/users/${session.id}`)).status, 204);
      t.equal((await again()).status, 401);
      t.equal(
        (await send(office.app, 'POST', '/session', { login: 'gil', password })).status,
        401,
        'no login',
      );
      await admin.post(`/users/${session.id}/undelete`);
      t.equal((await again()).status, 401);
      t.equal((await (await session.logIn())()).status, 200, 'the old password works again');
    }),
  );

  await suite.test('the last administrator stays, and nobody deletes themselves', async (t) => {
    const root = await logInAs(office, 'root.two', { role: 'administrator' });
    const own = { authorization: `Bearer ${root.token}` };
    for (const [method, path] of [
      ['POST', `/users/${root.id}/deactivate`],
      ['DELETE', `/users/${root.id}`],
    ] as const) {
      t.match(await send(office.app, method, path, undefined, own), {
        status: 409,
        body: { code: 'user.oneself' },
      });
    }
    const { body } = await admin.get('/users?role=administrator&status=active');
    for (const { id } of body.data.filter((user) => user.id !== root.id)) {
      t.equal((await admin.delete(`/users/${id}`)).status, 204);
    }
    t.match(await admin.delete(`/users/${root.id}`), {
      status: 409,
      body: { code: 'user.last-administrator' },
    });
  });

  await suite.test('every table that names a user lets the user go', async (t) => {
    const { rows } = await sql<{ name: string }>`
      select conname as name from pg_constraint
        where contype = 'f' and confrelid = '"user"'::regclass and confdeltype = 'a' order by 1`.execute(
      office.database.kysely,
    );
    t.same(
      rows.map((row) => row.name),
      [
        'availability_day_fallback_fkey',
        'availability_override_fallback_fkey',
        'lead_owner_fkey',
        'user_fallback_fkey',
        'user_parent_fkey',
        'user_reassigned_to_fkey',
      ],
      'the others cascade: who adds one here clears it in erasure-store.ts',
    );
  });
});

async function logInAs(office: Office, login: string, changes: object = {}) {
  const user = { kind: 'username', login, password, firstName: login, lastName: 'Test', ...changes };
  const made = await office.admin.post('/users', user);
  const logIn = async () => {
    const opened = await send<Doc & { token: string }>(office.app, 'POST', '/session', { login, password });
    return opened.body.token;
  };
  const asking = (token: string) => () =>
    send(office.app, 'GET', '/session', undefined, { authorization: `Bearer ${token}` });
  const token = await logIn();
  return { id: made.body.id, token, get: asking(token), logIn: async () => asking(await logIn()) };
}

/** Tables in which the text is found, in any column. */
async function traces({ database, organizationId }: Office, text: string): Promise<readonly string[]> {
  return database.kysely.transaction().execute(async (trx) => {
    await sql`select set_config('app.organization_id', ${organizationId}, true)`.execute(trx);
    const { rows } = await sql<{ name: string }>`
      select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`.execute(
      trx,
    );
    const found: string[] = [];
    for (const { name } of rows) {
      const hit = await sql`
        select 1 from ${sql.table(name)} as t where position(lower(${text}) in lower(t::text)) > 0 limit 1`.execute(
        trx,
      );
      if (hit.rows.length > 0) found.push(name);
    }
    return found;
  });
}

async function activityOf({ database, organizationId }: Office, id: string): Promise<readonly string[]> {
  return database.kysely.transaction().execute(async (trx) => {
    await sql`select set_config('app.organization_id', ${organizationId}, true)`.execute(trx);
    const rows = await trx
      .selectFrom('activity')
      .select('action')
      .where('subject_id', '=', id)
      .where('action', '<>', 'users.invite')
      .orderBy('id')
      .execute();
    return rows.map((row) => row.action);
  });
}
