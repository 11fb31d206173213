import { test } from 'tap';
import { covers } from '../../support/covers.ts';
import { type Doc, newUser, password, send } from '../../support/factories.ts';
import { sharedMailApp } from '../../support/shared-admin.ts';
import { tokenOf } from '../../support/smtp.ts';

test('invitations', async (suite) => {
  const { app, clock, smtp, newOffice } = await sharedMailApp(suite);
  const office = await newOffice('acme', { name: 'The acme office' });
  await newOffice('other');
  const invite = (email: string) =>
    office.admin.post('/users', { kind: 'email', email, firstName: 'Cy', lastName: 'Diaz' });
  const accept = (token: string, typed = password) =>
    send<Doc & { token: string; user: Doc }>(app, 'POST', '/invitations/accept', { token, password: typed });

  await suite.test(
    'C5 a user by e-mail is pending until the invitation is accepted, and one by username is active at once',
    covers('C5', async (t) => {
      const byName = await newUser(office, 'Bo');
      t.match(byName, { kind: 'username', status: 'active' });
      const made = await invite('cy@example.com');
      t.match(made, { status: 201, body: { kind: 'email', status: 'pending', login: 'cy@example.com' } });
      const mail = await smtp.next('cy@example.com');
      t.equal(mail.headers.get('subject'), 'Your account at The acme office');
      t.match(mail.text, 'https://linefinder.example/console/invitation#token=');
      t.match(mail.html, 'https://linefinder.example/console/invitation#token=');
      const token = tokenOf(mail);
      t.match(await accept(token, 'short'), { status: 422, body: { code: 'password.weak' } });
      const accepted = await accept(token);
      t.match(accepted, { status: 201, body: { user: { id: made.body.id, status: 'active' } } });
      t.match(String(accepted.headers['set-cookie']), /HttpOnly/);
      const opened = { authorization: `Bearer ${accepted.body.token}` };
      t.equal((await send(app, 'GET', '/session', undefined, opened)).status, 200, 'and is logged in');
      const login = { login: 'CY@example.com', password, organization: office.slug };
      t.equal((await send(app, 'POST', '/session', login)).status, 201, 'and logs in with the address');
      const used = { status: 422, body: { code: 'token.invalid' } };
      t.match(await accept(token), used, 'a link works once');
      t.match(await accept('lft_nonsense'), used);
    }),
  );

  await suite.test(
    'A8 an invitation is sent again, and only the last link works',
    covers('A8', async (t) => {
      const made = await invite('di@example.com');
      const first = tokenOf(await smtp.next('di@example.com'));
      const again = await office.admin.post(`/users/${made.body.id}/resend-invitation`);
      t.match(again, { status: 200, body: { id: made.body.id, status: 'pending' } });
      const second = tokenOf(await smtp.next('di@example.com'));
      t.match(await accept(first), { status: 422, body: { code: 'token.invalid' } });
      t.equal((await accept(second)).status, 201);
      t.match(await office.admin.post(`/users/${made.body.id}/resend-invitation`), {
        status: 409,
        body: { code: 'user.status' },
      });
    }),
  );

  await suite.test('an invitation works for a week, and not for somebody who was deactivated', async (t) => {
    const late = await invite('late@example.com');
    const token = tokenOf(await smtp.next('late@example.com'));
    clock.move(7 * 24 * 3_600_000 + 1);
    t.match(await accept(token), { status: 422, body: { code: 'token.invalid' } });
    await office.admin.post(`/users/${late.body.id}/resend-invitation`);
    const fresh = tokenOf(await smtp.next('late@example.com'));
    await office.admin.post(`/users/${late.body.id}/deactivate`, {});
    t.match(await accept(fresh), { status: 422, body: { code: 'token.invalid' } });
  });

  await suite.test('two who accept at the same moment: one gets in', async (t) => {
    await invite('race@example.com');
    const token = tokenOf(await smtp.next('race@example.com'));
    const answers = await Promise.all([accept(token), accept(token)]);
    t.same(answers.map(({ status }) => status).sort(), [201, 422]);
  });

  await suite.test('the mail speaks the language of the organization', async (t) => {
    await office.admin.patch('/organization', { language: 'de' });
    await invite('uwe@example.com');
    t.equal((await smtp.next('uwe@example.com')).headers.get('subject'), 'Ihr Konto bei The acme office');
  });

  await suite.test('an unsaved edit that would invite somebody sends nothing', async (t) => {
    const before = smtp.received.length;
    const body = { kind: 'email', email: 'sim@example.com', firstName: 'S', lastName: 'M' };
    const reply = await office.admin.post('/simulate', {
      extension: '200',
      assume: { changes: [{ method: 'POST', path: '/users', body }] },
    });
    t.equal(reply.status, 200, JSON.stringify(reply.body));
    const others = await invite('after@example.com');
    t.equal(others.status, 201);
    await smtp.next('after@example.com');
    t.equal(smtp.received.length, before + 1);
  });
});
