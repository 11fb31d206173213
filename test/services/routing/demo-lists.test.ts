import { test } from 'tap';
import { type Client, client, type Doc, password } from '../../support/factories.ts';
import { demoWithCalls } from './demo-with-calls.ts';

type Operation = { readonly responses?: Readonly<Record<string, unknown>> };
type Document = { readonly paths: Readonly<Record<string, { readonly get?: Operation }>> };

/** Paths below /v1 whose answer has a `data` list. */
function listPaths({ paths }: Document): readonly string[] {
  return Object.entries(paths).flatMap(([path, { get }]) => {
    if (get === undefined || !path.startsWith('/v1/')) return [];
    const answer = JSON.stringify(get.responses?.['200'] ?? {});
    return answer.includes('"nextCursor"') || answer.includes('"data":{"type":"array"')
      ? [path.slice(3)]
      : [];
  });
}

/** The rows of a list; of one that belongs to a row of another, of the first that has any. */
async function findRows(admin: Client, path: string): Promise<readonly unknown[]> {
  const [parent = '', rest] = path.split(/\/\{\w+\}/);
  if (rest === undefined) return rowsOf((await admin.get(path)).body);
  for (const status of parent === '/users' ? ['active', 'inactive', 'pending'] : ['']) {
    const owners = await admin.get(`${parent}?limit=100${status === '' ? '' : `&status=${status}`}`);
    for (const { id } of owners.body.data) {
      const rows = rowsOf((await admin.get(`${parent}/${id}${rest}`)).body);
      if (rows.length > 0) return rows;
    }
  }
  return [];
}

function rowsOf(body: Doc): readonly unknown[] {
  const rows = body.data ?? body.results;
  return Array.isArray(rows) ? rows : [];
}

test('every list of the administration has something to show in the demo', async (t) => {
  const { app } = await demoWithCalls();
  const login = await app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { login: 'olivia', password },
  });
  const admin = client(app, login.json<{ readonly token: string }>().token);
  const document = (await app.inject('/openapi.json')).json<Document>();
  const paths = listPaths(document);
  t.ok(paths.length > 15, `${paths.length} lists`);
  const job = (await admin.get('/activity?action=users.bulk')).body.data[0];
  t.match(await admin.get(`/jobs/${String(Reflect.get(Object(job?.subject), 'id'))}`), {
    body: { state: 'done', results: [{ state: 'done' }] },
  });
  for (const path of paths.filter((one) => !/^\/(jobs|health-report)/.test(one)))
    t.ok((await findRows(admin, path)).length > 0, path);
  const { body: report } = await admin.get('/health-report');
  for (const [section, found] of Object.entries(report)) {
    if (section !== 'at') t.ok(Number(Reflect.get(Object(found), 'count')) > 0, section);
  }
  for (const path of [
    '/numbers?assigned=false',
    '/numbers?assigned=true',
    '/leads?owner=none',
    '/users?role=administrator',
    '/users?role=manager',
    '/users?status=pending',
    '/users?status=inactive',
    '/users?status=deleted',
    '/activity?action=users.invite',
  ]) {
    t.ok((await findRows(admin, path)).length > 0, path);
  }
  const { body: people } = await admin.get('/users?limit=100');
  const has = (what: string, is: (user: Doc) => boolean) => t.ok(people.data.some(is), what);
  has('two-step verification is on', ({ meta }) => Reflect.get(Object(meta), 'twoStep') === true);
  has('a sub-user', ({ parentUserId }) => parentUserId !== undefined);
  has('a forward', ({ ifUnavailable }) => Reflect.get(Object(ifUnavailable), 'action') === 'forward');
  has('a caller id', ({ callerId }) => callerId !== null);
  const { body: sessions } = await admin.get('/sessions');
  t.ok(
    new Set(sessions.data.map(({ user }) => Reflect.get(Object(user), 'id'))).size > 1,
    'sessions of others',
  );
});
