import { type Test, test } from 'tap';
import type { TestApp } from '../../support/app.ts';
import { sharedLiveOffice } from '../../support/shared-admin.ts';

/** A Wednesday noon in Madrid, where the user of these tests works. */
const NOON = '2026-12-02T11:00:00Z';

type User = { readonly id: string; readonly extension: string };
type Simulated = {
  readonly at: string;
  readonly validUntil: string | null;
  readonly answeredBy: { readonly id: string } | null;
  readonly steps: readonly { readonly id: string; readonly action: string }[];
  readonly path: readonly { readonly step: string; readonly outcome: string; readonly answeredBy?: string }[];
  readonly trace: readonly { readonly rule: string; readonly outcome: string; readonly because: string }[];
};

async function send(service: TestApp, method: 'POST' | 'GET' | 'PUT', url: string, payload?: object) {
  const { app, headers } = service;
  const reply = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  return { status: reply.statusCode, body: reply.json() };
}

let people = 0;

/** Two people of the test's own. */
async function openOffice(t: Test, service: TestApp) {
  const create = async (firstName: string): Promise<User> => {
    people += 1;
    const { status, body } = await send(service, 'POST', '/v1/users', {
      kind: 'username',
      login: `${firstName.toLowerCase()}${people}`,
      password: 'a quiet harbour at dawn',
      firstName,
      lastName: 'Office',
      timeZone: 'Europe/Madrid',
    });
    t.equal(status, 201, JSON.stringify(body));
    return body;
  };
  const [ana, bo] = [await create('Ana'), await create('Bo')];
  const simulate = async (body: object): Promise<Simulated> => {
    const reply = await send(service, 'POST', '/v1/simulate', { at: NOON, ...body });
    t.equal(reply.status, 200, JSON.stringify(reply.body));
    return reply.body;
  };
  return { ana, bo, simulate };
}

