import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { readCell, toCsvCell } from '../../../plugins/admin/users/csv.ts';
import { type Client, type Doc, logIn, send } from '../../support/factories.ts';
import { sharedMovingApp } from '../../support/shared-admin.ts';

type Result = {
  readonly userId: string | null;
  readonly state: string;
  readonly line?: number;
  readonly column?: string;
  readonly code?: string;
  readonly message?: string;
};
type Job = Doc & {
  readonly state: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly results: readonly Result[];
};

test('a cell that a spreadsheet takes for a formula is protected, and read back as it was', async (t) => {
  for (const text of [
    '=1+1',
    '+14155550100',
    '-5',
    '@x',
    "'t Hooft",
    "''",
    '\tx',
    'a,"b"\r\nc',
    '',
    'plain',
  ]) {
    const cell = toCsvCell(text);
    const bare = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    t.equal(readCell(bare), text, JSON.stringify(text));
    t.notMatch(bare, /^[=+\-@\t\r]/, 'nothing that a spreadsheet would work out');
  }
});

test('users as a table', async (suite) => {
  const { app, clock, newOffice } = await sharedMovingApp(suite);
  const office = await newOffice('acme');
  const { admin } = office;
  const own = { authorization: `Bearer ${office.key}` };
  const file = { 'content-type': 'text/csv' };
  const exported = async (query = ''): Promise<string> => {
    const url = `/v1/users/export.csv${query}`;
    const answer = await app.inject({ method: 'GET', url, headers: own });
    if (answer.statusCode !== 200) throw new Error(answer.body);
    return answer.body;
  };
  const post = (text: string, query = '') =>
    send<Job>(app, 'POST', `/users/import${query}`, text, { ...own, ...file });
  const ended = async (by: Client, id: string): Promise<Job> => {
    for (let tries = 0; tries < 400; tries += 1) {
      const { body } = await by.get<Job>(`/jobs/${id}`);
      if (body.state === 'done') return body;
      await sleep(25);
    }
    throw new Error('the job does not end');
  };
  const imported = async (text: string, query = ''): Promise<Job> => {
    const reply = await post(text, query);
    if (reply.status !== 202) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
    return ended(admin, reply.body.id);
  };
  const everybody = async () => (await admin.get('/users?limit=100')).body.data;
  const withoutMeta = (user: Doc | undefined) => ({ ...user, meta: null });

  await suite.test('an import makes users, with all their settings', async (t) => {
    await admin.post('/skills', { name: 'Spanish; fluent' });
    await admin.post('/skills', { name: '=German' });
    const job = await imported(
      [
        'kind,email,login,password,firstName,lastName,role,skills,timeZone,ringSeconds,mobile',
        'email,ana@acme.example,,,Ana,Ruiz,manager,"[""Spanish; fluent"",""=german""]",Asia/Tokyo,33,',
        'username,,bo,a good long password,Bo,"\'=Chen, the 2nd",agent,,,,"{""ringApp"":false,""pushMissed"":true,""quietHours"":{""from"":""22:00"",""to"":""06:00""}}"',
        '',
      ].join('\n'),
    );
    t.match(job.results, [
      { line: 2, state: 'done', code: 'created' },
      { line: 3, state: 'done', code: 'created' },
    ]);
    const users = await everybody();
    t.match(
      users.find((user) => user.firstName === 'Ana'),
      {
        status: 'pending',
        role: 'manager',
        timeZone: 'Asia/Tokyo',
        ringSeconds: 33,
        login: 'ana@acme.example',
      },
    );
    t.match(
      users.find((user) => user.login === 'bo'),
      {
        status: 'active',
        lastName: '=Chen, the 2nd',
        mobile: { ringApp: false, quietHours: { from: '22:00' } },
      },
    );
    t.equal((await (await logIn(app, office, 'bo')).get('/me')).status, 200);
  });

  await suite.test('an export imports back to the same thing', async (t) => {
    const [ana] = (await admin.get('/users?q=ana')).body.data;
    const [bo] = (await admin.get('/users?q=bo')).body.data;
    const group = (await admin.post('/groups', { name: 'Night' })).body.id;
    const full = {
      fallbackUserId: ana?.id,
      parentUserId: ana?.id,
      groupId: group,
      firstName: "'+Bo",
      callLimit: 3,
      ifUnavailable: { action: 'none', causes: { busy: { action: 'voicemail' } } },
      doNotDisturb: { on: true, until: '2030-01-01T00:00:00Z' },
      forwardAll: { type: 'voicemail', id: ana?.id },
    };
    t.equal((await admin.patch(`/users/${bo?.id}`, full)).status, 200);
    const text = await exported();
    t.match(text, /^id,kind,login,email,firstName,/);
    t.notMatch(text, /password/);
    const before = (await everybody()).map(withoutMeta);
    const same = await imported(text);
    t.same(
      same.results.map((result) => result.code),
      before.map(() => 'unchanged'),
      'nothing differs',
    );
    const bare = {
      fallbackUserId: null,
      parentUserId: null,
      groupId: null,
      firstName: 'Bo',
      callLimit: null,
      ifUnavailable: { action: 'voicemail', causes: { noAnswer: { action: 'none' } } },
      doNotDisturb: { on: false, until: null },
      forwardAll: null,
      skills: ['=German'],
      devices: [],
    };
    t.equal((await admin.patch(`/users/${bo?.id}`, bare)).status, 200);
    const restored = await imported(text);
    t.equal(restored.failed, 0, JSON.stringify(restored.results));
    t.equal(restored.results.filter((result) => result.code === 'changed').length, 1);
    t.same((await everybody()).map(withoutMeta), before);
    t.equal(await exported(), text, 'letter for letter');
    t.equal((await exported('?role=manager')).trim().split('\r\n').length, 2, 'with the filters of the list');
  });

  await suite.test('a dry run says what would be, with line and column, and changes nothing', async (t) => {
    const text = [
      'email,firstName,lastName,extension,ringSeconds',
      'cy@acme.example,Cy,Diaz,,',
      'dan@acme.example,"Dan\nThe Man",Doe,200,',
      'eve@acme.example,Eve,Roe,,soon',
      'fay@acme.example,Fay,Poe,200,',
      'ana@acme.example,Anna,Ruiz,,33',
    ].join('\r\n');
    const before = await exported();
    const { status, body } = await post(text, '?dryRun=true');
    t.equal(status, 202);
    t.match(body, { id: null, dryRun: true, total: 5, done: 2, failed: 3 });
    t.match(body.results, [
      { line: 2, state: 'done', code: 'created' },
      { line: 3, state: 'failed', column: 'firstName', code: 'body.invalid' },
      { line: 5, state: 'failed', column: 'ringSeconds' },
      { line: 6, state: 'failed', column: 'extension', code: 'extension.taken' },
      { line: 7, state: 'done', code: 'changed' },
    ]);
    t.equal(await exported(), before);

    const all = await imported(text);
    t.same([all.done, all.failed], [0, 5], 'all or nothing');
    t.equal(all.results[0]?.code, 'import.not-saved');
    t.equal(await exported(), before);

    const rows = await imported(text, '?mode=rows');
    t.same([rows.done, rows.failed], [2, 3], 'row by row');
    t.match(rows.results[2], { line: 5, column: 'ringSeconds', message: /whole number/ });
    t.equal((await admin.get('/users?q=cy')).body.data.length, 1);

    await admin.patch(`/users/${rows.results[4]?.userId}`, { lastName: 'Changed' });
    const undo = await admin.post<Job>(`/jobs/${rows.id}/undo`);
    t.equal(undo.status, 202);
    const undone = await ended(admin, undo.body.id);
    t.match(undone.results, [
      { state: 'failed', code: 'etag.stale' },
      { state: 'done', code: 'deleted' },
    ]);
    t.equal((await admin.get('/users?q=cy')).body.data.length, 0);
    t.match(await admin.post(`/jobs/${rows.id}/undo`), { status: 409, body: { code: 'job.not-undoable' } });
  });

  await suite.test('an undone import leaves everything as it was', async (t) => {
    const before = await exported();
    const text = 'login,firstName,ringSeconds,skills\r\nbo,Bob,99,=German\r\n';
    const job = await imported(text.replace('=German', "'=German"));
    t.match(job.results, [{ code: 'changed' }]);
    t.not(await exported(), before);
    await ended(admin, (await admin.post<Job>(`/jobs/${job.id}/undo`)).body.id);
    t.equal(await exported(), before);
  });

  await suite.test(
    'a file with semicolons or tabs between the columns, as spreadsheets write it',
    async (t) => {
      for (const [between, login] of [
        [';', 'semi@acme.example'],
        ['\t', 'tab@acme.example'],
      ] as const) {
        const lines = [
          ['firstname', 'LastName', 'email', 'skills'],
          ['Semi', 'Colon, Jr.', login, ''],
        ];
        const text = lines.map((cells) => cells.join(between)).join('\r\n');
        const { status, body } = await post(text, '?dryRun=true');
        t.match(
          { status, body },
          { status: 202, body: { total: 1, done: 1, results: [{ code: 'created' }] } },
        );
      }
    },
  );

  await suite.test('a file that is no table of users is refused, with its line', async (t) => {
    for (const [text, pointer] of [
      ['name,phone\nAna,1', '/1/name'],
      ['firstName\nAna', '/1/login'],
      ['login,login\na,b', '/1/login'],
      ['login,firstName\na,"b', '/2'],
      ['', ''],
    ] as const) {
      const reply = await post(text);
      t.match([400, 422].includes(reply.status), true, `${text} ${reply.status}`);
      if (pointer !== '') t.equal(reply.body.errors[0]?.pointer, pointer, JSON.stringify(reply.body));
    }
    const rows = Array.from({ length: 1_001 }, (_, index) => `u${index}@acme.example`);
    const many = ['email', ...rows].join('\n');
    t.match(await post(many), { status: 422, body: { code: 'import.invalid' } });
    t.equal((await admin.post('/users/import', { a: 1 })).status, 422, 'JSON is no table');
  });

  await suite.test('a cell that would harm is the matter of its own row', async (t) => {
    const before = await exported();
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const cells = [
      '{"__proto__":{"ringApp":true}}',
      '{"ringApp":"\\u0000"}',
      '{"ringApp":"\\ud800"}',
      deep,
      '7',
      '{"ringApp":1}',
    ];
    const lines = cells.map((cell) => `bo,${toCsvCell(cell)}`);
    const job = await imported(['login,mobile', ...lines].join('\n'), '?mode=rows');
    t.same([job.done, job.failed], [0, cells.length]);
    for (const result of job.results) t.match(result, { column: 'mobile' }, JSON.stringify(result));
    t.equal(await exported(), before);
  });

  await suite.test('taking everybody away or making many needs a fresh password', async (t) => {
    const root = await logIn(app, office, 'root');
    clock.move(6 * 60_000);
    const stale = { status: 403, body: { code: 'session.reauthenticate' } };
    t.match(await root.get('/users/export.csv'), stale);
    t.match(await root.post('/users/import', 'email\nx@y.example', file), stale);
  });
});
