import { sql } from 'kysely';
import { test } from 'tap';
import { busyPeople, dialledOf, fillCalls } from '../../../bench/call-rows.ts';
import { fillOffice } from '../../../bench/office-rows.ts';
import { type CallSight, seesCall } from '../../../plugins/admin/call-sight.ts';
import { listCalls } from '../../../plugins/admin/calls/store.ts';
import { inOrganization } from '../../../services/storage/database.ts';
import { adminApp, newOffice } from '../../support/factories.ts';

type Row = {
  readonly id: string;
  readonly at: Date;
  readonly number: string;
  readonly outcome: string;
  readonly users: readonly string[];
  readonly queues: readonly string[];
};

test('a search among many calls finds what a look at each of them finds, by each of its ways', async (suite) => {
  const { app, database, clock } = await adminApp(suite);
  const { id } = await newOffice(app, 'calls');
  const size = { users: busyPeople + 100, numbers: 0, activities: 0, calls: 0 };
  const office = await fillOffice(database, id, size);
  // Few people, so that everybody has more calls than are looked at one by one.
  const people = office.users.slice(0, 3);
  const queues = office.queues.slice(0, 2);
  await fillCalls(database, id, { users: people, queues }, 9_000, clock.now());
  const rows = await inOrganization(database, id, async (trx) => {
    const { rows } = await sql<Row>`
      select c.id, c.started_at as at, c.to_value as number, c.outcome,
        array(select u.user_id::text from call_user u where u.call_id = c.id) as users,
        array(select u.queue_id::text from call_user u where u.call_id = c.id and u.queue_id is not null
          union select c.queue_id::text where c.queue_id is not null) as queues
      from call c order by c.started_at desc, c.id`.execute(trx);
    return rows;
  });
  const sees = (userIds: readonly string[], queueIds: readonly string[] = []): CallSight => ({
    ...{ everybody: false, userId: userIds[0] ?? null, numbers: true, others: true },
    ...{ userIds: new Set(userIds), queueIds: new Set(queueIds) },
  });
  const [ana = '', bo = '', cy = ''] = people;
  const [sales = '', repairs = ''] = queues;
  const idle = office.users.slice(busyPeople);
  const sights: Readonly<Record<string, CallSight>> = {
    everybody: { ...sees([]), everybody: true },
    one: sees([bo]),
    'a desk': sees([ana, cy], [repairs]),
    'a large desk': sees([...idle.slice(0, 80), cy]),
    'an idle desk': sees(idle.slice(0, 60)),
  };
  const none = { from: undefined, to: undefined, number: undefined, user: undefined, queue: undefined };
  const filters = [undefined, 'missed', 'forwarded', 'rejected'].flatMap((outcome) => [
    { outcome },
    { outcome, user: ana },
    { outcome, queue: sales },
    { outcome, number: [dialledOf(0), dialledOf(1)] },
    { outcome, user: cy, queue: repairs },
    { outcome, user: ana, number: [dialledOf(290)] },
    { outcome, queue: repairs, number: [dialledOf(0)] },
    { outcome, user: bo, queue: sales, number: [dialledOf(0)] },
    { outcome, from: rows[7_000]?.at, to: rows[2_000]?.at, user: ana, queue: sales },
  ]);
  const later = new Set(rows.slice(4_001));
  for (const [who, sight] of Object.entries(sights)) {
    for (const part of filters) {
      const filter = { ...none, ...part };
      const fits = (row: Row): boolean =>
        seesCall(sight, { userIds: row.users, queueIds: row.queues }) &&
        (filter.outcome ?? row.outcome) === row.outcome &&
        (filter.user === undefined || row.users.includes(filter.user)) &&
        (filter.queue === undefined || row.queues.includes(filter.queue)) &&
        (filter.number === undefined || filter.number.includes(row.number)) &&
        (filter.from === undefined || row.at >= filter.from) &&
        (filter.to === undefined || row.at < filter.to);
      const fitting = rows.filter(fits);
      const last = rows[4_000];
      for (const after of [undefined, { startedAt: last?.at ?? new Date(0), id: last?.id ?? '' }]) {
        const expected = after === undefined ? fitting : fitting.filter((row) => later.has(row));
        const found = await inOrganization(database, id, (trx) =>
          listCalls(trx, id, sight, { ...filter, after, limit: 20 }),
        );
        suite.strictSame(
          found.map((row) => row.id),
          expected.slice(0, 21).map((row) => row.id),
          `${who}: ${JSON.stringify(part).slice(0, 150)}${after === undefined ? '' : ', a later page'}`,
        );
      }
    }
  }
});
