import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import type { Teardown } from '../../support/database.ts';
import { password } from '../../support/factories.ts';
import { watch } from '../../support/live-client.ts';
import { bearer, callChanged } from '../../support/live-events.ts';
import { sharedLiveOffice } from '../../support/shared-admin.ts';

test('sockets of sessions that end', async (suite) => {
  const office = await sharedLiveOffice();
  const { address, admin } = office;
  const root = await office.hire('Root', { role: 'administrator' });

  type Act = (user: { readonly id: string; readonly login: string; readonly token: string }) => Promise<{
    readonly status: number;
  }>;

  /** A user who watches calls, and what may end that. */
  const begin = async (t: Teardown, role: 'agent' | 'administrator', act: Act) => {
    const name = `u${randomBytes(4).toString('hex')}`;
    const user = await office.hire(name, { role });
    const token = await office.logIn(name);
    const client = await watch(t, address, bearer(token));
    await client.subscribe(['calls', 'activity']);
    const { status } = await act({ id: user.id, login: name, token });
    return { client, status, since: performance.now() };
  };
  const check = (title: string, role: 'agent' | 'administrator', expected: number, act: Act) =>
    suite.test(title, async (t) => {
      const { client, status } = await begin(t, role, act);
      t.ok(status < 300, `answered ${status}`);
      const { code, ms } = await client.closed(2_000);
      t.equal(code, expected);
      t.ok(ms < 500, `at once: ${Math.round(ms)} ms`);
    });
  const checkStays = (title: string, { client, status, since }: Awaited<ReturnType<typeof begin>>) =>
    suite.test(title, async (t) => {
      t.ok(status < 300, `answered ${status}`);
      await t.rejects(client.closed(Math.max(1, since + 2_500 - performance.now())));
    });

  const asSelf = async (method: string, path: string, token: string, body?: object) => {
    const payload = body === undefined ? {} : { payload: body };
    const reply = await office.app.inject({
      method: method === 'DELETE' ? 'DELETE' : 'POST',
      url: `/v1${path}`,
      headers: bearer(token),
      ...payload,
    });
    return { status: reply.statusCode };
  };

  // Begun first and looked at last: nothing is to happen for a while.
  const changed = await begin(suite, 'agent', ({ token }) =>
    asSelf('POST', '/me/password', token, { current: password, new: 'another good long one' }),
  );
  const risen = await begin(suite, 'agent', ({ id }) =>
    admin.patch(`/users/${id}`, { role: 'administrator' }),
  );
  await check(
    'D3 a password that an administrator resets ends the sockets at once',
    'agent',
    4401,
    ({ id }) =>
      admin.post(`/users/${id}/reset-password`, { method: 'typed', password: 'another good long one' }),
  );
  await check('D3 a deactivation ends the sockets at once', 'agent', 4401, ({ id }) =>
    admin.post(`/users/${id}/deactivate`, {}),
  );
  await check('D3 a deletion ends the sockets at once', 'agent', 4401, ({ id }) =>
    admin.delete(`/users/${id}`),
  );
  await check('D3 ending the sessions of a user ends the sockets at once', 'agent', 4401, ({ id }) =>
    admin.delete(`/users/${id}/sessions`),
  );
  await check('logging out ends the own sockets at once', 'agent', 4401, ({ token }) =>
    asSelf('DELETE', '/session', token),
  );
  await check('a lower role takes what could be seen: 4403', 'administrator', 4403, ({ id }) =>
    admin.patch(`/users/${id}`, { role: 'agent' }),
  );

  await suite.test('more to see begins anew, with what there is to see now', async (t) => {
    const user = await office.hire('Riser');
    const client = await watch(t, address, bearer(await office.logIn('riser')));
    await client.subscribe(['calls']);
    await office.tell(callChanged('before', [root.id]));
    await admin.patch(`/users/${user.id}`, { role: 'administrator' });
    const reset = await client.find(({ type }) => type === 'reset');
    // What is told before the new picture is taken is in the picture.
    const from = client.messages.indexOf(reset);
    await client.find((message) => message.type === 'snapshot' && client.messages.indexOf(message) > from);
    const last = await office.tell(callChanged('after', [root.id]));
    await client.find(({ seq, type }) => seq === last && type === 'event');
    t.notOk(client.messages.some(({ data }) => Reflect.get(Object(data), 'id') === 'before'));
  });

  await suite.test('a manager who leaves a desk sees its calls no more', async (t) => {
    const { body: desk } = await admin.post('/desks', { name: 'Sales desk' });
    const seller = await office.hire('Seller', { desks: [desk.name] });
    const lead = await office.hire('Lead', { role: 'manager', desks: [desk.name] });
    const client = await watch(t, address, bearer(await office.logIn('lead')));
    await client.subscribe(['calls']);
    const last = await office.tell(callChanged('of the desk', [seller.id]));
    await client.find(({ seq, type }) => seq === last && type === 'event');
    t.equal((await admin.patch(`/users/${lead.id}`, { desks: [] })).status, 200);
    t.equal((await client.closed(4_000)).code, 4403);
  });

  await suite.test('an API key that is deleted ends its sockets at once', async (t) => {
    const { body } = await admin.post('/api-keys', { name: 'wall', permissions: ['calls.read'] });
    const client = await watch(t, address, bearer(String(body.secret)));
    await client.subscribe(['calls']);
    await admin.delete(`/api-keys/${body.id}`);
    const { code, ms } = await client.closed(2_000);
    t.equal(code, 4401);
    t.ok(ms < 500, `at once: ${Math.round(ms)} ms`);
  });

  await checkStays('who changes the own password goes on here', changed);
  await checkStays('a higher role shows more, and the socket stays', risen);
});
