import { test } from 'tap';
import { covers } from '../../support/covers.ts';
import { asOffice, hire } from '../../support/people.ts';
import { sharedLiveOffice } from '../../support/shared-admin.ts';

test('leads come in by CSV', async (suite) => {
  const office = asOffice(await sharedLiveOffice());
  const { admin } = office;
  const ana = await hire(office, 'Ana');
  const gone = await hire(office, 'Gone');
  await admin.post(`/users/${gone.id}/deactivate`, {});
  const send = (text: string, query = '') =>
    admin.post(`/leads/import${query}`, text, { 'content-type': 'text/csv' });
  const named = async (name: string) => {
    const { body } = await admin.get('/leads?limit=100');
    return body.data.filter((lead) => String(lead.name).startsWith(name));
  };

  await suite.test(
    'A10 imported leads reach their owner with the very next call',
    covers('A10/1', async (t) => {
      await admin.post('/numbers', {
        number: '+12025550881',
        stickyRouting: true,
        target: { type: 'announcement' },
      });
      const file = [
        '\u{feff}Name,Numbers,Owner',
        `"Carla, of ""Acme""",'+16465550181;(646) 555-0182,${String(ana.login).toUpperCase()}`,
        `Dora,+16465550183,${ana.extension}`,
        '',
        `Eve,,`,
      ].join('\r\n');
      const supposed = await send(file, '?dryRun=true');
      t.match(supposed, {
        status: 200,
        body: { dryRun: true, total: 3, created: 3, failed: 0, errors: [] },
      });
      t.same(await named('Carla'), []);
      t.match(await send(file), { status: 200, body: { total: 3, created: 3, failed: 0 } });
      t.match(await named('Carla'), [
        { name: 'Carla, of "Acme"', ownerId: ana.id, numbers: ['+16465550181', '+16465550182'] },
      ]);
      t.match(await named('Eve'), [{ ownerId: null, numbers: [] }]);
      t.equal(await office.ring('+12025550881', '+16465550182'), ana.id);
      t.equal(await office.ring('+12025550881', '+16465550183'), ana.id);
      t.match(await send(file), { status: 422, body: { errors: { length: 3 } } }, 'a second time');
    }),
  );

  await suite.test('A10 a lead is found by name and by number, and read by its id', async (t) => {
    const made = await admin.post('/leads', {
      name: "Zoë O'Neil-Quist",
      ownerId: ana.id,
      numbers: ['+16465550210', '+442071838750'],
    });
    const found = async (q: string, more = '') =>
      (await admin.get(`/leads?q=${encodeURIComponent(q)}${more}`)).body.data.map((lead) => lead.id);
    for (const q of ['zoë', "ZOË o'n", '0210', '+44 20 7183', '(646) 555-0210']) {
      t.same(await found(q), [made.body.id], q);
    }
    for (const q of ['oë', 'neil', '%', "zoë'", '999']) t.same(await found(q), [], q);
    t.same(await found('zoë', '&owner=none'), []);
    const read = await admin.get(`/leads/${made.body.id}`);
    t.match(read, { status: 200, body: { id: made.body.id, numbers: { length: 2 } }, etag: made.etag });
    t.equal(
      (await admin.patch(`/leads/${made.body.id}`, { name: 'Z' }, { 'if-match': read.etag })).status,
      200,
    );
    t.equal(
      (await admin.patch(`/leads/${made.body.id}`, { name: 'Y' }, { 'if-match': read.etag })).status,
      412,
    );
    t.equal((await admin.get('/leads/01900000-0001-7000-8000-000000000000')).status, 404);
    t.equal((await admin.get('/leads?q=%20')).status, 400);
  });

  await suite.test('semicolons between the columns; a name is one line', async (t) => {
    const file = 'name;owner;numbers\nKim, Jr.;;"+16465550201;+16465550202"\n"Two\nlines";;';
    t.match(await send(file, '?dryRun=true&mode=rows'), {
      status: 200,
      body: { total: 2, created: 1, errors: [{ line: 4, column: 'name', code: 'format' }] },
    });
  });

  await suite.test('errors name line and column; all lines or none, or those that fit', async (t) => {
    const file = [
      'name,owner,numbers',
      'Fay,,+16465550191',
      ',,+16465550192',
      'Gil,nobody,+16465550193',
      `Hal,${String(gone.login)},12`,
      'Ivy,,+1 646 555 0191',
      'Jan,,,,',
    ].join('\n');
    const errors = [
      { line: 3, column: 'name', code: 'required' },
      { line: 4, column: 'owner', code: 'user.not-found' },
      { line: 5, column: 'numbers', code: 'number' },
      { line: 6, column: 'numbers', code: 'lead.number-taken' },
      { line: 7, column: '', code: 'cells' },
    ];
    t.match(await send(file, '?dryRun=true'), { status: 200, body: { created: 0, failed: 5, errors } });
    t.match(await send(file), {
      status: 422,
      body: {
        code: 'body.invalid',
        detail: 'Line 3: Add the name of the lead.',
        errors: errors.map(({ line, column, code }) => ({
          pointer: column === '' ? `/${line}` : `/${line}/${column}`,
          code,
        })),
      },
    });
    t.same(await named('Fay'), [], 'nothing was kept');
    t.match(await send(file, '?mode=rows'), {
      status: 200,
      body: { total: 6, created: 1, failed: 5, errors },
    });
    t.equal((await named('Fay')).length, 1);
  });

  await suite.test('a file that is none is refused in words', async (t) => {
    for (const [text, code] of [
      ['', 'empty'],
      ['owner,numbers\nana,1', 'required'],
      ['name,name\na,b', 'duplicate'],
      ['name,colour\na,b', 'unknown'],
      ['name\n"open', 'csv'],
    ] as const) {
      t.match(await send(text), { status: 422, body: { errors: [{ code }] } }, text);
    }
    t.match(await send('name\n\u0000'), { status: 422 });
    t.equal((await admin.post('/leads/import', { name: 'x' })).status, 422);
    t.equal((await send(`name\n${'x'.repeat(1_100_000)}`)).status, 413);
  });
});
