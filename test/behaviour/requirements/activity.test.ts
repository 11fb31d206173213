import { sql } from 'kysely';
import { test } from 'tap';
import { inOrganization } from '../../../services/storage/database.ts';
import { covers } from '../../support/covers.ts';
import { client, type Doc, logIn, newUser, password, send } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

type Row = Doc & {
  readonly action: string;
  readonly actor: { readonly type: string; readonly id: string | null; readonly name: string | null };
  readonly subject: { readonly type: string; readonly id: string | null };
  readonly at: string;
};
type Page = { readonly data: readonly Row[]; readonly nextCursor: string | null };

test(
  'D2.5 extended activity: what the user did and what was done to the user can be searched',
  covers('D2.5', async (t) => {
    const { app, database, newOffice } = await sharedApp(t);
    const office = await newOffice('acme');
    const other = await newOffice('other');
    const ana = await newUser(office, 'Ana');
    const agent = await logIn(app, office, 'ana');
    const list = async (query: string) => {
      const { status, body } = await office.admin.get<Page>(`/activity${query}`);
      t.equal(status, 200, JSON.stringify(body));
      return body.data;
    };
    const actions = async (query: string) => (await list(query)).map((row) => row.action);

    await office.admin.patch(`/users/${ana.id}`, { firstName: 'Anabel', ringSeconds: 30 });
    await agent.patch(`/users/${ana.id}`, { lastName: 'Ruiz' });
    await office.admin.post('/numbers', { number: '+14155550100' });

    await t.test('logins and refusals are activity too', async (t) => {
      const refused = await send(app, 'POST', '/session', {
        login: 'ana',
        password: 'wrong',
        organization: office.slug,
      });
      t.equal(refused.status, 401);
      const unknown = { login: 'nobody', password, organization: office.slug };
      t.equal((await send(app, 'POST', '/session', unknown)).status, 401);
      t.equal((await agent.get(`/users/${office.administrator.id}`)).status, 403);
      t.match(await list('?action=session.refuse'), [
        { subject: { type: 'user', id: null } },
        { subject: { type: 'user', id: ana.id, name: 'Anabel Ruiz' }, after: { address: '127.0.0.1' } },
      ]);
      t.notMatch(JSON.stringify(await list('?action=session')), /nobody|wrong/, 'what was typed is not kept');
      t.match(await list('?action=session.create'), [
        { actor: { type: 'user', id: ana.id, name: 'Anabel Ruiz' } },
      ]);
      t.match(await list('?action=request.refuse'), [
        {
          actor: { id: ana.id },
          subject: { type: 'user', id: office.administrator.id },
          after: { code: 'permission.missing', permission: 'users.read', method: 'GET' },
        },
      ]);
    });

    await t.test('by actor, subject, action, text and time', async (t) => {
      t.same(await actions(`?actor=${ana.id}`), ['request.refuse', 'users.change', 'session.create']);
      t.same(await actions(`?subject=${ana.id}&action=users`), [
        'users.change',
        'users.change',
        'users.create',
      ]);
      t.match((await list(`?subject=${ana.id}&action=users.change`)).at(-1), {
        actor: { type: 'api-key' },
        before: { firstName: 'Ana' },
        after: { firstName: 'Anabel', ringSeconds: 30 },
      });
      t.same(await actions('?q=14155550100'), ['numbers.create']);
      t.same(await actions('?q=anabel&action=users.change'), ['users.change', 'users.change'], 'by a name');
      const [row] = await list('?action=numbers.create');
      t.same(await actions(`?q=${encodeURIComponent(String(row?.requestId))}`), ['numbers.create']);
      t.same(await actions('?from=2100-01-01T00:00:00Z'), []);
      t.same(await actions('?to=2020-01-01T00:00:00Z'), []);
      t.ok((await actions('?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z')).length > 5);
      t.match(await office.admin.get('/activity?from=soon'), {
        status: 400,
        body: { errors: [{ pointer: '/from' }] },
      });
      t.equal((await office.admin.get('/activity?who=me')).status, 400);
    });

    await t.test('of one user: done by and done to; everybody sees their own', async (t) => {
      const { body } = await office.admin.get<Page>(`/users/${ana.id}/activity`);
      t.ok(body.data.every((row) => row.actor.id === ana.id || row.subject.id === ana.id));
      t.ok(
        body.data.some((row) => row.actor.id !== ana.id) && body.data.some((row) => row.actor.id === ana.id),
      );
      t.equal((await agent.get(`/users/${ana.id}/activity`)).status, 200);
      t.equal((await agent.get('/activity')).status, 403);
      t.match(await other.admin.get(`/users/${ana.id}/activity`), { status: 404 });
    });

    await t.test('pages follow each other without gaps or repeats', async (t) => {
      const all = (await list('?limit=100')).map((row) => row.id);
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { body }: { body: Page } = await office.admin.get<Page>(
          `/activity?limit=2${cursor === '' ? '' : `&after=${cursor}`}`,
        );
        seen.push(...body.data.map((row) => row.id));
        cursor = body.nextCursor;
      }
      t.same(seen, all);
    });

    await t.test(
      'no secret is in it, and nobody can change or delete a row, the service neither',
      async (t) => {
        const made = await office.admin.post<Doc & { secret: string }>('/api-keys', {
          name: 'k',
          permissions: ['simulate'],
        });
        const everything = JSON.stringify(await list('?limit=100'));
        for (const secret of [made.body.secret, password, agent.token]) t.notOk(everything.includes(secret));
        t.notMatch(everything, /argon2/);
        for (const statement of [
          sql`update activity set action = 'x'`,
          sql`delete from activity`,
          sql`truncate activity cascade`,
        ]) {
          const tried = inOrganization(database, office.id, (trx) => statement.execute(trx));
          await t.rejects(tried, { message: /append-only/ });
        }
        for (const verb of ['delete', 'patch', 'put'] as const) {
          const path = `/activity/${(await list(''))[0]?.id}`;
          const { status } =
            verb === 'delete'
              ? await client(app, office.key).delete(path)
              : await client(app, office.key)[verb](path, {});
          t.equal(status, 404);
        }
      },
    );
  }),
);
