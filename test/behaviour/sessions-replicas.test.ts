import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { type LiveClient, watch } from '../support/live-client.ts';
import { bearer, callChanged, tell } from '../support/live-events.ts';
import { ask, twoReplicas } from '../support/replicas.ts';

const password = 'a good long password';

test('D3 what ends a session in one process ends its sockets in another within two seconds', async (t) => {
  const { here, there, database } = await twoReplicas();
  const { id: organizationId, slug } = await ask(here, 'GET', '/organization');
  const hire = async (login: string, role: string): Promise<{ id: string; client: LiveClient }> => {
    const person = { kind: 'username', login, password, firstName: login, lastName: 'Test', role };
    const { id } = await ask(here, 'POST', '/users', person);
    const { token } = await ask(here, 'POST', '/session', { organization: slug, login, password });
    const client = await watch(t, there.url, bearer(String(token)));
    await client.subscribe(['calls']);
    return { id, client };
  };
  const keyWatch = async (secret: string): Promise<LiveClient> => {
    // The key is in the other's directory a moment after it was made.
    for (let tries = 0; ; tries += 1) {
      const client = await watch(t, there.url, bearer(secret)).catch(() => undefined);
      if (client !== undefined) {
        await client.subscribe(['calls']);
        return client;
      }
      if (tries > 50) throw new Error('the key is not known');
      await sleep(50);
    }
  };
  const ana = await hire('leaver-ana', 'agent');
  const bo = await hire('leaver-bo', 'agent');
  const cy = await hire('leaver-cy', 'administrator');
  const di = await hire('leaver-di', 'agent');

  const last = await tell(database, organizationId, callChanged('told', [ana.id]));
  await ana.client.find(({ seq }) => seq === last);

  const key = await ask(here, 'POST', '/api-keys', { name: 'wall', permissions: ['calls.read'] });
  const wall = await keyWatch(String(key.secret));

  /** From the answer of the one process to the end of the socket at the other. */
  const end = async (client: LiveClient, act: () => Promise<unknown>) => {
    await act();
    const { code, ms } = await client.closed(3_000);
    return { code, ms };
  };
  const reset = { method: 'typed', password: 'another good long one' };
  const ends = [
    await end(ana.client, () => ask(here, 'POST', `/users/${ana.id}/reset-password`, reset)),
    await end(bo.client, () => ask(here, 'POST', `/users/${bo.id}/deactivate`, {})),
    await end(cy.client, () => ask(here, 'PATCH', `/users/${cy.id}`, { role: 'agent' })),
    await end(di.client, () => ask(here, 'DELETE', `/users/${di.id}`)),
    await end(wall, () => ask(here, 'DELETE', `/api-keys/${key.id}`)),
  ];
  t.strictSame(
    ends.map(({ code }) => code),
    [4401, 4401, 4403, 4401, 4401],
  );
  const times = ends.map(({ ms }) => Math.round(ms));
  t.ok(Math.max(...times) < 2_000, `within two seconds: ${times.join(', ')} ms`);
  // It is told, and not found by the look that comes once a second: those would hardly come so soon four times of five.
  t.ok(times.filter((ms) => ms < 400).length >= 4, `${times.join(', ')} ms`);
});
