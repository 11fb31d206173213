import type { Transaction } from '../storage/database.ts';
import {
  type DemoDay,
  type DemoPerson,
  demoBlockList,
  demoLeads,
  demoNumbers,
  demoPeople,
  demoQueues,
} from './demo-data.ts';
import { insertEveryday } from './demo-everyday.ts';
import { insertGroupsAndLabels } from './demo-groups.ts';
import { insertAbsent } from './demo-life-cycle.ts';
import { insertCampaigns } from './demo-mail.ts';
import { type DemoOffice, insertOffice } from './demo-office.ts';
import type { DeviceData, WindowData } from './domain/directory-data.ts';
import { dateOf, dayOf, formatDate, localDay, zoneNamed } from './domain/local-time.ts';
import type { Target } from './domain/target.ts';
import { insertUser } from './new-user.ts';

export type DemoOptions = Omit<DemoOffice, 'idOf'> & {
  /** Of the one person who may log in; the others get theirs from her. */
  readonly administrator: {
    readonly login: string;
    readonly passwordHash: string;
    /** The password must be changed at the first login. */
    readonly oneTime: boolean;
  };
};

const zone = 'America/New_York';
const sipDomain = 'pbx.example';

/** Writes the demo organization into an empty database, in one transaction. */
export async function insertDemo(trx: Transaction, options: DemoOptions): Promise<void> {
  const ids = new Map<string, string>();
  for (const { key } of [...demoPeople, ...demoQueues]) ids.set(key, options.newId());
  const idOf = (key: string): string => {
    const id = ids.get(key);
    if (id === undefined) throw new Error(`the demo has nobody called ${key}`);
    return id;
  };
  const demo: Demo = { ...options, idOf };
  await insertOrganization(trx, options.organizationId);
  await insertPeople(trx, demo);
  await insertOverrides(trx, demo);
  await insertQueues(trx, demo);
  await insertNumbers(trx, demo);
  await insertLeads(trx, demo);
  await insertGroupsAndLabels(trx, demo);
  await insertCampaigns(trx, demo);
  await insertAbsent(trx, { ...options, standInId: idOf('marcus') });
  await insertOffice(trx, demo);
  await insertEveryday(trx, demo);
}

type Demo = DemoOptions & { readonly idOf: (key: string) => string };

async function insertOrganization(trx: Transaction, id: string): Promise<void> {
  await trx
    .insertInto('organization')
    .values({
      id,
      slug: 'demo',
      name: 'Harbor Travel',
      time_zone: zone,
      default_country: 'US',
      sip_domain: sipDomain,
      forwarding: JSON.stringify({ countries: ['US'], kinds: ['fixed', 'mobile'], confirm: true }),
      block_list: [...demoBlockList],
      policies: JSON.stringify({
        emailChange: 'verified',
        deletionGraceDays: 28,
        adminReset: ['mail', 'generated', 'typed'],
        forwardBeatsDnd: false,
        voicemailOf: 'first',
      }),
      holidays: JSON.stringify([
        { from: '2026-01-01', to: '2026-01-01', yearly: true, name: "New Year's Day" },
        { from: '2026-07-04', to: '2026-07-04', yearly: true, name: 'Independence Day' },
        { from: '2026-12-25', to: '2026-12-25', yearly: true, name: 'Christmas Day' },
      ]),
    })
    .execute();
}

async function insertPeople(trx: Transaction, demo: Demo): Promise<void> {
  for (const person of demoPeople) await insertPerson(trx, demo, person);
  // People refer to each other, so the fallbacks come when all are there.
  for (const person of demoPeople) {
    await trx
      .updateTable('user')
      .set({ fallback_user_id: person.fallback === null ? null : demo.idOf(person.fallback) })
      .where('organization_id', '=', demo.organizationId)
      .where('id', '=', demo.idOf(person.key))
      .execute();
    await insertWeek(trx, demo, person);
  }
}

async function insertPerson(trx: Transaction, demo: Demo, person: DemoPerson): Promise<void> {
  const isAdministrator = person.role === 'administrator';
  const login = isAdministrator ? demo.administrator.login : `${person.key}@harbor.example`;
  await insertUser(
    trx,
    {
      organizationId: demo.organizationId,
      id: demo.idOf(person.key),
      login,
      email: login.includes('@') ? login : null,
      firstName: person.firstName,
      lastName: person.lastName,
      role: person.role,
      extension: person.extension,
      passwordHash: isAdministrator ? demo.administrator.passwordHash : null,
      mustChangePassword: isAdministrator && demo.administrator.oneTime,
      devices: (person.devices ?? ['sip']).map((kind) => deviceOf(kind, person)),
    },
    demo.writeWords,
    {
      time_zone: person.timeZone,
      call_limit: person.callLimit ?? null,
      if_unavailable: JSON.stringify(person.ifUnavailable),
      mobile: JSON.stringify({ ringApp: true, pushMissed: true, quietHours: person.quietHours ?? null }),
      always_available: person.week === null,
    },
  );
}

function deviceOf(kind: DeviceData['kind'], person: DemoPerson): DeviceData {
  const address = kind === 'sip' ? `sip:${person.extension}@${sipDomain}` : person.key;
  return { kind, address, enabled: true };
}

