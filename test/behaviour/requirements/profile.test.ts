import { test } from 'tap';
import { covers } from '../../support/covers.ts';
import { client, type Doc, logIn, newUser } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

type Decision = Doc & {
  readonly steps: readonly {
    readonly action: string;
    readonly targets?: readonly { readonly devices: readonly { readonly kind: string }[] }[];
  }[];
  readonly trace: readonly { readonly rule: string; readonly because: string }[];
};

type User = Doc & {
  readonly extension: string;
  readonly devices: readonly { readonly address: string }[];
  readonly queues: readonly { readonly id: string; readonly name: string }[];
  readonly meta: { readonly editableFields: readonly string[] };
};

test('users and profiles', async (suite) => {
  const { app, clock, newOffice } = await sharedApp(suite);
  const office = await newOffice('acme', { timeZone: 'Europe/Madrid' });
  const { admin } = office;
  const invite = async (firstName: string, changes: object = {}): Promise<User> => {
    const email = `${firstName.toLowerCase()}@acme.example`;
    const reply = await admin.post<User>('/users', {
      kind: 'email',
      email,
      firstName,
      lastName: 'Test',
      ...changes,
    });
    if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
    return reply.body;
  };
  const ring = async (extension: string, at?: string) => {
    const { body } = await admin.post<Decision>('/simulate', {
      extension,
      ...(at === undefined ? {} : { at }),
    });
    const first = body.steps[0];
    const kinds = first?.targets?.flatMap((target) => target.devices.map((device) => device.kind));
    return { action: first?.action, kinds: kinds ?? [], rules: body.trace.map((entry) => entry.rule) };
  };

  await suite.test(
    'A9 everyone edits their own profile, and the mobile settings take effect at call time',
    covers('A9', async (t) => {
      const devices = [
        { kind: 'sip', address: 'sip:ana@pbx.example', enabled: true },
        { kind: 'app', address: 'ana', enabled: true },
      ];
      const ana = await newUser(office, 'Ana', { devices });
      const own = await logIn(app, office, 'ana');
      const extension = String(ana.extension);
      const { body: me } = await own.get<User>('/me');
      t.equal(me.id, ana.id);
      t.same(me.meta.editableFields, [
        'email',
        'firstName',
        'lastName',
        'timeZone',
        'doNotDisturb',
        'mobile',
      ]);
      t.match(await own.patch('/me', { firstName: 'Anna', lastName: 'Ruiz', timeZone: 'America/New_York' }), {
        status: 200,
        body: { firstName: 'Anna', lastName: 'Ruiz', timeZone: 'America/New_York' },
      });
      t.match(await own.patch('/me', { extension: '999' }), {
        status: 403,
        body: { permission: 'users.write' },
      });
      t.same((await ring(extension)).kinds, ['sip', 'app']);

      await own.patch('/me', { mobile: { ringApp: false } });
      t.same((await ring(extension)).kinds, ['sip'], 'the app is off');

      const quietHours = { from: '22:00', to: '07:00' };
      const saved = await own.patch('/me', { mobile: { ringApp: true, pushMissed: false, quietHours } });
      t.match(saved.body.mobile, { ringApp: true, pushMissed: false, quietHours });
      // 23:30 in New York, where quiet hours are counted; it is noon there at 16:00Z.
      const quiet = await ring(extension, '2026-12-02T04:30:00Z');
      t.same(quiet.kinds, ['sip'], 'quiet hours, in the own zone');
      t.ok(quiet.rules.includes('user.quiet-hours'));
      t.same((await ring(extension, '2026-12-02T16:00:00Z')).kinds, ['sip', 'app']);
      t.match(await own.patch('/me', { mobile: { quietHours: { from: '25:00', to: '07:00' } } }), {
        status: 422,
        body: { errors: [{ pointer: '/mobile/quietHours/from' }] },
      });
      t.match(await client(app, office.key).get('/me'), { status: 403, body: { code: 'session.required' } });
    }),
  );

  await suite.test('A4 somebody without rights over others finds who could stand in', async (t) => {
    const self = await newUser(office, 'Selma');
    const stand = await newUser(office, 'Standa', { lastName: 'Novák' });
    const gone = await newUser(office, 'Standalone');
    await admin.post(`/users/${gone.id}/deactivate`, {});
    const own = await logIn(app, office, 'selma');
    t.equal((await own.get('/users')).status, 403);
    const { status, body } = await own.get('/me/colleagues?limit=100');
    t.equal(status, 200);
    const ids = body.data.map((one) => one.id);
    t.ok(ids.includes(stand.id));
    t.notOk(ids.includes(self.id), 'nobody stands in for themselves');
    t.notOk(ids.includes(gone.id), 'nor does who is not there');
    t.same((await own.get('/me/colleagues?q=novak')).body.data, [
      { id: stand.id, firstName: 'Standa', lastName: 'Novák', extension: stand.extension },
    ]);
    const first = (await own.get('/me/colleagues?limit=1')).body;
    t.type(first.nextCursor, 'string');
    t.equal((await own.get(`/me/colleagues?limit=1&after=${first.nextCursor}`)).status, 200);
    t.match(
      await own.post(`/users/${self.id}/overrides`, {
        from: '2026-12-24',
        available: false,
        fallbackUserId: stand.id,
      }),
      { status: 201, body: { fallbackUserId: stand.id } },
    );
    t.match(await admin.get('/me/colleagues'), { status: 403, body: { code: 'session.required' } });
  });

  await suite.test('A9 presence: do not disturb until then, and available again', async (t) => {
    const bea = await newUser(office, 'Bea');
    const own = await logIn(app, office, 'bea');
    const extension = String(bea.extension);
    t.equal((await ring(extension)).action, 'ring');
    const until = new Date(clock.now() + 3_600_000).toISOString();
    t.match(await own.put('/me/presence', { state: 'do-not-disturb', until }), {
      status: 200,
      body: { state: 'do-not-disturb' },
    });
    t.match((await own.get('/me')).body.doNotDisturb, { on: true, until: String });
    t.not((await ring(extension)).action, 'ring', 'the very next call');
    const later = new Date(clock.now() + 2 * 3_600_000).toISOString();
    t.equal((await ring(extension, later)).action, 'ring', 'it ends by itself');
    t.same((await own.put('/me/presence', { state: 'do-not-disturb' })).body, { state: 'do-not-disturb' });
    t.same((await own.get('/me')).body.doNotDisturb, { on: true }, 'without an end now');
    t.same((await own.put('/me/presence', { state: 'available' })).body, { state: 'available' });
    t.same((await own.get('/me')).body.doNotDisturb, { on: false });
    t.equal((await ring(extension)).action, 'ring');
    for (const body of [
      { state: 'available', until: later },
      { state: 'do-not-disturb', until: '2020-01-01T00:00:00Z' },
      { state: 'do-not-disturb', until: 'tomorrow' },
    ]) {
      t.match(await own.put('/me/presence', body), {
        status: 422,
        body: { errors: [{ pointer: '/until' }] },
      });
    }
    t.equal((await own.put('/me/presence', { state: 'away' })).status, 422);
  });

  await suite.test(
    'A1 an admin edits every detail of an existing user and saves',
    covers('A1', async (t) => {
      const [dan, eve] = [await invite('Dan'), await invite('Eve')];
      const group = (await admin.post('/groups', { name: 'All' })).body.id;
      const skill = (await admin.post('/skills', { name: 'Dutch' })).body.id;
      const details: Readonly<Record<string, unknown>> = {
        firstName: 'Daniel',
        lastName: 'Doe',
        role: 'manager',
        extension: '4711',
        timeZone: 'Asia/Tokyo',
        parentUserId: eve.id,
        groupId: group,
        skills: [skill],
        tags: [],
        desks: [],
        fallbackUserId: eve.id,
        ifUnavailable: { action: 'none' },
        ringSeconds: 33,
        callLimit: 2,
        doNotDisturb: { on: true },
        forwardAll: { type: 'user', id: eve.id },
        devices: [{ kind: 'app', address: 'dan', enabled: false }],
        mobile: { ringApp: false, pushMissed: false, quietHours: { from: '20:00', to: '08:00' } },
      };
      // The address goes its own way: email-change.test.ts.
      const editable = dan.meta.editableFields.filter((field) => field !== 'email').toSorted();
      t.same(Object.keys(details).toSorted(), editable, 'no detail is left out here');
      const saved = await admin.patch<User>(`/users/${dan.id}`, details);
      t.equal(saved.status, 200, JSON.stringify(saved.body));
      const { body: read } = await admin.get<User>(`/users/${dan.id}`);
      for (const [name, value] of Object.entries(details)) t.same(read[name], value, name);
    }),
  );

  await suite.test(
    'B1 the list shows name, e-mail, role, status and queues',
    covers('B1', async (t) => {
      const fay = await invite('Fay', { role: 'manager' });
      const queue = await admin.post('/queues', { name: 'Sales' });
      await admin.put(`/queues/${queue.body.id}/members`, { members: [{ userId: fay.id }] });
      const { body } = await admin.get('/users?q=fay');
      t.match(body.data, [
        {
          firstName: 'Fay',
          lastName: 'Test',
          email: 'fay@acme.example',
          role: 'manager',
          status: 'pending',
          queues: [{ id: queue.body.id, name: 'Sales' }],
        },
      ]);
      const page = await admin.get('/users?limit=1');
      t.equal(page.body.data.length, 1);
      t.equal((await admin.get(`/users?limit=1&after=${page.body.nextCursor}`)).body.data.length, 1);
    }),
  );

  await suite.test(
    'B3 first name, last name and role can be edited',
    covers('B3', async (t) => {
      const gus = await invite('Gus');
      const change = { firstName: 'Gustav', lastName: 'Holst', role: 'manager' };
      t.match(await admin.patch(`/users/${gus.id}`, change), { status: 200, body: change });
      t.equal((await admin.patch(`/users/${gus.id}`, { role: 'boss' })).status, 422);
    }),
  );

  await suite.test(
    'B11 search by name or e-mail, filter by status and by role',
    covers('B11', async (t) => {
      const ida = await invite('Ida', { lastName: 'Núñez', role: 'manager' });
      const jo = await invite('Jo', { lastName: 'Nunn' });
      const found = async (query: string) =>
        (await admin.get(`/users?${query}`)).body.data.map((user) => user.id).toSorted();
      t.same(await found('q=nun'), [ida.id, jo.id].toSorted());
      t.same(await found('q=ida%40acme'), [ida.id]);
      t.same(await found('q=nun&role=manager'), [ida.id]);
      t.same(await found('q=nun&status=pending'), [ida.id, jo.id].toSorted());
      t.same(await found('q=nun&status=active'), []);
      t.equal((await admin.get('/users?role=boss')).status, 400);
    }),
  );

  await suite.test(
    'C1 an overview, new users, sub-users under a user, and their settings',
    covers('C1', async (t) => {
      const kim = await invite('Kim');
      const lea = await invite('Lea', { parentUserId: kim.id });
      t.equal(lea.parentUserId, kim.id);
      t.match(await admin.patch(`/users/${kim.id}`, { parentUserId: lea.id }), {
        status: 422,
        body: { errors: [{ pointer: '/parentUserId', code: 'circle' }] },
      });
      t.match(await admin.patch(`/users/${lea.id}`, { ringSeconds: 15 }), {
        status: 200,
        body: { ringSeconds: 15 },
      });
      const { body } = await admin.get('/users?limit=100');
      for (const id of [kim.id, lea.id]) t.ok(body.data.some((user) => user.id === id));
    }),
  );

  await suite.test(
    'E2 a setting is saved alone, with what came of it and a new ETag; a stale one is refused',
    async (t) => {
      const mia = await invite('Mia');
      const read = await admin.get(`/users/${mia.id}`);
      const match = { 'if-match': read.etag };
      const saved = await admin.patch(`/users/${mia.id}`, { ringSeconds: 44 }, match);
      t.match(saved, { status: 200, body: { ringSeconds: 44, firstName: 'Mia' } });
      t.not(saved.etag, read.etag);
      t.match(await admin.patch(`/users/${mia.id}`, { ringSeconds: 45 }, match), {
        status: 412,
        body: { code: 'etag.stale' },
      });
      t.equal((await admin.get(`/users/${mia.id}`)).body.ringSeconds, 44);
    },
  );

  await suite.test(
    'E3 user name and login id can be changed, and the new login works',
    covers('E3', async (t) => {
      const ned = await newUser(office, 'Ned');
      t.match(await admin.patch(`/users/${ned.id}`, { firstName: 'Edward', login: 'eddy' }), {
        status: 200,
        body: { firstName: 'Edward', login: 'eddy' },
      });
      t.equal((await (await logIn(app, office, 'EDDY')).get('/me')).body.id, ned.id);
      await t.rejects(logIn(app, office, 'ned'), 'the former login is nobody’s');
      t.match(await admin.patch(`/users/${ned.id}`, { login: 'root' }), {
        status: 409,
        body: { code: 'user.login-taken' },
      });
    }),
  );

  await suite.test(
    'E5 the extension can be changed: calls to the new one arrive',
    covers('E5', async (t) => {
      const { id, extension } = await newUser(office, 'Ola');
      t.match(await admin.patch(`/users/${id}`, { extension: '5123' }), {
        status: 200,
        body: { extension: '5123', devices: [{ address: /^sip:5123@/ }] },
      });
      t.equal((await ring('5123')).action, 'ring');
      t.equal((await ring(String(extension))).action, 'reject', 'nobody has the former one');
      const queue = await admin.post('/queues', { name: 'Support', extension: '5124' });
      t.equal(queue.status, 201);
      t.match(await admin.patch(`/users/${id}`, { extension: '5124' }), {
        status: 409,
        body: { code: 'extension.taken', errors: [{ pointer: '/extension' }] },
      });
    }),
  );

  await suite.test(
    'E7 the caller id is shown on the profile, and set on the number',
    covers('E7', async (t) => {
      const pia = await invite('Pia');
      t.equal(pia.callerId, null);
      t.match(await admin.patch(`/users/${pia.id}`, { callerId: '+14155550100' }), {
        status: 422,
        body: { errors: [{ pointer: '/callerId' }] },
      });
      const number = await admin.post('/numbers', { number: '+14155550100', callerIdFor: [pia.id] });
      t.equal(number.status, 201);
      t.equal((await admin.get(`/users/${pia.id}`)).body.callerId, '+14155550100');
      const taken = await admin.patch(`/numbers/${number.body.id}`, { callerIdFor: [] });
      t.match(taken, { status: 200, body: { callerIdFor: [] } });
      t.equal((await admin.get(`/users/${pia.id}`)).body.callerId, null);
      t.notOk(pia.meta.editableFields.includes('callerId'));
    }),
  );

  await suite.test('the policies of the organization have defaults, and are validated', async (t) => {
    const { body } = await admin.get('/organization');
    t.same(body.policies, {
      emailChange: 'verified',
      deletionGraceDays: 28,
      adminReset: ['mail', 'generated', 'typed'],
      forwardBeatsDnd: false,
      voicemailOf: 'first',
      statistics: true,
      callRetentionDays: 365,
      voicemailMaxSeconds: 300,
      voicemailRetentionDays: 90,
      voicemailMail: 'link',
    });
    const changed = { emailChange: 'locked', deletionGraceDays: 0, adminReset: ['mail'], statistics: false };
    t.match(await admin.patch('/organization', { policies: changed }), {
      status: 200,
      body: { policies: { ...changed, voicemailOf: 'first' } },
    });
    for (const [name, value] of Object.entries({
      emailChange: 'free',
      deletionGraceDays: 366,
      adminReset: ['fax'],
      forwardBeatsDnd: 'yes',
      voicemailOf: 'all',
      statistics: 1,
      callRetentionDays: 0,
      surprise: true,
    })) {
      const reply = await admin.patch('/organization', { policies: { [name]: value } });
      t.match(reply, { status: 422, body: { code: 'body.invalid' } }, name);
      t.match(reply.body.errors[0]?.pointer, new RegExp(`^/policies/${name}`), name);
    }
  });
});