test('simulation and coverage', async (suite) => {
  const service = await sharedLiveOffice();

  await suite.test('a simulation says where a call would go at any instant, and why', async (t) => {
    const { ana, simulate } = await openOffice(t, service);
    const weekly = { wednesday: { available: true, windows: [{ from: '09:00', to: '13:00' }] } };
    const saved = await send(service, 'PUT', `/v1/users/${ana.id}/availability`, {
      timeZone: 'Europe/Madrid',
      weekly,
    });
    t.equal(saved.status, 200, JSON.stringify(saved.body));

    const open = await simulate({ extension: ana.extension });
    t.equal(open.answeredBy?.id, ana.id);
    t.equal(open.validUntil, '2026-12-02T12:00:00Z', 'until the window ends at 13:00 in Madrid');
    t.equal(open.at, NOON);

    const later = await simulate({ extension: ana.extension, at: '2026-12-02T12:00:00Z' });
    t.equal(later.answeredBy, null);
    t.match(
      later.trace.find((entry) => entry.rule === 'user.outside-hours')?.because,
      'it is Wed 13:00 in Europe/Madrid, next open Thu 00:00',
    );
  });

  await suite.test('supposed outcomes play the way that a call would take', async (t) => {
    const { ana, simulate } = await openOffice(t, service);
    const answered = await simulate({ extension: ana.extension });
    t.same(answered.path, [{ step: 's1', outcome: 'answered', answeredBy: ana.id }]);
    const missed = await simulate({
      extension: ana.extension,
      assume: { outcomes: { [`user:${ana.id}`]: 'no-answer' } },
    });
    t.same(missed.path, [
      { step: 's1', outcome: 'no-answer' },
      { step: 's2', outcome: 'completed' },
    ]);
    t.equal(missed.steps[1]?.action, 'voicemail');
  });

  await suite.test('supposed presence and calls in progress are looked at', async (t) => {
    const { ana, simulate } = await openOffice(t, service);
    const disturbed = await simulate({
      extension: ana.extension,
      assume: { presence: { [`user:${ana.id}`]: 'do-not-disturb' } },
    });
    t.ok(
      disturbed.trace.some((entry) => entry.rule === 'user.do-not-disturb' && entry.outcome === 'applied'),
    );
    await service.app.inject({
      method: 'PATCH',
      url: `/v1/users/${ana.id}`,
      headers: service.headers,
      payload: { callLimit: 1 },
    });
    const busy = await simulate({
      extension: ana.extension,
      assume: { facts: { callsInProgress: { [ana.id]: 1 } } },
    });
    t.ok(busy.trace.some((entry) => entry.rule === 'user.busy' && entry.outcome === 'applied'));
  });

  await suite.test('an unsaved edit is looked at and not kept', async (t) => {
    const { ana, bo, simulate } = await openOffice(t, service);
    const edit = {
      method: 'POST',
      path: `/users/${ana.id}/overrides`,
      body: { from: '2026-12-02', available: false, fallbackUserId: bo.id },
    };
    const before = service.directories.get(service.organizationId)?.directory.version;
    const supposed = await simulate({ extension: ana.extension, assume: { changes: [edit] } });
    t.equal(supposed.answeredBy?.id, bo.id, 'as it would be');
    const now = await simulate({ extension: ana.extension });
    t.equal(now.answeredBy?.id, ana.id, 'as it is');
    const list = await send(service, 'GET', `/v1/users/${ana.id}/overrides`);
    t.same(list.body.data, [], 'nothing was written');
    t.equal(service.directories.get(service.organizationId)?.directory.version, before);
  });

  await suite.test(
    'an unsaved edit that would be refused is refused here, with the answer that it would get',
    async (t) => {
      const { ana } = await openOffice(t, service);
      const edit = {
        method: 'POST',
        path: `/v1/users/${ana.id}/overrides`,
        body: { from: '2026-12-02', available: false, fallbackUserId: ana.id },
      };
      const assume = { changes: [edit] };
      const { status, body } = await send(service, 'POST', '/v1/simulate', {
        extension: ana.extension,
        assume,
      });
      t.equal(status, 422);
      t.match(body, {
        code: 'simulation.change-refused',
        change: 0,
        problem: { status: 422, errors: [{ pointer: '/fallbackUserId' }] },
      });
    },
  );

  await suite.test('a simulation that names nothing, or two things, is told what to send', async (t) => {
    const { ana } = await openOffice(t, service);
    for (const payload of [{}, { to: '+12025550100', extension: ana.extension }]) {
      const { status, body } = await send(service, 'POST', '/v1/simulate', payload);
      t.equal(status, 422);
      t.match(body, { code: 'body.invalid', errors: [{ pointer: '/to' }] });
    }
    const sessions = { changes: [{ method: 'POST', path: '/v1/session', body: {} }] };
    const { status } = await send(service, 'POST', '/v1/simulate', { to: '1', assume: sessions });
    t.equal(status, 422, 'only routing is supposed, no logins');
  });

  await suite.test('coverage and the router agree, and a whole gap is reported', async (t) => {
    const { ana, simulate } = await openOffice(t, service);
    const weekly = Object.fromEntries(
      ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((day) => [
        day,
        { available: true, windows: day === 'sunday' ? [{ from: '02:00', to: '03:00' }] : [] },
      ]),
    );
    await send(service, 'PUT', `/v1/users/${ana.id}/availability`, { timeZone: 'Europe/Madrid', weekly });
    const span = 'from=2027-03-27T00:00:00Z&to=2027-04-05T00:00:00Z';
    const { status, body } = await send(service, 'GET', `/v1/coverage?target=user:${ana.id}&${span}`);
    t.equal(status, 200, JSON.stringify(body));
    t.match(body.emptyWindows, [
      { date: '2027-03-28', from: '02:00', to: '03:00', timeZone: 'Europe/Madrid' },
    ]);
    const covered = body.intervals.filter((interval: { kind: string }) => interval.kind === 'covered');
    t.match(covered, [
      { from: '2027-04-04T00:00:00Z', to: '2027-04-04T01:00:00Z', answeredBy: { id: ana.id } },
    ]);
    t.equal(body.score, 1 / (9 * 24));
    for (const { from, answeredBy } of body.intervals) {
      const { answeredBy: routed } = await simulate({ extension: ana.extension, at: from });
      t.equal(routed?.id ?? null, answeredBy?.id ?? null, `at ${from}`);
    }
  });

  await suite.test(
    'coverage of what does not exist, backwards or for years is refused with the reason',
    async (t) => {
      const { ana } = await openOffice(t, service);
      const nobody = await send(
        service,
        'GET',
        '/v1/coverage?target=user:01900000-0001-7000-8000-000000000000',
      );
      t.equal(nobody.status, 404);
      const target = `target=user:${ana.id}`;
      for (const span of [
        'from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z',
        'from=2026-01-01T00:00:00Z&to=2028-01-01T00:00:00Z',
      ]) {
        const { status, body } = await send(service, 'GET', `/v1/coverage?${target}&${span}`);
        t.equal(status, 400);
        t.match(body, { code: 'query.invalid', errors: [{ pointer: '/to' }] });
      }
      const unescaped = await send(service, 'GET', '/v1/coverage?target=number:+12025550100');
      t.equal(unescaped.status, 200, 'a plus sign that was not escaped');
    },
  );
});