async function insertWeek(trx: Transaction, demo: Demo, person: DemoPerson): Promise<void> {
  const rows = (person.week ?? []).flatMap((day, index) =>
    day === null ? [] : [{ weekday: index + 1, ...toDayColumns(day, demo) }],
  );
  if (rows.length === 0) return;
  const key = { organization_id: demo.organizationId, user_id: demo.idOf(person.key) };
  await trx
    .insertInto('availability_day')
    .values(rows.map((row) => ({ ...key, ...row })))
    .execute();
}

function toDayColumns(day: DemoDay, demo: Demo) {
  if ('open' in day) return { available: true, windows: day.open.flat(), fallback_user_id: null };
  const fallback = day.offTo === null ? null : demo.idOf(day.offTo);
  return { available: false, windows: [], fallback_user_id: fallback };
}

/** The coming Christmas: Ana is away, and Bo works shorter hours on Christmas Eve. */
async function insertOverrides(trx: Transaction, demo: Demo): Promise<void> {
  const today = localDay(zoneNamed(zone), demo.instant);
  const { year, month, date } = dateOf(today);
  const christmas = month === 12 && date > 26 ? year + 1 : year;
  const december = (dayOfMonth: number): string => formatDate(dayOf(christmas, 12, dayOfMonth));
  const base = { organization_id: demo.organizationId };
  await trx
    .insertInto('availability_override')
    .values([
      {
        ...base,
        id: demo.newId(),
        user_id: demo.idOf('ana'),
        from_date: december(24),
        to_date: december(26),
        available: false,
        fallback_user_id: demo.idOf('marcus'),
        note: 'Christmas with the family',
      },
      {
        ...base,
        id: demo.newId(),
        user_id: demo.idOf('bo'),
        from_date: december(24),
        to_date: december(24),
        available: true,
        windows: [600, 780],
        fallback_user_id: null,
        note: 'Short day',
      },
    ])
    .execute();
}

async function insertQueues(trx: Transaction, demo: Demo): Promise<void> {
  const base = { organization_id: demo.organizationId };
  for (const queue of demoQueues) {
    const id = demo.idOf(queue.key);
    const otherwise: Target =
      'queue' in queue.otherwise
        ? { type: 'queue', id: demo.idOf(queue.otherwise.queue) }
        : { type: 'voicemail', id };
    await trx
      .insertInto('queue')
      .values({
        ...base,
        id,
        name: queue.name,
        kind: queue.kind,
        parent_queue_id: null,
        strategy: queue.strategy,
        ring_seconds: queue.ringSeconds,
        no_agent_target: JSON.stringify(otherwise),
        waiting:
          queue.waiting === undefined
            ? null
            : JSON.stringify({ ...queue.waiting, overflow: { type: 'voicemail', id } }),
      })
      .execute();
    await trx
      .insertInto('extension')
      .values({ ...base, extension: queue.extension, user_id: null, queue_id: id })
      .execute();
    await trx
      .insertInto('queue_member')
      .values(
        queue.members.map((key, position) => ({
          ...base,
          queue_id: id,
          user_id: demo.idOf(key),
          priority: position + 1,
          position,
        })),
      )
      .execute();
  }
}

async function insertNumbers(trx: Transaction, demo: Demo): Promise<void> {
  const { organizationId, idOf, newId } = demo;
  const frontDesk: Target = { type: 'queue', id: idOf('front-desk') };
  const travellers: Target = { type: 'queue', id: idOf('travellers') };
  const open = (from: number, to: number) => ({ available: true, windows: [[from, to] as WindowData] });
  const weekday = open(480, 1_080);
  const saturday = open(600, 960);
  const calendar = {
    weekly: [weekday, weekday, weekday, weekday, weekday, saturday, { available: true, windows: [] }],
    // The accounts of the year, with the door closed.
    exceptions: [{ from: '2026-12-31', to: '2026-12-31', yearly: true, closed: true, windows: [] }],
    useHolidays: true,
    closedTarget: travellers,
  };
  const callerRules = [{ match: { prefix: '+34' }, target: { type: 'user', id: idOf('ana') } }];
  await trx
    .insertInto('number')
    .values([
      {
        ...{ organization_id: organizationId, id: newId(), number: demoNumbers.main, name: 'Main line' },
        time_zone: zone,
        target: JSON.stringify(frontDesk),
        caller_rules: JSON.stringify(callerRules),
        sticky_routing: true,
        calendar: JSON.stringify(calendar),
      },
      {
        ...{ organization_id: organizationId, id: newId(), number: demoNumbers.emergency },
        name: 'Travellers abroad, day and night',
        time_zone: null,
        target: JSON.stringify(travellers),
      },
      {
        ...{ organization_id: organizationId, id: newId(), number: demoNumbers.ana, name: 'Ana, direct' },
        time_zone: 'Europe/Madrid',
        target: JSON.stringify({ type: 'user', id: idOf('ana') }),
      },
    ])
    .execute();
}

async function insertLeads(trx: Transaction, demo: Demo): Promise<void> {
  const base = { organization_id: demo.organizationId };
  for (const lead of demoLeads) {
    const id = demo.newId();
    const ownerId = lead.owner === null ? null : demo.idOf(lead.owner);
    await trx
      .insertInto('lead')
      .values({ ...base, id, name: lead.name, owner_id: ownerId })
      .execute();
    await trx
      .insertInto('lead_number')
      .values(lead.numbers.map((number) => ({ ...base, number, lead_id: id })))
      .execute();
  }
}
