import { test } from 'tap';
import { covers } from '../../support/covers.ts';
import { type Doc, logIn, newUser, password, send } from '../../support/factories.ts';
import { sharedMailApp } from '../../support/shared-admin.ts';
import { tokenOf } from '../../support/smtp.ts';

test('changes of e-mail addresses', async (suite) => {
  const { app, clock, smtp, newOffice } = await sharedMailApp(suite);
  const office = await newOffice('acme');
  await newOffice('other');
  const made = await office.admin.post('/users', {
    kind: 'email',
    email: 'ana@example.com',
    firstName: 'Ana',
    lastName: 'Ruiz',
  });
  const ana = `/users/${made.body.id}`;
  const confirm = (token: string) => send(app, 'POST', '/email-changes/confirm', { token });
  const enter = (login: string) =>
    send(app, 'POST', '/session', { login, password, organization: office.slug });
  const token = tokenOf(await smtp.next('ana@example.com'));
  await send(app, 'POST', '/invitations/accept', { token, password });

  await suite.test(
    'C4 the new address is confirmed by mail, the old one is told, and the user logs in with the new one',
    covers('C4', async (t) => {
      const asked = await office.admin.patch(ana, { email: 'ana@new.example', firstName: 'Anna' });
      t.match(asked, {
        status: 200,
        body: {
          email: 'ana@example.com',
          login: 'ana@example.com',
          firstName: 'Anna',
          warnings: [{ code: 'email.unconfirmed', pointer: '/email' }],
        },
      });
      const link = tokenOf(await smtp.next('ana@new.example'));
      const told = await smtp.next('ana@example.com');
      t.match(told.text, 'ana@new.example');
      t.notMatch(told.text, 'token=', 'the old address gets no link');
      t.equal((await enter('ana@example.com')).status, 201, 'until then everything is as it was');
      t.equal((await confirm(link)).status, 204);
      t.match(await office.admin.get(ana), { body: { email: 'ana@new.example', login: 'ana@new.example' } });
      t.equal((await enter('ana@new.example')).status, 201);
      t.equal((await enter('ana@example.com')).status, 401);
      t.match(await confirm(link), { status: 422, body: { code: 'token.invalid' } });
      t.match((await office.admin.get('/users?q=new')).body.data, [{ id: made.body.id }]);
    }),
  );

  await suite.test('a link of the former address opens nothing after the change', async (t) => {
    await send(app, 'POST', '/password/forgot', { login: 'ana@new.example', organization: office.slug });
    const reset = tokenOf(await smtp.next('ana@new.example'));
    await office.admin.patch(ana, { email: 'ana@third.example' });
    t.equal((await confirm(tokenOf(await smtp.next('ana@third.example')))).status, 204);
    const tried = await send(app, 'POST', '/password/reset', { token: reset, password: `${password}!` });
    t.match(tried, { status: 422, body: { code: 'token.invalid' } });
  });

  await suite.test('a link works for a day, and an address that somebody has is refused', async (t) => {
    await office.admin.patch(ana, { email: 'ana@late.example' });
    const late = tokenOf(await smtp.next('ana@late.example'));
    clock.move(24 * 3_600_000 + 1);
    t.match(await confirm(late), { status: 422, body: { code: 'token.invalid' } });
    await newUser(office, 'Bo', { email: 'bo@example.com' });
    t.match(await office.admin.patch(ana, { email: 'BO@example.com' }), {
      status: 409,
      body: { code: 'user.login-taken' },
    });
    t.match(await office.admin.patch(ana, { email: 'nonsense' }), { status: 422 });
    t.match(await office.admin.patch(ana, { email: null }), { status: 422 });
  });

  await suite.test('somebody changes the own address, with a password typed just now', async (t) => {
    await newUser(office, 'Cy', { email: 'cy@example.com' });
    const cy = await logIn(app, office, 'cy');
    const { body: session } = await cy.get<Doc & { user: Doc }>('/session');
    const path = `/users/${session.user.id}`;
    const asked = await cy.patch(path, { email: 'cy@new.example' });
    t.match(asked, { status: 200, body: { email: 'cy@example.com' } });
    t.equal((await confirm(tokenOf(await smtp.next('cy@new.example')))).status, 204);
    t.match(await cy.get(path), { body: { email: 'cy@new.example', login: 'cy' } });
    clock.move(5 * 60_000 + 1);
    t.match(await cy.patch(path, { email: 'cy@third.example' }), {
      status: 403,
      body: { code: 'session.reauthenticate' },
    });
  });

  await suite.test('who has not confirmed yet gets the invitation at the new address', async (t) => {
    const invited = await office.admin.post('/users', {
      kind: 'email',
      email: 'dy@exmaple.com',
      firstName: 'Dy',
      lastName: 'Lan',
    });
    const wrong = tokenOf(await smtp.next('dy@exmaple.com'));
    const moved = await office.admin.patch(`/users/${invited.body.id}`, { email: 'dy@example.com' });
    t.match(moved, { status: 200, body: { status: 'pending', login: 'dy@example.com' } });
    const right = tokenOf(await smtp.next('dy@example.com'));
    const accept = (token: string) => send(app, 'POST', '/invitations/accept', { token, password });
    t.equal((await accept(wrong)).status, 422);
    t.equal((await accept(right)).status, 201);
  });

  await suite.test(
    'B4 with the policy locked an address is fixed after creation',
    covers('B4', async (t) => {
      t.match(await office.admin.patch('/organization', { policies: { emailChange: 'locked' } }), {
        status: 200,
        body: { policies: { emailChange: 'locked' } },
      });
      t.match(await office.admin.patch(ana, { email: 'ana@fourth.example' }), {
        status: 422,
        body: { errors: [{ pointer: '/email', code: 'fixed' }] },
      });
      const { body } = await office.admin.get<Doc & { meta: { editableFields: readonly string[] } }>(ana);
      t.notOk(body.meta.editableFields.includes('email'));
      await office.admin.patch('/organization', { policies: { emailChange: 'verified' } });
      const open = await office.admin.get<Doc & { meta: { editableFields: readonly string[] } }>(ana);
      t.ok(open.body.meta.editableFields.includes('email'));
    }),
  );
});
