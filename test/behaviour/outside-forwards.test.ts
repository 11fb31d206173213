import { test } from 'tap';
import { inOrganization } from '../../services/storage/database.ts';
import { type Client, logIn, newOffice, newUser, type Office } from '../support/factories.ts';
import { mailApp } from '../support/mail.ts';

const external = (number: string) => ({ type: 'external', number });

test('calls that leave the organization', async (suite) => {
  const { app, clock, database, smtp } = await mailApp(suite);
  const office = await newOffice(app, 'acme');
  const { admin } = office;
  await newUser(office, 'Rita', { role: 'administrator', email: 'rita@example.com' });
  const ana = await newUser(office, 'Ana', { email: 'ana@example.com' });
  const countOf = (at: Office) =>
    inOrganization(database, at.id, async (trx) => {
      const rows = await trx
        .selectFrom('mail_message')
        .select('recipient')
        .where('kind', '=', 'outside-forward')
        .where('organization_id', '=', at.id)
        .execute();
      return rows.length;
    });
  /** What `save` adds to the mails about outside forwards. */
  const mailed = async (save: () => Promise<{ readonly status: number; readonly body: unknown }>) => {
    const before = await countOf(office);
    const { status, body } = await save();
    if (status >= 300) throw new Error(JSON.stringify(body));
    return (await countOf(office)) - before;
  };

  await suite.test(
    'a forward to an outside number is told to the administrators and to the user',
    async (t) => {
      const forwardAll = external('+1 415 555 0177');
      const seen = smtp.received.length;
      t.equal(await mailed(() => admin.patch(`/users/${ana.id}`, { forwardAll })), 2);
      const told = [await smtp.next('rita@example.com'), await smtp.next('ana@example.com')];
      t.equal(smtp.received.length, seen + 2);
      for (const mail of told) {
        t.match(mail.headers.get('subject'), 'The acme office now go to an outside');
        t.match(mail.text, /Ana Test → \+14155550177/);
        t.match(mail.text, /the API key \S+/);
        t.match(mail.html, /Ana Test → \+14155550177/);
      }
      t.equal(await mailed(() => admin.patch(`/users/${ana.id}`, { ringSeconds: 30 })), 0, 'once');
      t.equal(await mailed(() => admin.patch(`/users/${ana.id}`, { forwardAll: null })), 0, 'taken away');
    },
  );

  await suite.test('so is every other way out', async (t) => {
    const queue = (await admin.post('/queues', { name: 'Sales' })).body;
    const number = (await admin.post('/numbers', { number: '+12125550100', name: 'Main line' })).body;
    const target = external('+14155550178');
    const rows: readonly (readonly [string, number, () => ReturnType<Client['patch']>])[] = [
      [
        'if-unavailable',
        2,
        () => admin.patch(`/users/${ana.id}`, { ifUnavailable: { action: 'forward', target } }),
      ],
      [
        'a rule of its own for busy',
        2,
        () =>
          admin.patch(`/users/${ana.id}`, {
            ifUnavailable: { causes: { busy: { action: 'forward', target: external('+14155550179') } } },
          }),
      ],
      [
        'a telephone',
        2,
        () =>
          admin.patch(`/users/${ana.id}`, {
            devices: [{ kind: 'phone', address: '(415) 555-0180'.replace(/ /g, ''), enabled: true }],
          }),
      ],
      ['a queue without agents', 1, () => admin.patch(`/queues/${queue.id}`, { noAgentTarget: target })],
      ['a number', 1, () => admin.put(`/numbers/${number.id}/target`, target)],
      [
        'the switch of a number',
        1,
        () =>
          admin.patch(`/numbers/${number.id}`, {
            override: { target: external('+14155550181'), until: null },
          }),
      ],
      [
        'a rule for callers',
        1,
        () =>
          admin.patch(`/numbers/${number.id}`, {
            callerRules: [{ match: { prefix: '+1' }, target: external('+14155550182') }],
          }),
      ],
      ['the last resort', 1, () => admin.patch('/organization', { lastResort: target })],
      [
        'one of our own numbers',
        0,
        () => admin.patch(`/queues/${queue.id}`, { noAgentTarget: external('+12125550100') }),
      ],
    ];
    for (const [title, count, save] of rows) t.equal(await mailed(save), count, title);
    t.match(await admin.get(`/users/${ana.id}`), {
      body: { devices: [{ kind: 'phone', address: '+14155550180', enabled: true }] },
    });
  });

  await suite.test(
    'in the language of the organization, and not to an address that is not confirmed',
    async (t) => {
      await admin.patch('/organization', { language: 'de' });
      const seen = smtp.received.length;
      const made = () =>
        admin.post('/users', {
          kind: 'email',
          email: 'pending@example.com',
          firstName: 'Pia',
          lastName: 'Test',
          forwardAll: external('+14155550190'),
        });
      t.equal(await mailed(made), 1);
      for (;;) {
        const mail = await smtp.next('rita@example.com');
        if (!mail.text.includes('Pia Test → +14155550190')) continue;
        t.match(mail.text, /fremde Nummer/);
        break;
      }
      t.notOk(
        smtp.received
          .slice(seen)
          .some((mail) => /Pia Test → /.test(mail.text) && mail.envelopeTo.includes('pending@example.com')),
      );
      await admin.patch('/organization', { language: 'en' });
    },
  );

  await suite.test('a rehearsal tells nobody', async (t) => {
    const changes = [
      { method: 'PATCH', path: `/v1/users/${ana.id}`, body: { forwardAll: external('+14155550191') } },
    ];
    const simulated = () => admin.post('/simulate', { to: '+12125550100', assume: { changes } });
    t.equal(await mailed(simulated), 0);
  });

  await suite.test('a telephone is held to what forwards are held to', async (t) => {
    const phone = (address: string, enabled = true) => ({ devices: [{ kind: 'phone', address, enabled }] });
    const bo = await newUser(office, 'Bo');
    for (const address of ['+34611234567', '+19005550123', '+12125550100', '112', '214']) {
      t.match(
        await admin.patch(`/users/${bo.id}`, phone(address)),
        { status: 422, body: { errors: [{ pointer: '/devices/0/address' }] } },
        address,
      );
    }
    await newUser(office, 'Lead', { role: 'manager' });
    const group = (await admin.post('/groups', { name: 'Editors', permissions: ['users.write'] })).body;
    const editor = await newUser(office, 'Edi', { groupId: group.id });
    const session = await logIn(app, office, 'edi');
    t.match(await session.patch(`/users/${bo.id}`, phone('+14155550123')), {
      status: 403,
      body: { permission: 'forward.external' },
    });
    t.ok(editor.id);
    const root = await logIn(app, office, 'root');
    t.equal((await root.patch(`/users/${bo.id}`, phone('+14155550123'))).status, 200);
    clock.move(6 * 60_000);
    t.equal((await root.patch(`/users/${bo.id}`, { ringSeconds: 25 })).status, 200, 'what was there stays');
    t.equal((await root.patch(`/users/${bo.id}`, phone('+14155550123', false))).status, 200, 'off is free');
    t.match(await root.patch(`/users/${bo.id}`, phone('+14155550123')), {
      status: 403,
      body: { code: 'session.reauthenticate' },
    });
  });
});
