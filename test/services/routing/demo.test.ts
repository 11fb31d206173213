import { test } from 'tap';
import {
  demoBlockList,
  demoCaller,
  demoLeads,
  demoNumbers,
  demoPeople,
  demoQueues,
} from '../../../services/routing/demo-data.ts';
import { demoAway, demoDeleted } from '../../../services/routing/demo-life-cycle.ts';
import { parseNumber } from '../../../services/routing/domain/e164.ts';
import { isTimeZone } from '../../../services/routing/domain/local-time.ts';
import { resolve } from '../../../services/routing/domain/resolve.ts';
import { client } from '../../support/factories.ts';
import { sharedService } from '../../support/shared-service.ts';

test('the demo is what the first start promises', async (t) => {
  t.equal(demoPeople.length, 8);
  t.equal(new Set(demoPeople.map((person) => person.timeZone)).size, 3);
  t.equal(demoQueues.length, 3);
  t.equal(demoQueues.filter(({ waiting }) => waiting !== undefined).length, 1, 'one in which callers wait');
  t.equal(Object.keys(demoNumbers).length, 3);
  const keys = new Set(demoPeople.map((person) => person.key));
  for (const { key, fallback, timeZone } of demoPeople) {
    t.ok(isTimeZone(timeZone), timeZone);
    t.ok(fallback === null || (keys.has(fallback) && fallback !== key), `${key}: fallback`);
  }
  const numbers = [...Object.values(demoNumbers), demoCaller, ...demoLeads.flatMap((lead) => lead.numbers)];
  for (const number of numbers) t.equal(parseNumber(number, 'US'), number);
  t.ok(demoBlockList.length > 0);
});

test('the demo as it is stored', async (suite) => {
  const { app, apiKey, directories, organizationId } = await sharedService();
  const admin = client(app, apiKey);

  await suite.test(
    'the demo has people of every kind: an overnight window, a weekend fallback, a holiday away, a split day',
    async (t) => {
      const data = directories.get(organizationId)?.directory.data;
      const users = data?.users ?? [];
      const windows = users.flatMap((user) =>
        (user.weekly ?? []).flatMap((day) => (day?.available === true ? day.windows : [])),
      );
      t.ok(
        windows.some(([from, to]) => to <= from),
        'overnight',
      );
      t.ok(
        windows.some(([, to]) => to === 1_440),
        'until midnight',
      );
      t.ok(
        users.some((user) => user.weekly?.[5]?.available === false),
        'Saturday',
      );
      const overrides = users.flatMap((user) => user.overrides);
      t.match(
        overrides.find((override) => !override.available),
        { from: /-12-24$/, to: /-12-26$/ },
      );
      t.match(data?.organization, { slug: 'demo', timeZone: 'America/New_York' });
      t.equal(users.filter((user) => user.mobile.quietHours !== null).length, 1);
      t.equal(data?.leads.length, demoLeads.length);
    },
  );

  await suite.test('every number of the demo leads somewhere at every hour of a week', async (t) => {
    const directory = directories.get(organizationId)?.directory;
    if (directory === undefined) throw new Error('the demo is not there');
    const firsts = new Set<string>();
    for (const number of Object.values(demoNumbers)) {
      for (let hour = 0; hour < 168; hour += 1) {
        const call = {
          callId: 'c',
          from: { kind: 'anonymous' } as const,
          to: { kind: 'number', number } as const,
        };
        const { steps } = resolve(directory, call, Date.parse('2026-11-23T00:30:00Z') + hour * 3_600_000);
        firsts.add(steps[0]?.action ?? 'nothing');
      }
    }
    t.ok(firsts.has('ring'));
    t.notOk(firsts.has('nothing') || firsts.has('reject'));
  });

  await suite.test(
    'the demo has somebody who can be pulled back, and somebody whose deletion can be undone',
    async (t) => {
      const idOf = async (login: string, status: string) =>
        (await admin.get(`/users?q=${login}&status=${status}`)).body.data[0]?.id ?? '';
      const away = await idOf(demoAway.login, 'inactive');
      t.match(await admin.post(`/users/${away}/reactivate`, { pullBack: true }), {
        status: 200,
        body: {
          effects: { pulledBack: { leads: { items: [{ name: 'Northwind Tours' }] } }, left: { count: 0 } },
        },
      });
      const deleted = await idOf(demoDeleted.login, 'deleted');
      t.match(await admin.post(`/users/${deleted}/undelete`), {
        status: 200,
        body: { status: 'active', extension: demoDeleted.extension },
      });
    },
  );

  await suite.test(
    'the demo has folders that carry permissions, and people with skills, tags and desks',
    async (t) => {
      const { body } = await admin.get('/groups');
      const planners = body.data.find((group) => group.name === 'Planners');
      t.match(planners, {
        parentId: String,
        permissions: ['availability.write', 'coverage.read', 'simulate'],
      });
      t.equal((await admin.get('/users?skill=spanish')).body.data.length, 3);
      t.equal((await admin.get('/users?tag=works%20from%20home&desk=bookings')).body.data.length, 1);
    },
  );
});
