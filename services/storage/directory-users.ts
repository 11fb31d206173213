import { sql } from 'kysely';
import type {
  DeviceData,
  GreetingData,
  OrganizationData,
  OverrideData,
  UserData,
  WeekData,
  WeekdayData,
  WindowData,
} from '../routing/domain/directory-data.ts';
import type { IfUnavailable, Target } from '../routing/domain/target.ts';
import type { Transaction } from './database.ts';
import { beforeAllIds, pageSize } from './directory-pages.ts';
import type { MobileSettings } from './tables.ts';

/**
 * Users with their hours, in the order of ids. Also deleted ones: a call that is sent to one goes on as if to an
 * inactive user, so the directory has to know who that was.
 */
export async function loadUsers(
  trx: Transaction,
  organization: OrganizationData,
): Promise<readonly UserData[]> {
  const users: UserData[] = [];
  const once = rememberedParsers();
  for (let after = beforeAllIds; ; ) {
    const rows = await readUsers(trx, organization.id, after);
    const last = rows.at(-1);
    if (last === undefined) return users;
    const range = { organizationId: organization.id, after, last: last.id };
    const weeks = await readWeeks(trx, range, once.week);
    const overrides = Map.groupBy(await readOverrides(trx, range), (row) => row.user_id);
    for (const row of rows) {
      const own = overrides.get(row.id)?.map(toOverride) ?? [];
      users.push(
        toUser(row, row.always_available ? null : (weeks.get(row.id) ?? emptyWeek), own, organization, once),
      );
    }
    if (rows.length < pageSize) return users;
    after = last.id;
  }
}

type UserRow = Awaited<ReturnType<typeof readUsers>>[number];
type Range = { readonly organizationId: string; readonly after: string; readonly last: string };

/** Documents as text: most users share theirs letter for letter, and each text is parsed once. */
function readUsers(trx: Transaction, organizationId: string, after: string) {
  return trx
    .selectFrom('user as u')
    .leftJoin('extension as e', (join) =>
      join.onRef('e.organization_id', '=', 'u.organization_id').onRef('e.user_id', '=', 'u.id'),
    )
    .select(['u.id', 'u.first_name', 'u.last_name', 'u.status', 'u.time_zone', 'u.fallback_user_id'])
    .select(['u.reassigned_to_user_id', 'u.ring_seconds', 'u.call_limit', 'u.dnd_on', 'u.dnd_until'])
    .leftJoin('greeting as g', (join) =>
      join.onRef('g.organization_id', '=', 'u.organization_id').onRef('g.user_id', '=', 'u.id'),
    )
    .select(['u.always_available', 'e.extension', 'g.text', 'g.sound_id'])
    .select([
      sql<string>`u.if_unavailable::text`.as('if_unavailable'),
      sql<string | null>`u.forward_all::text`.as('forward_all'),
      sql<string>`u.devices::text`.as('devices'),
      sql<string>`u.mobile::text`.as('mobile'),
    ])
    .where('u.organization_id', '=', organizationId)
    .where('u.id', '>', after)
    .orderBy('u.id')
    .limit(pageSize)
    .execute();
}

/** A week as one text, `1a:540,780,840,1080;7u<fallback>:`: one row for each user and not up to seven. */
async function readWeeks(
  trx: Transaction,
  range: Range,
  parse: (text: string) => WeekData,
): Promise<ReadonlyMap<string, WeekData>> {
  const rows = await trx
    .selectFrom('availability_day')
    .select('user_id')
    .select(
      sql<string>`string_agg(weekday || case when available then 'a' else 'u' end ||
        coalesce(fallback_user_id::text, '') || ':' || array_to_string(windows, ','), ';')`.as('days'),
    )
    .where('organization_id', '=', range.organizationId)
    .where('user_id', '>', range.after)
    .where('user_id', '<=', range.last)
    .groupBy('user_id')
    .execute();
  return new Map(rows.map((row) => [row.user_id, parse(row.days)]));
}

