import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { changeOften, checkDelays, openOffice } from '../support/freshness-office.ts';
import type { TestService } from '../support/processes.ts';
import { operatorKey, twoReplicas } from '../support/replicas.ts';

test('without Redis', async (t) => {
  const office = await openOffice(await twoReplicas());

  await t.test('a change is in the very next call here, and in the others within 100 ms', async (t) => {
    checkDelays(t, await changeOften(t, office, 12));
  });

  await t.test('a new organization can be asked for on the other process within two seconds', async (t) => {
    const reply = await fetch(`${office.one.url}/v1/organizations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        slug: 'new-one',
        name: 'New One',
        timeZone: 'Europe/Madrid',
        defaultCountry: 'ES',
        administrator: { login: 'admin', password: 'a good long password' },
      }),
    });
    const made = await reply.json();
    t.equal(reply.status, 201);
    const key = JSON.stringify(made).match(/lf_[A-Za-z0-9_-]+/)?.[0] ?? '';
    const ask = async (service: TestService): Promise<number> => {
      const answer = await fetch(`${service.url}/v1/route`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ callId: 'c-1', from: '', to: '+34911234567' }),
      });
      return answer.status;
    };
    t.equal(await ask(office.one), 200, 'at once where it was made');
    const started = performance.now();
    let status = 0;
    while (status !== 200 && performance.now() - started < 2_000) {
      status = await ask(office.other);
      await sleep(5);
    }
    t.equal(status, 200, `elsewhere after ${Math.round(performance.now() - started)} ms`);
  });
});
