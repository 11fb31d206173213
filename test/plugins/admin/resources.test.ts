import { test } from 'tap';
import { type Doc, newUser } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

test('the resources of an organization', async (suite) => {
  const { newOffice } = await sharedApp(suite);

  await suite.test(
    'a user is made with the defaults of the organization, read, changed and found',
    async (t) => {
      const office = await newOffice('users');
      const ana = await newUser(office, 'Ana', { lastName: 'Núñez-Ortega' });
      t.match(ana, {
        kind: 'username',
        role: 'agent',
        status: 'active',
        extension: '201',
        timeZone: 'Europe/Madrid',
        ringSeconds: 20,
        callLimit: null,
        forwardAll: null,
        devices: [{ kind: 'sip', address: `sip:201@${office.slug}.pbx.example`, enabled: true }],
        ifUnavailable: { action: 'voicemail' },
      });
      const read = await office.admin.get(`/users/${ana.id}`);
      t.equal(read.status, 200);
      t.same(read.body, ana);
      const changed = await office.admin.patch(`/users/${ana.id}`, {
        extension: '314',
        timeZone: 'Asia/Kathmandu',
      });
      t.equal(changed.status, 200, JSON.stringify(changed.body));
      t.match(changed.body, {
        extension: '314',
        timeZone: 'Asia/Kathmandu',
        devices: [{ address: `sip:314@${office.slug}.pbx.example` }],
      });
      const found = await office.admin.get('/users?q=nunez%20an');
      t.same(
        found.body.data.map((user) => user.id),
        [ana.id],
      );
    },
  );

  await suite.test('hours are read back as sent, and a weekday left out stays left out', async (t) => {
    const office = await newOffice('hours');
    const ana = await newUser(office, 'Ana');
    const bo = await newUser(office, 'Bo');
    const path = `/users/${ana.id}/availability`;
    const before = await office.admin.get(path);
    t.same(before.body, { timeZone: 'Europe/Madrid', weekly: null });
    const sent = {
      timeZone: 'Asia/Kathmandu',
      weekly: {
        monday: {
          available: true,
          windows: [
            { from: '14:00', to: '18:00' },
            { from: '09:00', to: '13:00' },
          ],
        },
        tuesday: { available: true, windows: [] },
        friday: { available: true, windows: [{ from: '22:00', to: '06:00' }] },
        saturday: { available: true, windows: [{ from: '00:00', to: '24:00' }] },
        sunday: { available: false, fallbackUserId: bo.id },
      },
    };
    const put = await office.admin.put(path, sent);
    t.equal(put.status, 200, JSON.stringify(put.body));
    t.same(put.body, sent);
    t.same((await office.admin.get(path)).body, sent);
    t.equal(
      (await office.admin.get(`/users/${ana.id}`)).body.timeZone,
      'Asia/Kathmandu',
      'one field, seen from both sides',
    );
    const kept = await office.admin.put(path, { weekly: {} });
    t.same(kept.body, { timeZone: 'Asia/Kathmandu', weekly: {} });
    const always = await office.admin.put(path, { timeZone: null, weekly: null });
    t.same(always.body, { timeZone: 'Europe/Madrid', weekly: null });
  });

  await suite.test('a fallback user who is off on the same day is saved, with a warning', async (t) => {
    const office = await newOffice('off');
    const ana = await newUser(office, 'Ana');
    const bo = await newUser(office, 'Bo');
    const away = (fallbackUserId: unknown) => ({ weekly: { sunday: { available: false, fallbackUserId } } });
    await office.admin.put(`/users/${bo.id}/availability`, { weekly: { sunday: { available: false } } });
    const put = await office.admin.put(`/users/${ana.id}/availability`, away(bo.id));
    t.equal(put.status, 200);
    t.match(put.body.warnings, [
      { code: 'availability.fallback-off', pointer: '/weekly/sunday/fallbackUserId' },
    ]);
    const back = await office.admin.put(`/users/${bo.id}/availability`, away(ana.id));
    t.equal(back.status, 200, "each other's fallback is the commonest set-up");
    t.match(
      back.body.warnings.map((warning) => warning.code),
      ['routing.possible-loop', 'availability.fallback-off'],
    );
    const override = await office.admin.post(`/users/${ana.id}/overrides`, {
      from: '2026-12-26',
      to: '2026-12-28',
      available: false,
      fallbackUserId: bo.id,
    });
    t.match(override.body.warnings.at(-1), { code: 'availability.fallback-off', message: /2026-12-27/ });
  });

  await suite.test('overrides are made, listed by date, changed and deleted', async (t) => {
    const office = await newOffice('overrides');
    const ana = await newUser(office, 'Ana');
    const bo = await newUser(office, 'Bo');
    const path = `/users/${ana.id}/overrides`;
    const holiday = await office.admin.post(path, {
      from: '2026-12-24',
      to: '2026-12-26',
      available: false,
      fallbackUserId: bo.id,
      note: 'Christmas',
    });
    t.equal(holiday.status, 201, JSON.stringify(holiday.body));
    const short = await office.admin.post(path, {
      from: '2026-11-27',
      available: true,
      windows: [{ from: '09:00', to: '12:00' }],
    });
    t.match(short.body, { from: '2026-11-27', to: '2026-11-27', note: '', available: true });
    const listed = await office.admin.get(path);
    t.same(listed.body.data, [short.body, holiday.body]);
    const opened = await office.admin.patch(`${path}/${holiday.body.id}`, {
      available: true,
      windows: [],
      note: null,
    });
    t.equal(opened.status, 200, JSON.stringify(opened.body));
    t.same(opened.body, {
      id: holiday.body.id,
      from: '2026-12-24',
      to: '2026-12-26',
      available: true,
      windows: [],
      note: '',
    });
    t.equal((await office.admin.delete(`${path}/${holiday.body.id}`)).status, 204);
    t.equal((await office.admin.delete(`${path}/${holiday.body.id}`)).body.code, 'override.not-found');
    t.equal((await office.admin.get(path)).body.data.length, 1);
  });

  await suite.test('extensions: taken ones with their owners, and the next free one', async (t) => {
    const office = await newOffice('extensions');
    const ana = await newUser(office, 'Ana');
    await newUser(office, 'Bo', { extension: '203' });
    const queue = await office.admin.post('/queues', { name: 'Sales' });
    t.equal(queue.body.extension, '202', 'the gap is filled');
    const { body } = await office.admin.get('/extensions');
    t.match(
      body.data.map((entry) => entry.extension),
      ['200', '201', '202', '203'],
    );
    t.match(body.data[1], { owner: { type: 'user', id: ana.id, name: 'Ana Test' } });
    t.match(body.data[2], { owner: { type: 'queue', id: queue.body.id, name: 'Sales' } });
    t.equal(body.nextFree, '204');
    const taken = await office.admin.patch(`/queues/${queue.body.id}`, { extension: '201' });
    t.match(taken, { status: 409, body: { code: 'extension.taken' } });
    await newUser(office, 'Carla', { extension: '910' });
    await newUser(office, 'Dora', { extension: '07' });
    t.equal(
      (await office.admin.get('/extensions')).body.nextFree,
      '204',
      'neither after the last nor before 200',
    );
  });

  await suite.test('ten users made at once have ten extensions', async (t) => {
    const office = await newOffice('rush');
    const made = await Promise.all(Array.from({ length: 10 }, (_, index) => newUser(office, `U${index}`)));
    t.equal(new Set(made.map((user) => user.extension)).size, 10);
  });

  await suite.test('numbers: one row for every spelling, with rules, calendar and switch', async (t) => {
    const office = await newOffice('numbers');
    const ana = await newUser(office, 'Ana');
    const made = await office.admin.post('/numbers', { number: '(415) 555-0100', name: 'Main' });
    t.equal(made.status, 201, JSON.stringify(made.body));
    t.match(made.body, {
      number: '+14155550100',
      target: null,
      override: null,
      calendar: null,
      callerRules: [],
    });
    for (const spelling of ['+1 415 555 0100', '001 415 555 0100', '14155550100', '415.555.0100']) {
      t.match(await office.admin.post('/numbers', { number: spelling }), {
        status: 409,
        body: { code: 'number.taken' },
      });
    }
    const other = await newOffice('numbers-other', { defaultCountry: 'ES' });
    t.match(
      await other.admin.post('/numbers', { number: '+14155550100' }),
      { status: 409 },
      'in the installation',
    );
    const path = `/numbers/${made.body.id}`;
    const changed = await office.admin.patch(path, {
      timeZone: 'America/New_York',
      target: { type: 'user', id: ana.id },
      override: { target: { type: 'announcement', text: 'Fire drill' }, until: '2030-01-01T00:00:00+01:00' },
      callerRules: [
        { match: { prefix: '0034' }, target: { type: 'hangup' } },
        { match: { number: '(415) 555-0177' }, target: { type: 'voicemail', id: ana.id } },
        { match: { kind: 'anonymous' }, target: { type: 'menu' } },
      ],
      stickyRouting: true,
      calendar: {
        weekly: {
          saturday: { available: false },
          monday: { available: true, windows: [{ from: '09:00', to: '24:00' }] },
        },
        exceptions: [
          { from: '2026-12-24', closed: true },
          { from: '2026-12-31', closed: false, windows: [{ from: '09:00', to: '12:00' }] },
        ],
        closedTarget: { type: 'voicemail', id: ana.id },
      },
      callerIdFor: [ana.id],
    });
    t.equal(changed.status, 200, JSON.stringify(changed.body));
    t.match(changed.body, {
      timeZone: 'America/New_York',
      override: { target: { type: 'announcement', text: 'Fire drill' }, until: '2029-12-31T23:00:00Z' },
      callerRules: [
        { match: { prefix: '+34' } },
        { match: { number: '+14155550177' } },
        { match: { kind: 'anonymous' } },
      ],
      calendar: {
        weekly: { saturday: { available: false } },
        exceptions: [
          { from: '2026-12-24', to: '2026-12-24', yearly: false, closed: true },
          { windows: [{ from: '09:00', to: '12:00' }] },
        ],
        useHolidays: true,
      },
      callerIdFor: [ana.id],
    });
    t.equal((await office.admin.get(`/users/${ana.id}`)).body.callerId, '+14155550100');
    t.same((await office.admin.get(path)).body, changed.body);
    const calm = await office.admin.patch(path, { override: null, calendar: null });
    t.match(calm.body, { override: null, calendar: null, stickyRouting: true });
  });

  await suite.test('a number is assigned and unassigned from its own side', async (t) => {
    const office = await newOffice('assign');
    const ana = await newUser(office, 'Ana');
    const { body } = await office.admin.post<Doc>('/numbers', { number: '+14155550111' });
    const path = `/numbers/${body.id}/target`;
    const put = await office.admin.put(path, { type: 'user', id: ana.id });
    t.match(put, { status: 200, body: { id: body.id, target: { type: 'user', id: ana.id } } });
    const replaced = await office.admin.put(path, { type: 'announcement', text: 'Hello' });
    t.same(replaced.body.target, { type: 'announcement', text: 'Hello' });
    t.same((await office.admin.get('/numbers?assigned=true')).body.data.length, 1);
    t.equal((await office.admin.delete(path)).status, 204);
    t.equal((await office.admin.get(`/numbers/${body.id}`)).body.target, null);
    t.same((await office.admin.get('/numbers?assigned=true')).body.data, []);
    t.same((await office.admin.get('/numbers?q=555-0111&assigned=false')).body.data.length, 1);
    t.equal((await office.admin.delete(`/numbers/${body.id}`)).status, 204);
    t.equal((await office.admin.get(`/numbers/${body.id}`)).body.code, 'number.not-found');
  });

  await suite.test('queues and departments with their members', async (t) => {
    const office = await newOffice('queues');
    const ana = await newUser(office, 'Ana');
    const bo = await newUser(office, 'Bo');
    const sales = await office.admin.post('/queues', {
      name: 'Sales',
      kind: 'department',
      strategy: 'round-robin',
    });
    t.match(sales, { status: 201, body: { ringSeconds: 20, noAgentTarget: null } });
    const north = await office.admin.post('/queues', {
      name: 'North',
      kind: 'department',
      parentQueueId: sales.body.id,
    });
    t.equal(north.body.parentQueueId, sales.body.id);
    const round = await office.admin.patch(`/queues/${sales.body.id}`, { parentQueueId: north.body.id });
    t.match(round, { status: 422, body: { errors: [{ pointer: '/parentQueueId', code: 'circle' }] } });
    t.match(await office.admin.post('/queues', { name: 'sALES' }), {
      status: 409,
      body: { code: 'queue.name-taken' },
    });
    const path = `/queues/${sales.body.id}/members`;
    const members = [
      { userId: bo.id, priority: 2 },
      { userId: ana.id, priority: 1 },
    ];
    const put = await office.admin.put(path, { members });
    t.same(put.body, { members: [members[1], members[0]] }, 'in the order in which they are rung');
    t.same((await office.admin.get(path)).body, put.body);
    t.same((await office.admin.get(`/users/${ana.id}`)).body.queues, [{ id: sales.body.id, name: 'Sales' }]);
    t.same((await office.admin.get(`/users?queue=${sales.body.id}`)).body.data.length, 2);
    t.match(await office.admin.put(path, { members: [...members, members[0]] }), {
      status: 422,
      body: { errors: [{ pointer: '/members/2/userId', code: 'duplicate' }] },
    });
    t.match(await office.admin.delete(`/queues/${sales.body.id}`), {
      status: 409,
      body: { code: 'queue.in-use', detail: /queue North/ },
    });
    t.equal((await office.admin.delete(`/queues/${north.body.id}`)).status, 204);
    t.equal((await office.admin.delete(`/queues/${sales.body.id}`)).status, 204);
    t.same((await office.admin.get('/queues')).body.data, []);
  });

  await suite.test('leads keep every number once, whoever writes it how', async (t) => {
    const office = await newOffice('leads');
    const ana = await newUser(office, 'Ana');
    const made = await office.admin.post('/leads', {
      name: 'Carla',
      ownerId: ana.id,
      numbers: ['(415) 555-0123', '+1 415 555 0123'],
    });
    t.match(made, { status: 201, body: { ownerId: ana.id, numbers: ['+14155550123'] } });
    t.match(await office.admin.post('/leads', { name: 'Twin', numbers: ['4155550123'] }), {
      status: 409,
      body: { code: 'lead.number-taken' },
    });
    const changed = await office.admin.patch(`/leads/${made.body.id}`, {
      ownerId: null,
      numbers: ['+34911234567'],
    });
    t.match(changed, { status: 200, body: { name: 'Carla', ownerId: null, numbers: ['+34911234567'] } });
    t.same((await office.admin.get('/leads')).body.data, [changed.body]);
  });

  await suite.test('the organization is read and changed', async (t) => {
    const office = await newOffice('settings');
    const read = await office.admin.get('/organization');
    t.match(read.body, {
      id: office.id,
      slug: 'settings',
      forwarding: { countries: ['US'], kinds: ['fixed', 'mobile'], confirm: true },
      lastResort: { type: 'announcement' },
      policies: { emailChange: 'verified', deletionGraceDays: 28, voicemailOf: 'first' },
    });
    const changed = await office.admin.patch('/organization', {
      language: 'es',
      texts: { closed: 'Cerrado' },
      blockList: ['(415) 555-0199', '+44 75*', '+14155550199'],
      holidays: [{ from: '2026-12-25', name: 'Christmas', yearly: true }],
      policies: { deletionGraceDays: 0 },
      lastResort: { type: 'announcement', text: 'Sorry' },
    });
    t.equal(changed.status, 200, JSON.stringify(changed.body));
    t.match(changed.body, {
      texts: { closed: 'Cerrado' },
      blockList: ['+14155550199', '+4475*'],
      holidays: [{ from: '2026-12-25', to: '2026-12-25', yearly: true, name: 'Christmas' }],
      policies: { deletionGraceDays: 0, emailChange: 'verified' },
      lastResort: { type: 'announcement', text: 'Sorry' },
    });
    const back = await office.admin.patch('/organization', { lastResort: null, texts: { closed: null } });
    t.match(back.body, { lastResort: { type: 'announcement' } });
    t.same(back.body.texts, {});
  });
});