const emptyWeek: WeekData = [null, null, null, null, null, null, null];

function parseWeek(text: string): WeekData {
  const week: (WeekdayData | null)[] = [...emptyWeek];
  for (const day of text.split(';')) {
    const colon = day.indexOf(':');
    const weekday = Number(day.charAt(0));
    week[weekday - 1] = toWeekday(day.charAt(1) === 'a', day.slice(colon + 1), day.slice(2, colon) || null);
  }
  return week;
}

function toWeekday(available: boolean, windows: string, fallbackUserId: string | null): WeekdayData {
  return available ? { available, windows: parseWindows(windows) } : { available, fallbackUserId };
}

/** `540,780,840,1080` → [[540, 780], [840, 1080]]. */
function parseWindows(text: string): readonly WindowData[] {
  if (text === '') return [];
  const minutes = text.split(',').map(Number);
  const windows: WindowData[] = [];
  for (let index = 0; index + 1 < minutes.length; index += 2) {
    windows.push([minutes[index] ?? 0, minutes[index + 1] ?? 0]);
  }
  return windows;
}

type OverrideRow = Awaited<ReturnType<typeof readOverrides>>[number];

/** In the order of ids, which is that of creation. */
function readOverrides(trx: Transaction, range: Range) {
  return trx
    .selectFrom('availability_override')
    .select(['user_id', 'id', 'from_date', 'to_date', 'available', 'fallback_user_id'])
    .select(sql<string>`array_to_string(windows, ',')`.as('windows'))
    .where('organization_id', '=', range.organizationId)
    .where('user_id', '>', range.after)
    .where('user_id', '<=', range.last)
    .orderBy('user_id')
    .orderBy('id')
    .execute();
}

function toOverride(row: OverrideRow): OverrideData {
  const day = toWeekday(row.available, row.windows, row.fallback_user_id);
  return { ...day, id: row.id, from: row.from_date, to: row.to_date };
}

function toUser(
  row: UserRow,
  weekly: WeekData | null,
  overrides: readonly OverrideData[],
  organization: OrganizationData,
  once: ReturnType<typeof rememberedParsers>,
): UserData {
  const { ringApp, quietHours } = once.mobile(row.mobile);
  return {
    id: row.id,
    name: `${row.first_name} ${row.last_name}`.trim(),
    status: row.status,
    extension: row.extension,
    timeZone: row.time_zone ?? organization.timeZone,
    fallbackUserId: row.fallback_user_id,
    reassignedToUserId: row.reassigned_to_user_id,
    ifUnavailable: once.ifUnavailable(row.if_unavailable),
    ringSeconds: row.ring_seconds,
    callLimit: row.call_limit,
    doNotDisturb: { on: row.dnd_on, until: row.dnd_until?.getTime() ?? null },
    forwardAll: row.forward_all === null ? null : once.target(row.forward_all),
    devices: once.devices(row.devices),
    mobile: { ringApp, quietHours },
    weekly,
    overrides,
    ...greetingOf(row),
  };
}

/** Left out where the box has none of its own. */
export function greetingOf({
  text,
  sound_id: soundId,
}: {
  readonly text: string | null;
  readonly sound_id: string | null;
}): { readonly greeting?: GreetingData } {
  return text === null && soundId === null ? {} : { greeting: { text, soundId } };
}

/** Equal texts give the same object: the shapes are read-only, and 100,000 equal weeks take the memory of one. */
function rememberedParsers() {
  return {
    week: remember(parseWeek),
    ifUnavailable: remember(parseJson<IfUnavailable>),
    target: remember(parseJson<Target>),
    devices: remember(parseJson<readonly DeviceData[]>),
    mobile: remember(parseJson<MobileSettings>),
  };
}

function remember<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const value = parse(text);
    known.set(text, value);
    return value;
  };
}

function parseJson<T>(text: string): T {
  const value: T = JSON.parse(text);
  return value;
}
