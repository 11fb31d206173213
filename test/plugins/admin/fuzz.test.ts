import fc from 'fast-check';
import { test } from 'tap';
import { anyText } from '../../support/any-text.ts';
import { newUser, send } from '../../support/factories.ts';
import { sharedMovingApp } from '../../support/shared-admin.ts';

type Schema = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
};

/** Nearly right bodies of every route that writes: whatever comes, the answer is a promised one and never a 500. */
test('no body brings a route down', async (t) => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.comment(`SEED=${seed}`);
  const { app, clock, routes, newOffice } = await sharedMovingApp(t);
  const office = await newOffice('acme');
  const ana = await newUser(office, 'Ana');
  const number = await office.admin.post('/numbers', { number: '+14155550100' });
  const queue = await office.admin.post('/queues', { name: 'Sales' });
  const lead = await office.admin.post('/leads', { name: 'Carla' });
  const day = await office.admin.post(`/users/${ana.id}/overrides`, { from: '2026-12-24', available: false });
  const ids: Readonly<Record<string, string>> = {
    users: ana.id,
    numbers: number.body.id,
    queues: queue.body.id,
    leads: lead.body.id,
  };
  const text = fc.oneof(
    fc.constantFrom('', ' ', '00:00', '24:00', '25:61', '2026-02-29', '2026-12-31', '2026-12-31T23:59:60Z'),
    fc.constantFrom(
      '9999-12-31T23:59:59+23:59',
      '+14155550123',
      '911',
      '200',
      '+',
      '*',
      '+1*',
      'a@b.example',
    ),
    fc.constantFrom(
      'Europe/Madrid',
      '__proto__',
      '\ud800',
      '\u0000',
      '😀',
      'ſ',
      'İ',
      "';--",
      'x'.repeat(300),
    ),
    fc.constantFrom(...Object.values(ids)),
    anyText({ maxLength: 20 }),
  );
  const junk = fc.oneof(fc.constantFrom(null, true, 0, -1, 1e21, 3.5, [], {}, [[]]), text);
  const fitting = (schema: Schema): fc.Arbitrary<unknown> => {
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    const type = [schema.type ?? 'string'].flat()[0];
    if (type === 'object') return members(schema);
    if (type === 'array') return fc.array(nearly(schema.items ?? {}), { maxLength: 3 });
    if (type === 'integer') return fc.integer({ min: -5, max: 320 });
    return type === 'boolean' ? fc.boolean() : text;
  };
  const members = ({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> => {
    const optional = Object.keys(properties).filter((name) => !required.includes(name));
    return fc
      .subarray(optional, { maxLength: Math.min(2, optional.length) })
      .chain((some) =>
        fc.record(
          Object.fromEntries([...required, ...some].map((name) => [name, nearly(properties[name] ?? {})])),
        ),
      );
  };
  const nearly = (schema: Schema): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 60, arbitrary: fitting(schema) }, { weight: 1, arbitrary: junk });

  const writes = routes.filter(
    ({ method, url }) =>
      ['POST', 'PUT', 'PATCH'].includes(method) && /^\/v1\/(users|numbers|queues|leads|org)/.test(url),
  );
  for (const { method, url, schema } of writes) {
    // Deactivating would end the fun; a new organization is made with another key.
    if (/activate$|organizations$/.test(url)) continue;
    const path = url
      .slice(3)
      .replace(':id', ids[url.split('/')[2] ?? ''] ?? '')
      .replace(':overrideId', day.body.id);
    const bodies = fc.sample(nearly(Object(schema).body ?? {}), { seed, numRuns: 12 });
    const verb = method === 'PUT' ? 'PUT' : method === 'PATCH' ? 'PATCH' : 'POST';
    const failed: string[] = [];
    for (const body of bodies) {
      // Test mails are limited to a few in an hour.
      clock.move(url.endsWith('/mail/test') ? 3_600_000 : 50);
      const reply = await send(app, verb, path, body, { authorization: `Bearer ${office.key}` });
      if (reply.status >= 500 || reply.status === 429)
        failed.push(`${JSON.stringify(body)} -> ${reply.status}`);
    }
    t.same(failed, [], `${method} ${url}`);
  }
});
