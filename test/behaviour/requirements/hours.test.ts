import { test } from 'tap';
import { covers } from '../../support/covers.ts';
import { type Client, type Doc, newUser } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

type Simulated = Doc & {
  readonly answeredBy: { readonly type: string; readonly id: string } | null;
  readonly steps: readonly (Doc & { readonly action: string; readonly when?: readonly string[] })[];
  readonly path: readonly { readonly step: string; readonly outcome: string; readonly answeredBy?: string }[];
  readonly trace: readonly { readonly rule: string; readonly outcome: string }[];
};

async function ask(admin: Client, extension: string, at: string, outcomes: object = {}): Promise<Simulated> {
  const { body } = await admin.post<Simulated>('/simulate', { extension, at, assume: { outcomes } });
  return body;
}

test('hours, fallbacks, queues and settings of a user', async (suite) => {
  const { newOffice } = await sharedApp(suite);
  const office = await newOffice('acme', { timeZone: 'Europe/Madrid' });
  const ana = await newUser(office, 'Ana', { extension: '301' });
  const bo = await newUser(office, 'Bo', { extension: '302' });
  const { admin } = office;
  const who = async (extension: string, at: string) => (await ask(admin, extension, at)).answeredBy?.id;

  await suite.test(
    'A3 hours per weekday: several windows, 24-hour clock, in the time zone of the user',
    covers('A3', async (t) => {
      const weekly = {
        monday: {
          available: true,
          windows: [
            { from: '09:00', to: '13:00' },
            { from: '14:00', to: '24:00' },
          ],
        },
        friday: { available: true, windows: [{ from: '22:00', to: '06:00' }] },
      };
      const saved = await admin.put(`/users/${ana.id}/availability`, {
        timeZone: 'America/New_York',
        weekly,
      });
      t.equal(saved.status, 200, JSON.stringify(saved.body));
      t.match((await admin.get(`/users/${ana.id}/availability`)).body, {
        timeZone: 'America/New_York',
        weekly,
      });
      // Monday 7 December 2026 in New York, which is five hours behind UTC.
      t.equal(await who('301', '2026-12-07T13:59:59Z'), undefined, 'before nine');
      t.equal(await who('301', '2026-12-07T14:00:00Z'), ana.id, 'at nine');
      t.equal(await who('301', '2026-12-07T18:30:00Z'), undefined, 'at lunch');
      t.equal(await who('301', '2026-12-08T04:59:00Z'), ana.id, 'a minute to midnight');
      t.equal(
        await who('301', '2026-12-12T10:59:00Z'),
        ana.id,
        'Saturday before six, by the window of Friday',
      );
      t.equal(await who('301', '2026-12-08T15:00:00Z'), ana.id, 'a weekday that is left out is open all day');
      const refused = await admin.put(`/users/${ana.id}/availability`, {
        weekly: { monday: { available: true, windows: [{ from: '9', to: '25:00' }] } },
      });
      t.match(refused, { status: 422 });
      t.equal(
        (await admin.put(`/users/${ana.id}/availability`, { timeZone: 'Europe/Madrid', weekly: null }))
          .status,
        200,
      );
    }),
  );

  await suite.test(
    'A4 not available with a fallback user: a weekday, a date, a range; the whole day, every call',
    covers('A4', async (t) => {
      const weekly = { sunday: { available: false, fallbackUserId: bo.id } };
      t.equal((await admin.put(`/users/${ana.id}/availability`, { weekly })).status, 200);
      for (const time of ['2026-12-05T23:00:00Z', '2026-12-06T12:00:00Z', '2026-12-06T22:59:59Z'])
        t.equal(await who('301', time), bo.id, `Sunday in Madrid: ${time}`);
      t.equal(await who('301', '2026-12-06T23:00:00Z'), ana.id, 'Monday');

      const date = await admin.post(`/users/${ana.id}/overrides`, {
        from: '2026-12-16',
        available: false,
        fallbackUserId: bo.id,
      });
      t.equal(date.status, 201);
      const range = { from: '2026-12-24', to: '2026-12-26', available: false, fallbackUserId: bo.id };
      t.equal((await admin.post(`/users/${ana.id}/overrides`, range)).status, 201);
      t.equal(await who('301', '2026-12-16T08:00:00Z'), bo.id);
      t.equal(await who('301', '2026-12-17T08:00:00Z'), ana.id);
      for (const day of ['24', '25', '26']) t.equal(await who('301', `2026-12-${day}T21:00:00Z`), bo.id);
      t.equal(await who('301', '2026-12-26T23:30:00Z'), bo.id, 'then it is Sunday');
      const number = await admin.post('/numbers', {
        number: '+14155550100',
        target: { type: 'user', id: ana.id },
      });
      t.equal(number.status, 201);
      const called = await admin.post<Simulated>('/simulate', {
        to: '+14155550100',
        at: '2026-12-25T12:00:00Z',
      });
      t.equal(called.body.answeredBy?.id, bo.id, 'by a number as well');
      t.ok(called.body.trace.some(({ rule, outcome }) => rule === 'user.override' && outcome === 'applied'));
      t.match(
        await admin.post(`/users/${ana.id}/overrides`, {
          from: '2027-01-01',
          available: false,
          fallbackUserId: ana.id,
        }),
        {
          status: 422,
          body: { errors: [{ pointer: '/fallbackUserId' }] },
        },
      );
      t.equal((await admin.delete(`/users/${ana.id}/overrides/${date.body.id}`)).status, 204);
      t.equal(await who('301', '2026-12-16T08:00:00Z'), ana.id, 'the very next call');
    }),
  );

  await suite.test(
    "B5 agents are put in queues on the queue's own page",
    covers('B5', async (t) => {
      const queue = await admin.post('/queues', { name: 'Sales', extension: '900' });
      const members = [{ userId: bo.id, priority: 1 }];
      const put = await admin.put(`/queues/${queue.body.id}/members`, { members });
      t.match(put, { status: 200, body: { members } });
      t.match((await admin.get(`/queues/${queue.body.id}/members`)).body, { members });
      t.match((await admin.get(`/users/${bo.id}`)).body, { queues: [{ id: queue.body.id, name: 'Sales' }] });
      const call = await ask(admin, '900', '2026-12-08T10:00:00Z');
      t.match(call, {
        answeredBy: { type: 'queue', id: queue.body.id },
        steps: [{ targets: [{ userId: bo.id }] }],
      });
      t.equal((await admin.put(`/queues/${queue.body.id}/members`, { members: [] })).status, 200);
      t.match((await admin.get(`/users/${bo.id}`)).body, { queues: [] });
      t.equal((await ask(admin, '900', '2026-12-08T10:00:00Z')).answeredBy, null);
    }),
  );

  await suite.test(
    'D2.1 settings of a user are edited and saved',
    covers('D2.1', async (t) => {
      const before = await admin.get(`/users/${bo.id}`);
      const patch = {
        ringSeconds: 45,
        callLimit: 2,
        timeZone: 'Europe/Paris',
        doNotDisturb: { on: true, until: '2026-12-31T12:00:00Z' },
        devices: [{ kind: 'phone', address: '+14155550123', enabled: true }],
      };
      const saved = await admin.patch(`/users/${bo.id}`, patch, { 'if-match': before.etag });
      t.match(saved, { status: 200, body: patch });
      t.match((await admin.get(`/users/${bo.id}`)).body, patch);
      t.match(await admin.patch(`/users/${bo.id}`, { ringSeconds: 30 }, { 'if-match': before.etag }), {
        status: 412,
        body: { code: 'etag.stale' },
      });
      t.match(await admin.patch(`/users/${bo.id}`, { ringSeconds: 1, callLimit: 99 }), {
        status: 422,
        body: { errors: [{ pointer: '/ringSeconds' }, { pointer: '/callLimit' }] },
      });
      t.match((await admin.get(`/users/${bo.id}`)).body, { ringSeconds: 45 });
      t.equal(
        (await admin.patch(`/users/${bo.id}`, { doNotDisturb: { on: false, until: null }, callLimit: null }))
          .status,
        200,
      );
    }),
  );

  await suite.test(
    'E6 if unavailable: no voicemail, voicemail, or a forward, after a direct call is not answered',
    covers('E6', async (t) => {
      const at = '2026-12-08T10:00:00Z';
      const unanswered = { [`user:${ana.id}`]: 'no-answer' };
      const set = async (ifUnavailable: object) => {
        const saved = await admin.patch(`/users/${ana.id}`, { ifUnavailable });
        t.equal(saved.status, 200, JSON.stringify(saved.body));
        const simulated = await ask(admin, '301', at, unanswered);
        t.match(simulated.path[0], { outcome: 'no-answer' });
        return simulated.steps.slice(1);
      };
      t.match(await set({ action: 'none' }), [{ action: 'announce' }, { action: 'hangup' }]);
      t.match(await set({ action: 'voicemail' }), [
        { action: 'voicemail', mailbox: { type: 'user', id: ana.id } },
      ]);
      const rung = [{ action: 'ring', targets: [{ userId: bo.id }] }];
      t.match(await set({ action: 'forward', target: { type: 'user', id: bo.id } }), rung);
      t.match(
        await set({ action: 'forward', target: { type: 'external', number: '302' } }),
        rung,
        'an extension',
      );
      const queue = await admin.post('/queues', { name: 'Overflow' });
      await admin.put(`/queues/${queue.body.id}/members`, { members: [{ userId: bo.id, priority: 1 }] });
      t.match(await set({ action: 'forward', target: { type: 'queue', id: queue.body.id } }), [
        { action: 'ring', queueId: queue.body.id, targets: [{ userId: bo.id }] },
      ]);
      t.match(await set({ action: 'forward', target: { type: 'external', number: '+14155550133' } }), [
        { action: 'forward', target: { number: '+14155550133' }, confirm: true },
      ]);
      const causes = { busy: { action: 'voicemail' } };
      const steps = await set({ action: 'none', causes });
      t.match(steps.find((step) => step.action === 'voicemail')?.when, ['busy'], 'a rule for each cause');
    }),
  );
});
