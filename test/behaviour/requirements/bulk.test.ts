import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { inOrganization } from '../../../services/storage/database.ts';
import { covers } from '../../support/covers.ts';
import { adminApp, type Client, client, type Doc } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

type Job = Doc & {
  readonly state: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly dryRun: boolean;
  readonly results: readonly {
    readonly userId: string;
    readonly name: string;
    readonly state: string;
    readonly code?: string;
    readonly message?: string;
  }[];
};

async function ended(admin: Client, id: string): Promise<Job> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { body } = await admin.get<Job>(`/jobs/${id}`);
    if (body.state === 'done' || body.state === 'canceled') return body;
    await sleep(25);
  }
  throw new Error('the job does not end');
}

test('D4 many users at once', async (suite) => {
  const { app, database, directories, newOffice } = await sharedApp(suite);
  // A second replica: two workers at every job.
  const replica = await adminApp(suite, { database, directories });
  const office = await newOffice('acme');
  const { admin } = office;
  const invite = async (firstName: string, changes: object = {}): Promise<Doc> => {
    const email = `${firstName.toLowerCase()}@acme.example`;
    const body = { kind: 'email', email, firstName, lastName: 'Test', ...changes };
    const reply = await admin.post('/users', body);
    if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
    return reply.body;
  };
  const bulk = async (body: object): Promise<Job> => {
    const reply = await admin.post<Job>('/users/bulk', body);
    if (reply.status !== 202) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
    return ended(admin, reply.body.id);
  };
  const user = async (id: string) => (await admin.get(`/users/${id}`)).body;

  await suite.test(
    'D4 deactivates and activates the selected, with a result per user',
    covers('D4', async (t) => {
      const [ana, bo] = [await invite('Ana'), await invite('Bo')];
      const { total, done, failed, results, state } = await bulk({
        action: 'deactivate',
        applyTo: { ids: [bo.id, ana.id, office.administrator.id] },
      });
      t.same({ state, total, done, failed }, { state: 'done', total: 3, done: 2, failed: 1 });
      t.match(results, [
        { userId: bo.id, name: 'Bo Test', state: 'done' },
        { userId: ana.id, name: 'Ana Test', state: 'done' },
        {
          userId: office.administrator.id,
          state: 'failed',
          code: 'user.last-administrator',
          message: String,
        },
      ]);
      t.equal((await user(ana.id)).status, 'inactive');
      t.equal((await user(office.administrator.id)).status, 'active');
      const back = await bulk({ action: 'activate', applyTo: { ids: [ana.id, bo.id] } });
      t.same([back.done, back.failed], [2, 0]);
      t.equal((await user(bo.id)).status, 'pending');
      const again = await bulk({ action: 'activate', applyTo: { ids: [ana.id] } });
      t.match(again.results, [{ state: 'done', code: 'unchanged' }]);
    }),
  );

  await suite.test(
    'D4 assigns skills, tags, desks and a role, on all that match the filter',
    covers('D4/1', async (t) => {
      const skill = (await admin.post('/skills', { name: 'Spanish' })).body.id;
      const german = (await admin.post('/skills', { name: 'German' })).body.id;
      await admin.post('/tags', { name: 'night' });
      await admin.post('/desks', { name: 'North' });
      const cy = await invite('Cyril', { skills: [german], lastName: 'Matching' });
      const dan = await invite('Dan', { lastName: 'Matching' });
      const eve = await invite('Eve');
      const applyTo = { filter: { q: 'matching', status: 'pending' } };
      t.equal((await bulk({ action: 'assignSkills', value: [skill], applyTo })).done, 2);
      t.equal((await bulk({ action: 'assignTags', value: ['night'], applyTo })).done, 2);
      t.equal((await bulk({ action: 'assignDesks', value: ['north'], applyTo })).done, 2);
      t.equal((await bulk({ action: 'assignRole', value: 'manager', applyTo })).done, 2);
      const { body } = await admin.get('/users?skill=spanish&tag=night&desk=north&role=manager');
      t.same(body.data.map((one) => one.id).toSorted(), [cy.id, dan.id].toSorted());
      t.same((await user(cy.id)).skills, [german, skill], 'added to those that were there');
      t.same((await user(eve.id)).skills, []);
    }),
  );

  await suite.test(
    'D4 deletes, on all: whoever must stay stays',
    covers('D4/2', async (t) => {
      const other = await newOffice('small');
      const doomed = await other.admin.post('/users', {
        kind: 'email',
        email: 'x@small.example',
        firstName: 'X',
        lastName: 'Y',
      });
      const made = await other.admin.post<Job>('/users/bulk', { action: 'delete', applyTo: { all: true } });
      const job = await ended(other.admin, made.body.id);
      t.same([job.total, job.done, job.failed], [2, 1, 1]);
      t.equal((await other.admin.get('/users')).body.data.length, 1);
      t.equal((await other.admin.get(`/users/${doomed.body.id}`)).body.status, 'deleted');
      t.not((await admin.get('/users')).body.data.length, 1, 'and nobody of another organization');
    }),
  );

  await suite.test(
    'D4 a dry run counts and names, says what would be refused, and changes nothing',
    async (t) => {
      const fay = await invite('Fay');
      const before = await admin.get(`/users/${fay.id}`);
      const { status, body } = await admin.post<Job>('/users/bulk', {
        action: 'deactivate',
        applyTo: { ids: [fay.id, office.administrator.id] },
        dryRun: true,
      });
      t.equal(status, 202);
      t.match(body, { id: null, dryRun: true, state: 'done', total: 2, done: 1, failed: 1 });
      t.match(body.results, [
        { name: 'Fay Test', state: 'done' },
        { state: 'failed', code: 'user.last-administrator' },
      ]);
      t.equal((await admin.get(`/users/${fay.id}`)).etag, before.etag);
    },
  );

  await suite.test('D4 a filter that says nothing, or too much, changes nobody', async (t) => {
    const asked = (filter: object) =>
      admin.post('/users/bulk', { action: 'delete', applyTo: { filter }, dryRun: true });
    for (const q of [' ', 'a b c d e f g h i']) {
      const { status, body } = await asked({ q });
      t.match({ status, body }, { status: 422, body: { errors: [{ pointer: '/applyTo/filter/q' }] } }, q);
      t.equal((await admin.get(`/users?q=${encodeURIComponent(q)}`)).status, 400, q);
    }
    t.match(await asked({ q: 'nobody is called that' }), { status: 202, body: { total: 0 } });
  });

  await suite.test('D4 what does not fit is refused before anything is done', async (t) => {
    const gus = await invite('Gus');
    const applyTo = { ids: [gus.id] };
    const stranger = '0199e0c4-5a3b-7c1d-9f00-3b5a7c9d1e2f';
    for (const [pointer, body] of [
      ['/value', { action: 'assignRole', applyTo }],
      ['/value', { action: 'assignRole', value: 'boss', applyTo }],
      ['/value', { action: 'assignSkills', value: 'spanish', applyTo }],
      ['/value/0', { action: 'assignSkills', value: ['unheard-of'], applyTo }],
      ['/value', { action: 'delete', value: true, applyTo }],
      ['/applyTo/ids/0', { action: 'activate', applyTo: { ids: [stranger] } }],
      ['/applyTo', { action: 'activate', applyTo: {} }],
      ['/applyTo', { action: 'activate', applyTo: { all: true, ids: [gus.id] } }],
      ['/applyTo/filter', { action: 'activate', applyTo: { filter: {} } }],
      ['/action', { action: 'promote', applyTo }],
    ] as const) {
      const reply = await admin.post('/users/bulk', body);
      t.equal(reply.status, 422, JSON.stringify(body));
      t.equal(reply.body.errors[0]?.pointer, pointer, JSON.stringify(reply.body));
    }
    const made = await admin.post<Doc & { secret: string }>('/api-keys', {
      name: 'k',
      permissions: ['users.write', 'users.read'],
    });
    const key = client(app, made.body.secret);
    for (const [action, permission] of [
      ['deactivate', 'users.deactivate'],
      ['delete', 'users.delete'],
      ['assignRole', 'roles.assign'],
    ]) {
      t.match(await key.post('/users/bulk', { action, value: 'agent', applyTo }), {
        status: 403,
        body: { permission },
      });
    }
    const own = await key.post<Job>('/users/bulk', { action: 'assignSkills', value: ['german'], applyTo });
    t.equal(own.status, 202);
    t.equal((await ended(key, own.body.id)).done, 1, 'one sees the own jobs');
  });

  await suite.test(
    'D4 a job can be canceled, and goes on after a restart without doing a row twice',
    async (t) => {
      const tag = (await admin.post('/tags', { name: 'restart' })).body.id;
      const made = await admin.post<Job>('/users/bulk', {
        action: 'assignTags',
        value: [tag],
        applyTo: { all: true },
      });
      const { body: canceled, status } = await admin.post<Job>(`/jobs/${made.body.id}/cancel`);
      // The worker may have been faster.
      if (status === 200) t.equal(canceled.state, 'canceled');
      else t.equal(status, 409);
      const first = await ended(admin, made.body.id);
      t.match(await admin.post(`/jobs/${made.body.id}/cancel`), { status: 409, body: { code: 'job.ended' } });
      // As a process leaves it that died after the first row.
      const activity = async () =>
        inOrganization(database, office.id, (trx) =>
          trx
            .selectFrom('activity')
            .select(['subject_id'])
            .where('organization_id', '=', office.id)
            .where('action', '=', 'users.change')
            .execute(),
        );
      const before = (await activity()).length;
      await inOrganization(database, office.id, async (trx) => {
        const of = (position: number) =>
          trx
            .updateTable('job_row')
            .set({ state: position === 1 ? 'done' : 'pending' })
            .where('job_id', '=', first.id)
            .where('position', position === 1 ? '=' : '>', 1)
            .execute();
        await of(1);
        await of(2);
        await trx
          .updateTable('job')
          .set({ state: 'running', done: 1, failed: 0, ended_at: null })
          .where('id', '=', first.id)
          .execute();
        await trx.deleteFrom('user_label').where('label_id', '=', tag).execute();
      });
      const resumed = await ended(client(replica.app, office.key), first.id);
      t.equal(resumed.done + resumed.failed, resumed.total);
      const tagged = (await admin.get(`/users?tag=${tag}&limit=100`)).body.data.map((one) => one.id);
      t.equal(tagged.length, resumed.total - 1);
      t.notOk(tagged.includes(resumed.results[0]?.userId ?? ''), 'the row that was done is not done again');
      t.equal((await activity()).length - before, resumed.total - 1);
    },
  );
});
