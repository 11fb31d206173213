import { test } from 'tap';
import { inOrganization } from '../../../services/storage/database.ts';
import { insertCalls } from '../../support/call-rows.ts';
import { client, type Doc, logIn, newUser } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

type CallDoc = Doc & {
  readonly from: { readonly value: string | null; readonly masked: boolean; readonly lead: Doc | null };
  readonly trace: readonly { readonly because: string }[];
};

test('calls as records', async (suite) => {
  const { app, database, newOffice } = await sharedApp(suite);
  const office = await newOffice('acme');
  const { admin } = office;
  const other = await newOffice('other');
  const ana = await newUser(office, 'Ana', { desks: [await desk('North')] });
  const bo = await newUser(office, 'Bo');
  const mia = await newUser(office, 'Mia', { role: 'manager', desks: ['North'] });
  const sales = (await admin.post('/queues', { name: 'Sales' })).body;
  const lead = (await admin.post('/leads', { name: 'Hilda', numbers: ['+12125550142'] })).body;
  const as = { ana: await logIn(app, office, 'ana'), bo: await logIn(app, office, 'bo') };
  const manager = await logIn(app, office, 'mia');
  const because = `{user:${bo.id}} takes the calls of {lead:${lead.id}} from {caller}.`;
  const subject = (user: Doc) => ({ type: 'user', id: user.id, name: `{user:${user.id}}` });
  const reason = { rule: 'lead.owner', outcome: 'applied', because };
  await insertCalls(database, office.id, [
    { id: 'c-1', startedAt: '2026-11-20T10:00:00Z', users: [{ id: ana.id, answered: true }] },
    { id: 'c-2', startedAt: '2026-11-20T11:00:00Z', outcome: 'missed', users: [{ id: bo.id }] },
    {
      id: 'c-3',
      startedAt: '2026-11-20T12:00:00Z',
      queueId: sales.id,
      from: { kind: 'number', value: '+13105550107' },
      outcome: 'abandoned',
      users: [
        { id: ana.id, queueId: sales.id },
        { id: bo.id, queueId: sales.id },
      ],
    },
    {
      id: 'c-4',
      startedAt: '2026-11-20T12:00:00Z',
      users: [{ id: bo.id, answered: true }],
      steps: [{ id: 's1', action: 'ring', targets: [{ userId: bo.id, extension: '201', devices: [] }] }],
      trace: [
        { ...reason, subject: { type: 'caller', id: '{caller}', name: '{caller}' } },
        { ...reason, rule: 'user.ring', subject: subject(ana) },
      ],
      timeline: [
        {
          type: 'leg',
          at: Date.parse('2026-11-20T12:00:10Z'),
          userId: bo.id,
          legId: 'l',
          state: 'answered',
          outcome: null,
        },
        {
          type: 'step-ended',
          at: Date.parse('2026-11-20T12:01:00Z'),
          stepId: 's1',
          outcome: 'answered',
          next: null,
          digits: '1',
          trace: [],
        },
      ],
    },
    {
      id: 'c-5',
      startedAt: '2026-11-21T12:00:00Z',
      outcome: 'rejected',
      from: { kind: 'anonymous', value: null },
    },
  ]);
  await insertCalls(database, other.id, [{ id: 'c-9', startedAt: '2026-11-20T10:00:00Z' }]);

  async function desk(name: string): Promise<string> {
    return (await admin.post('/desks', { name })).body.id;
  }
  async function ids(by: { get: typeof admin.get }, query = ''): Promise<readonly string[]> {
    const { status, body } = await by.get(`/calls${query}`);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body.data.map((call) => call.id);
  }
  const check = (title: string, by: { get: typeof admin.get }, query: string, wanted: readonly string[]) =>
    suite.test(title, async (t) => t.same(await ids(by, query), wanted));

  await check('come with the newest first', admin, '', ['c-5', 'c-3', 'c-4', 'c-2', 'c-1']);
  await check('are found by a user', admin, `?user=${ana.id}`, ['c-3', 'c-1']);
  await check('are found by a queue', admin, `?queue=${sales.id}`, ['c-3']);
  await check('are found by a queue and a user', admin, `?queue=${sales.id}&user=${bo.id}`, ['c-3']);
  await check('are found by outcome', admin, '?outcome=missed', ['c-2']);
  await check('are found by time', admin, '?from=2026-11-20T11:00:00Z&to=2026-11-20T12:00:00Z', ['c-2']);
  await check('are found by the caller in any spelling', admin, '?number=(310)%20555-0107', ['c-3']);
  await check('are found by what was dialled', admin, '?number=%2B14155550100&outcome=abandoned', ['c-3']);
  await check('are not found by what nobody has', admin, `?user=${other.administrator.id}`, []);
  await check('are one’s own for an agent', as.ana, '', ['c-3', 'c-1']);
  await check('stay one’s own whatever is asked for', as.ana, `?user=${bo.id}`, ['c-3']);
  await check('are those of the desk for a manager', manager, '', ['c-3', 'c-1']);

  await suite.test('come a page at a time, and none twice where two began together', async (t) => {
    for (const by of [admin, as.bo, manager]) {
      const whole = await ids(by);
      const pages: string[] = [];
      let after = '';
      for (let page = 0; page < 9; page += 1) {
        const { body } = await by.get(`/calls?limit=1${after}`);
        pages.push(...body.data.map((call) => call.id));
        if (body.nextCursor === null) break;
        after = `&after=${body.nextCursor}`;
      }
      t.same(pages, whole);
    }
    const users = (await admin.get('/users?limit=1')).body.nextCursor;
    t.match(await admin.get(`/calls?after=${users}`), { status: 400, body: { code: 'query.invalid' } });
  });

  await suite.test('a manager sees the calls of the queues that they are a member of', async (t) => {
    const members = [{ userId: mia.id, priority: 1 }];
    const support = (await admin.post('/queues', { name: 'Support' })).body;
    await admin.put(`/queues/${support.id}/members`, { members });
    await insertCalls(database, office.id, [
      {
        id: 'c-0',
        startedAt: '2026-11-19T10:00:00Z',
        queueId: support.id,
        users: [{ id: bo.id, queueId: support.id }],
      },
    ]);
    t.same(await ids(manager), ['c-3', 'c-1', 'c-0']);
    t.equal((await manager.get('/calls/c-0')).status, 200);
    t.equal((await manager.get('/calls/c-2')).status, 404);
    t.notOk((await ids(as.ana)).includes('c-0'));
  });

  await suite.test('a manager sees the calls of the groups below, and of who is below them', async (t) => {
    const top = (await admin.post('/groups', { name: 'Top' })).body;
    const middle = (await admin.post('/groups', { name: 'Middle', parentId: top.id })).body;
    const low = (await admin.post('/groups', { name: 'Low', parentId: middle.id })).body;
    const nia = await newUser(office, 'Nia', { role: 'manager', groupId: middle.id });
    const people: Readonly<Record<string, Doc>> = {
      above: await newUser(office, 'Above', { groupId: top.id }),
      beside: await newUser(office, 'Beside', { groupId: middle.id }),
      below: await newUser(office, 'Below', { groupId: low.id }),
      child: await newUser(office, 'Child', { parentUserId: nia.id }),
      // The same tag is not the same desk.
      tagged: await newUser(office, 'Tagged'),
    };
    const tag = (await admin.post('/tags', { name: 'new' })).body.id;
    for (const one of [nia, people.tagged]) await admin.patch(`/users/${one?.id}`, { tags: [tag] });
    await insertCalls(
      database,
      office.id,
      Object.entries(people).map(([name, { id }]) => ({
        id: `g-${name}`,
        startedAt: '2026-11-18T10:00:00Z',
        users: [{ id }],
      })),
    );
    const hers = await logIn(app, office, 'nia');
    t.same(await ids(hers), ['g-below', 'g-beside', 'g-child']);
    t.equal((await hers.get('/calls/g-above')).status, 404);
    await admin.patch(`/users/${people.child?.id}`, { parentUserId: null });
    t.equal((await hers.get('/calls/g-child')).status, 404, 'at once');
  });

  await suite.test('one call tells why, with the names of today', async (t) => {
    await admin.patch(`/users/${bo.id}`, { firstName: 'Bodo' });
    const { status, body } = await admin.get<CallDoc>('/calls/c-4');
    t.equal(status, 200, JSON.stringify(body));
    t.match(body, {
      from: { value: '+12125550142', masked: false, lead: { id: lead.id, name: 'Hilda' } },
      answeredBy: { id: bo.id, name: 'Bodo Test' },
      steps: [{ id: 's1', action: 'ring' }],
      timeline: [
        { at: '2026-11-20T12:00:10Z', type: 'leg', state: 'answered', outcome: null },
        { at: '2026-11-20T12:01:00Z', type: 'step-ended', outcome: 'answered', next: null },
      ],
      trace: [
        {
          subject: { name: '+12125550142' },
          because: 'Bodo Test takes the calls of Hilda from +12125550142.',
        },
        { subject: { name: 'Ana Test' } },
      ],
    });
    t.notMatch(JSON.stringify(body), /digits/, 'what the caller typed is not shown');
    const own = await as.bo.get<CallDoc>('/calls/c-4');
    t.equal(own.body.trace.length, 1, 'the hours of a colleague are not for an agent');
    t.match(own.body.from, { value: '+12125550142', masked: false }, 'who was rung knows the number');
  });

  await suite.test('a call tells which messages were left in it', async (t) => {
    t.same((await admin.get('/calls/c-2')).body.voicemails, []);
    const receivedAt = '2026-11-20T11:00:40Z';
    await inOrganization(database, office.id, (trx) =>
      trx
        .insertInto('voicemail')
        .values({
          ...{ organization_id: office.id, id: lead.id, carrier: 'pbx', recording_id: 'r-1', call_id: 'c-2' },
          ...{ mailbox_type: 'user', mailbox_id: bo.id, duration_seconds: 12, received_at: receivedAt },
        })
        .execute(),
    );
    const mailbox = { type: 'user', id: bo.id };
    t.same((await admin.get('/calls/c-2')).body.voicemails, [
      { id: lead.id, mailbox, durationSeconds: 12, receivedAt },
    ]);
  });

  await suite.test('numbers are masked for who may not see them', async (t) => {
    const { body: made } = await admin.post<Doc & { secret: string }>('/api-keys', {
      name: 'board',
      permissions: ['calls.read'],
    });
    const board = client(app, made.secret);
    const { body } = await board.get<CallDoc>('/calls/c-4');
    t.match(body.from, { value: '+121…42', masked: true, lead: null });
    t.notMatch(JSON.stringify(body), /2125550142/);
    t.same(await ids(board, '?number=%2B13105550107'), [], 'and are no way to ask for somebody');
    t.ok((await ids(board, '?number=%2B14155550100')).includes('c-3'), 'but one of our own is');
  });

  await suite.test('what one may not see is not there', async (t) => {
    const missing = { status: 404, body: { code: 'call.not-found' } };
    t.match(await as.ana.get('/calls/c-2'), missing);
    t.match(await admin.get('/calls/c-9'), missing, 'of another organization');
    t.match(await admin.get('/calls/nothing'), missing);
    t.match(await admin.get('/calls/a%20b'), { status: 404 });
    const { body: made } = await admin.post<Doc & { secret: string }>('/api-keys', {
      name: 'no calls',
      permissions: ['users.read'],
    });
    t.match(await client(app, made.secret).get('/calls'), {
      status: 403,
      body: { permission: 'calls.read' },
    });
    t.match(await admin.get('/calls?number=hello'), { status: 400 });
    t.match(await admin.get('/calls?outcome=lost'), { status: 400 });
    t.match(await admin.get('/calls?from=yesterday'), { status: 400 });
  });
});
