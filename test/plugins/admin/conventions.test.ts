import { test } from 'tap';
import {
  adminApp,
  client,
  type Doc,
  newOffice,
  newUser,
  operatorKey,
  password,
  send,
} from '../../support/factories.ts';
import { sharedMovingApp } from '../../support/shared-admin.ts';

type WithSecret = Doc & { readonly secret: string };

test('the conventions that all resources share', async (suite) => {
  const { app, clock, directories, database, newOffice } = await sharedMovingApp(suite);
  const office = await newOffice('acme');

  await suite.test('a stale If-Match is refused, with the ETag of now; the right one passes', async (t) => {
    const ana = await newUser(office, 'Ana');
    const path = `/users/${ana.id}`;
    const first = await office.admin.get(path);
    t.match(first.etag, /^"\d+"$/);
    const good = await office.admin.patch(path, { lastName: 'Ruiz' }, { 'if-match': first.etag });
    t.equal(good.status, 200);
    t.not(good.etag, first.etag);
    const stale = await office.admin.patch(path, { lastName: 'Late' }, { 'if-match': first.etag });
    t.match(stale, { status: 412, body: { code: 'etag.stale' }, etag: good.etag });
    t.equal(
      (await office.admin.patch(path, { lastName: 'R' }, { 'if-match': `"0", ${good.etag}` })).status,
      200,
    );
    t.equal((await office.admin.patch(path, { lastName: 'S' }, { 'if-match': '*' })).status, 200);
    const weak = await office.admin.get(path);
    t.equal(
      (await office.admin.patch(path, { lastName: 'W' }, { 'if-match': `W/${weak.etag}` })).status,
      412,
    );
    const same = await office.admin.patch(path, { lastName: 'S' });
    t.equal(same.etag, weak.etag, 'what changes nothing is no new revision');
    for (const [method, sub, body] of [
      ['put', `${path}/availability`, { weekly: null }],
      ['patch', '/organization', { name: 'New' }],
      ['post', `${path}/deactivate`, {}],
    ] as const) {
      t.equal((await office.admin[method](sub, body, { 'if-match': '"0"' })).status, 412, sub);
    }
  });

  await suite.test('a queue that somebody joins is another answer of the user', async (t) => {
    const bo = await newUser(office, 'Bo');
    const queue = await office.admin.post('/queues', { name: 'Joined' });
    const before = await office.admin.get(`/users/${bo.id}`);
    await office.admin.put(`/queues/${queue.body.id}/members`, { members: [{ userId: bo.id }] });
    const after = await office.admin.get(`/users/${bo.id}`);
    t.not(after.etag, before.etag);
    await office.admin.post(`/users/${bo.id}/deactivate`, {});
    const left = await office.admin.get(`/queues/${queue.body.id}/members`);
    t.same(left.body, { members: [] }, 'who is deactivated leaves all queues');
  });

  await suite.test('both media types of a patch are read', async (t) => {
    const headers = { authorization: `Bearer ${office.key}`, 'content-type': 'application/merge-patch+json' };
    const reply = await send(app, 'PATCH', '/organization', { name: 'Merged' }, headers);
    t.match(reply, { status: 200, body: { name: 'Merged' } });
  });

  await suite.test('the same key and body get the same answer, and nothing is made twice', async (t) => {
    const headers = { 'idempotency-key': 'lead-1' };
    const first = await office.admin.post('/leads', { name: 'Carla' }, headers);
    const again = await office.admin.post('/leads', { name: 'Carla' }, headers);
    t.same([again.status, again.body, again.etag], [201, first.body, first.etag]);
    t.match(await office.admin.post('/leads', { name: 'Other' }, headers), {
      status: 422,
      body: { code: 'idempotency.mismatch' },
    });
    t.match(await office.admin.post('/queues', { name: 'Carla' }, headers), { status: 422 });
    const parallel = await Promise.all(
      Array.from({ length: 8 }, () =>
        office.admin.post('/leads', { name: 'Dora' }, { 'idempotency-key': 'lead-2' }),
      ),
    );
    t.equal(new Set(parallel.map((reply) => reply.body.id)).size, 1);
    const { body } = await office.admin.get('/leads');
    t.equal(body.data.length, 2);
    const refused = await office.admin.post('/leads', { name: '' }, { 'idempotency-key': 'lead-3' });
    t.equal(refused.status, 422);
    t.equal(
      (await office.admin.post('/leads', { name: 'Eli' }, { 'idempotency-key': 'lead-3' })).status,
      201,
      'a refusal is not kept',
    );
    const other = await office.admin.post<WithSecret>('/api-keys', {
      name: 'k',
      permissions: ['leads.write'],
    });
    const theirs = await client(app, other.body.secret).post('/leads', { name: 'Fay' }, headers);
    t.equal(theirs.status, 201, "two keys' requests never meet");
    t.match(await office.admin.post('/leads', { name: 'x' }, { 'idempotency-key': 'a b' }), {
      status: 400,
      body: { code: 'header.invalid' },
    });
    clock.move(24 * 3_600_000 + 1);
    const late = await office.admin.post('/leads', { name: 'Gil' }, headers);
    t.equal(late.status, 201, 'after a day the key is free');
  });

  await suite.test('an answer that showed a secret does not come twice', async (t) => {
    const headers = { 'idempotency-key': 'secret-1' };
    const body = { name: 'once', permissions: ['simulate'] };
    const made = await office.admin.post<WithSecret>('/api-keys', body, headers);
    t.match(made.body.secret, /^lf_[A-Za-z0-9_-]{43}$/);
    t.match(await office.admin.post('/api-keys', body, headers), {
      status: 409,
      body: { code: 'idempotency.secret-shown' },
    });
    const listed = await office.admin.get('/api-keys');
    t.notOk(JSON.stringify(listed.body).includes(made.body.secret));
    const founded = {
      slug: 'twice',
      name: 'Twice',
      timeZone: 'UTC',
      defaultCountry: 'DE',
      administrator: { login: 'a', password },
    };
    const operator = client(app, operatorKey);
    t.equal((await operator.post('/organizations', founded, headers)).status, 201);
    t.match(await operator.post('/organizations', founded, headers), {
      status: 409,
      body: { code: 'idempotency.secret-shown' },
    });
    t.match(await operator.post('/organizations', { ...founded, name: 'X' }, headers), { status: 422 });
    t.match(await operator.post('/organizations', founded), {
      status: 409,
      body: { code: 'organization.slug-taken' },
    });
  });

  await suite.test('pages come one after the other, whatever the order, and miss nobody', async (t) => {
    const paged = await newOffice('paged');
    for (const [index, name] of ['Zoe', 'ana', 'Ána', 'bo', 'Bo', 'Ana'].entries()) {
      await newUser(paged, name, { login: `p${index}`, lastName: 'Same' });
    }
    for (const sort of ['name', '-name', 'createdAt', '-createdAt']) {
      const all = await paged.admin.get(`/users?limit=100&sort=${sort}`);
      t.equal(all.body.nextCursor, null);
      const seen: string[] = [];
      let after = '';
      for (let pages = 0; pages < 10; pages += 1) {
        const { body } = await paged.admin.get(`/users?limit=2&sort=${sort}${after}`);
        seen.push(...body.data.map((user) => user.id));
        if (body.nextCursor === null) break;
        after = `&after=${encodeURIComponent(body.nextCursor)}`;
      }
      t.same(
        seen,
        all.body.data.map((user) => user.id),
        sort,
      );
      t.equal(seen.length, 7);
    }
    const { body } = await paged.admin.get('/users?limit=1');
    const wrong = await paged.admin.get(`/users?limit=1&sort=-name&after=${body.nextCursor}`);
    t.match(wrong, { status: 400, body: { errors: [{ pointer: '/after' }] } }, 'a cursor of another order');
    for (const name of ['a', 'B', 'c']) await paged.admin.post('/queues', { name });
    const first = await paged.admin.get('/queues?limit=2');
    t.match(first.body.data, [{ name: 'a' }, { name: 'B' }]);
    const second = await paged.admin.get(`/queues?limit=2&after=${first.body.nextCursor}`);
    t.match(second.body, { data: [{ name: 'c' }], nextCursor: null });
    for (const path of [
      '/extensions',
      '/numbers',
      '/leads',
      '/api-keys',
      `/users/${body.data[0]?.id}/overrides`,
    ]) {
      t.equal((await paged.admin.get(`${path}?limit=1`)).status, 200, path);
    }
    const extensions = await paged.admin.get('/extensions?limit=4');
    const rest = await paged.admin.get(`/extensions?limit=100&after=${extensions.body.nextCursor}`);
    t.equal(extensions.body.data.length + rest.body.data.length, 10);
  });

  await suite.test('people are found by the beginnings of words, by role, status and queue', async (t) => {
    const find = await newOffice('find');
    const ana = await newUser(find, 'Ana', {
      lastName: 'Núñez',
      login: 'ana.n',
      email: 'ana@shop.example',
      role: 'manager',
    });
    const bo = await newUser(find, 'Bo', { lastName: 'Anders' });
    const found = async (query: string) =>
      (await find.admin.get(`/users?${query}`)).body.data.map((user) => user.id).toSorted();
    const both = [ana.id, bo.id].toSorted();
    t.same(await found('q=an'), both);
    t.same(await found('q=NUN'), [ana.id]);
    t.same(await found('q=n%C3%BA%C3%B1ez'), [ana.id]);
    t.same(await found('q=shop'), [ana.id], 'a word of the address');
    t.same(await found('q=ana%20n'), [ana.id]);
    t.same(await found('q=bo%20and'), [bo.id]);
    t.same(await found('q=an%25'), [], 'no wildcards');
    t.same(await found(`q=${ana.extension}`), [ana.id]);
    t.same(await found('role=manager'), [ana.id]);
    await find.admin.patch(`/users/${bo.id}`, { lastName: 'Berg' });
    t.same(await found('q=anders'), []);
    await find.admin.post(`/users/${bo.id}/deactivate`, {});
    t.same(await found('status=inactive'), [bo.id]);
    t.match(await find.admin.get('/users?status=active&status=inactive'), { status: 400 });
  });

  await suite.test(
    'every change is in the activity log, and the directory has it before the answer comes',
    async (t) => {
      const eve = await newUser(office, 'Eve');
      const version = directories.get(office.id)?.directory.version ?? 0;
      await office.admin.patch(`/users/${eve.id}`, { lastName: 'Fresh', ringSeconds: 35 });
      const entry = directories.get(office.id);
      t.ok((entry?.directory.version ?? 0) > version);
      const seen = entry?.directory.data.users.find((user) => user.id === eve.id);
      t.match(seen, { name: 'Eve Fresh', ringSeconds: 35 });
      const rows = await database.kysely.transaction().execute(async (trx) => {
        const { sql } = await import('kysely');
        await sql`select set_config('app.organization_id', ${office.id}, true)`.execute(trx);
        return trx
          .selectFrom('activity')
          .selectAll()
          .where('subject_id', '=', eve.id)
          .orderBy('id')
          .execute();
      });
      t.match(rows, [
        { action: 'users.create', actor_type: 'api-key', before: null },
        {
          action: 'users.change',
          // The names are kept apart, in activity_personal.
          before: { ringSeconds: null },
          after: { ringSeconds: 35 },
        },
      ]);
    },
  );

  await suite.test(
    'a key is limited to 1,000 requests in a second, and told when to come back',
    async (t) => {
      const made = await office.admin.post<WithSecret>('/api-keys', {
        name: 'busy',
        permissions: ['simulate'],
      });
      const busy = client(app, made.body.secret);
      // The moved clock stands still for this test.
      const frozen = clock.now();
      const { now } = clock;
      clock.now = () => frozen;
      const statuses = new Set<number>();
      for (let round = 0; round < 1_001; round += 1) statuses.add((await busy.get('/users')).status);
      const limited = await busy.get('/users');
      clock.now = now;
      t.same([...statuses], [403, 429]);
      t.match(limited, { status: 429, body: { code: 'rate.limited' }, headers: { 'retry-after': '1' } });
      t.equal((await office.admin.get('/users')).status, 200, 'others are not concerned');
    },
  );
});

test('without an operator key there is no POST /v1/organizations', async (t) => {
  const { database, directories } = await sharedMovingApp(t);
  const { app } = await adminApp(t, { database, directories, operatorKey: null });
  const reply = await send(app, 'POST', '/organizations', {}, { authorization: `Bearer ${operatorKey}` });
  t.match(reply, { status: 404, body: { code: 'route.not-found' } });
});

test('a wrong operator key makes nothing, and the store that is gone says so', async (t) => {
  const { app, database } = await adminApp(t);
  t.match(await client(app, 'wrong').post('/organizations', {}), {
    status: 401,
    body: { code: 'credential.invalid' },
  });
  const office = await newOffice(app, 'acme');
  await database.close();
  for (const reply of [await office.admin.get('/users'), await office.admin.post('/leads', { name: 'x' })]) {
    t.match(reply, { status: 503, body: { code: 'store.unavailable' } });
    t.ok(Number(reply.headers['retry-after']) > 0);
  }
});
