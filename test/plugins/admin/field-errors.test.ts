import { test } from 'tap';
import { toFieldErrors } from '../../../services/routing/field-errors.ts';
import { type Doc, logIn, newUser, password, send } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

/** Every pattern below a part of the OpenAPI document. */
function patternsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own: unknown = Reflect.get(value, 'pattern');
  const below = Object.values(value).flatMap(patternsIn);
  return typeof own === 'string' ? [own, ...below] : below;
}

test('what is wrong with a field is said so that an office admin can put it right', async (suite) => {
  const { app, newOffice } = await sharedApp(suite);
  const office = await newOffice('acme');
  const { admin } = office;
  const lucia = await newUser(office, 'Lucia');

  await suite.test('no pattern of a body or a query is shown to a person', async (t) => {
    type Operation = { readonly requestBody?: unknown; readonly parameters?: readonly { in: string }[] };
    type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
    const { paths } = (await app.inject('/openapi.json')).json<Document>();
    const patterns = new Set(
      Object.values(paths)
        .flatMap((path) => Object.values(path))
        .flatMap(({ requestBody, parameters = [] }) => [
          ...patternsIn(requestBody),
          ...patternsIn(parameters.filter((parameter) => parameter.in === 'query')),
        ]),
    );
    t.ok(patterns.size > 15, `${patterns.size} patterns`);
    for (const pattern of patterns) {
      const [field] = toFieldErrors([{ instancePath: '/x', keyword: 'pattern', params: { pattern } }]);
      t.notOk(field?.message.startsWith('Use the form'), pattern);
    }
  });

  const check = (title: string, body: object, errors: readonly object[], status = 422): void => {
    void suite.test(title, async (t) => {
      const reply = await admin.post<Doc>('/users', { firstName: 'Eve', lastName: 'Ng', ...body });
      t.equal(reply.status, status);
      t.match(reply.body.errors, errors);
      t.equal(reply.body.errors.length, errors.length);
    });
  };
  const eve = { kind: 'email', email: 'eve@acme.example' };
  check('a name of two lines is refused', { ...eve, firstName: 'Eve\r\nBcc: a@b.example' }, [
    { pointer: '/firstName', code: 'format', message: /one line/ },
  ]);
  check('so is one with a bell in it', { ...eve, lastName: 'N\u0007g' }, [{ pointer: '/lastName' }]);
  check('and one of spaces', { ...eve, lastName: '   ' }, [{ pointer: '/lastName', message: /one line/ }]);
  check('a login with a space says so', { kind: 'username', login: 'eve ng', password }, [
    { pointer: '/login', message: 'Leave out the spaces.' },
  ]);

  await suite.test('an address that somebody has is named by the property that was sent', async (t) => {
    t.equal((await admin.post('/users', { ...eve, firstName: 'Eve', lastName: 'Ng' })).status, 201);
    t.match(
      await admin.post('/users', { ...eve, email: 'EVE@acme.example', firstName: 'E', lastName: 'N' }),
      {
        status: 409,
        body: { code: 'user.login-taken', errors: [{ pointer: '/email', code: 'taken' }] },
      },
    );
    const body = { kind: 'username', login: 'lucia', password };
    t.match(await admin.post('/users', { ...body, firstName: 'E', lastName: 'N' }), {
      status: 409,
      body: { errors: [{ pointer: '/login', code: 'taken' }] },
    });
  });

  await suite.test('what is wrong with a query is 400, and says what to do', async (t) => {
    for (const [path, pointer] of [
      ['/activity?from=yesterday', '/from'],
      ['/coverage?target=user:X&from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z', '/to'],
      ['/users?after=abc', '/after'],
      ['/leads?owner=me', '/owner'],
    ] as const) {
      const { status, body } = await admin.get(path.replace('X', lucia.id));
      t.match(
        { status, body },
        { status: 400, body: { code: 'query.invalid', errors: [{ pointer }] } },
        path,
      );
      t.ok(body.detail.startsWith(`${pointer}: Use `) || body.detail.startsWith(`${pointer}: Choose `), path);
    }
  });

  await suite.test('a choice of one is said to be one', async (t) => {
    const applyTo = { all: true, ids: [lucia.id] };
    t.match(await admin.post('/users/bulk', { action: 'delete', applyTo }), {
      status: 422,
      body: { detail: '/applyTo: Send only one of them.' },
    });
    t.match(await admin.post('/users/bulk', { action: 'delete', applyTo: { ids: [] } }), {
      body: { detail: '/applyTo/ids: Send at least one entry.' },
    });
  });

  await suite.test('one date that does not exist is one mistake', async (t) => {
    const { status, body } = await admin.post(`/users/${lucia.id}/overrides`, {
      from: '2026-02-30',
      available: false,
    });
    t.same({ status, pointers: body.errors.map((one) => one.pointer) }, { status: 422, pointers: ['/from'] });
  });

  await suite.test('a missing permission names what needs it', async (t) => {
    const own = await logIn(app, office, 'lucia');
    t.match(await own.patch('/me', { firstName: 'Lu', role: 'administrator', extension: '4711' }), {
      status: 403,
      body: { permission: 'users.write', errors: [{ pointer: '/role' }, { pointer: '/extension' }] },
    });
    const patch = { method: 'PATCH', path: '/me' } as const;
    t.equal((await send(app, patch.method, patch.path, { firstName: 'Lu' })).status, 401);
  });
});
