import { test } from 'tap';
import { covers } from '../../support/covers.ts';
import { type Doc, logIn, newUser } from '../../support/factories.ts';
import { sharedApp, sharedMovingApp } from '../../support/shared-admin.ts';

type Checklist = Doc & {
  readonly done: number;
  readonly total: number;
  readonly items: readonly {
    readonly id: string;
    readonly done: boolean;
    readonly tickedBy: string | null;
  }[];
};
type Section = { readonly count: number; readonly data: readonly (Doc & { readonly name: string })[] };
type Report = Doc & {
  readonly activeAgentsInNoQueue: Section;
  readonly neverLoggedIn: Section;
  readonly idle: Section;
  readonly pendingInvitations: Section;
  readonly numbersWithoutTarget: Section;
  readonly hoursWithoutCover: Section & { readonly checked: number };
};

test(
  'B14 the onboarding checklist is computed, and ticked by hand where the organization adds items',
  covers('B14', async (t) => {
    const { app, newOffice } = await sharedApp(t);
    const office = await newOffice('acme');
    const other = await newOffice('other');
    const ana = await newUser(office, 'Ana');
    const path = `/users/${ana.id}/checklist`;
    const read = async () => {
      const { status, body } = await office.admin.get<Checklist>(path);
      t.equal(status, 200, JSON.stringify(body));
      return body;
    };
    const done = async () => (await read()).items.filter((item) => item.done).map((item) => item.id);

    t.match(await read(), { userId: ana.id, done: 2, total: 5 });
    t.same(await done(), ['profile', 'extension']);
    const agent = await logIn(app, office, 'ana');
    t.ok((await done()).includes('first-login'));
    await office.admin.put(`/users/${ana.id}/availability`, {
      weekly: { monday: { available: true, windows: [{ from: '09:00', to: '17:00' }] } },
    });
    const queue = await office.admin.post('/queues', { name: 'Sales' });
    await office.admin.put(`/queues/${queue.body.id}/members`, {
      members: [{ userId: ana.id, priority: 1 }],
    });
    t.same(await done(), ['profile', 'extension', 'availability', 'queue', 'first-login']);

    const training = await office.admin.post('/checklist-items', {
      name: 'Training',
      description: 'Two hours',
    });
    t.equal(training.status, 201);
    t.match(await read(), { done: 5, total: 6 });
    const manager = await newUser(office, 'Mia', { role: 'manager' });
    const session = await logIn(app, office, 'mia');
    const tick = `${path}/${training.body.id}`;
    const ticked = await session.put<Checklist>(tick, {});
    t.match(ticked, { status: 200, body: { done: 6, total: 6 } });
    t.match(ticked.body.items.at(-1), { id: training.body.id, done: true, tickedBy: manager.id });
    t.same((await session.put<Checklist>(tick)).body, ticked.body, 'said twice, it is as said once');
    t.equal((await agent.get(path)).status, 200, 'one sees the own list');
    t.match(await agent.delete(tick), { status: 403, body: { permission: 'checklists.write' } });
    t.equal((await session.delete(tick)).status, 204);
    t.match(await read(), { done: 5, total: 6 });
    t.match(await office.admin.put(`${path}/${ana.id}`), {
      status: 404,
      body: { code: 'checklist-item.not-found' },
    });
    t.equal((await other.admin.put(tick)).status, 404);
    t.equal((await other.admin.delete(`/checklist-items/${training.body.id}`)).status, 404);
    t.match((await office.admin.get<Doc>('/checklist-items')).body.data, [{ name: 'Training' }]);
    t.equal((await office.admin.delete(`/checklist-items/${training.body.id}`)).status, 204);
    t.match(await read(), { done: 5, total: 5 });
  }),
);

test(
  'B13 the housekeeping report names what is to be tidied up',
  covers('B13', async (t) => {
    const { app, clock, newOffice } = await sharedMovingApp(t);
    // Noon, so that the span of the report begins in no gap whenever the suite runs.
    const day0 = clock.now() % 86_400_000;
    clock.move(day0 < 43_200_000 ? 43_200_000 - day0 : 129_600_000 - day0);
    const office = await newOffice('acme', { timeZone: 'UTC' });
    const ana = await newUser(office, 'Ana');
    await newUser(office, 'Mia', { role: 'manager' });
    await office.admin.post('/users', {
      kind: 'email',
      email: 'cy@acme.example',
      firstName: 'Cy',
      lastName: 'Diaz',
    });
    await logIn(app, office, 'ana');
    await office.admin.post('/numbers', { number: '+14155550100' });
    const target = { type: 'user', id: ana.id };
    await office.admin.post('/numbers', { number: '+14155550101', name: 'Desk', target });
    const report = async () => {
      const { status, body } = await office.admin.get<Report>('/health-report');
      t.equal(status, 200, JSON.stringify(body));
      return body;
    };

    const first = await report();
    t.match(first.activeAgentsInNoQueue, { count: 1, data: [{ id: ana.id, name: 'Ana Test' }] });
    t.ok(first.neverLoggedIn.data.some((row) => row.name === 'Mia Test'));
    t.equal(first.neverLoggedIn.count, 2, 'the founder and the manager');
    t.notOk(first.neverLoggedIn.data.some((row) => row.id === ana.id));
    t.match(first.pendingInvitations, { count: 1, data: [{ name: 'Cy Diaz', email: 'cy@acme.example' }] });
    t.match(first.numbersWithoutTarget, { count: 1, data: [{ number: '+14155550100' }] });
    t.match(first.idle, { count: 0, data: [] });
    t.match(first.hoursWithoutCover, { count: 0, checked: 1 }, 'always available');

    const queue = await office.admin.post('/queues', { name: 'Sales' });
    await office.admin.put(`/queues/${queue.body.id}/members`, {
      members: [{ userId: ana.id, priority: 1 }],
    });
    const day = { available: true, windows: [{ from: '00:00', to: '23:00' }] };
    const weekly = Object.fromEntries(
      ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((name) => [
        name,
        day,
      ]),
    );
    await office.admin.put(`/users/${ana.id}/availability`, { weekly });
    const second = await report();
    t.equal(second.activeAgentsInNoQueue.count, 0);
    t.equal(second.hoursWithoutCover.count, 7, 'an hour each day');
    t.match(second.hoursWithoutCover.data[0], {
      number: '+14155550101',
      from: /T23:00:00Z$/,
      to: /T00:00:00Z$/,
    });
    const coverage = await office.admin.get<Doc & { intervals: readonly { kind: string }[] }>(
      `/coverage?target=number:%2B14155550101`,
    );
    t.equal(
      second.hoursWithoutCover.data.length,
      coverage.body.intervals.filter(({ kind }) => kind === 'gap').length,
      'the same gaps as the coverage report',
    );

    clock.move(31 * 86_400_000);
    t.match((await report()).idle, { count: 1, data: [{ id: ana.id, lastSeenAt: /Z$/ }] });
  }),
);
