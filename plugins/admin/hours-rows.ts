import type {
  OverrideData,
  WeekData,
  WeekdayData,
  WindowData,
} from '../../services/routing/domain/directory-data.ts';
import type { Transaction } from '../../services/storage/database.ts';

/** Rows of availability_day and availability_override as routing has them. */
type DayRow = {
  readonly available: boolean;
  readonly windows: readonly number[];
  readonly fallback_user_id: string | null;
};

export function toWeekdayData(row: DayRow): WeekdayData {
  if (row.available) return { available: true, windows: toPairs(row.windows) };
  return { available: false, fallbackUserId: row.fallback_user_id };
}

function toPairs(minutes: readonly number[]): readonly WindowData[] {
  const pairs: WindowData[] = [];
  for (let index = 0; index + 1 < minutes.length; index += 2) {
    pairs.push([minutes[index] ?? 0, minutes[index + 1] ?? 0]);
  }
  return pairs;
}

export function toDayRow(day: WeekdayData): DayRow {
  return {
    available: day.available,
    windows: day.available ? day.windows.flat() : [],
    fallback_user_id: day.available ? null : day.fallbackUserId,
  };
}

/** Monday first. */
export function toWeekData(rows: readonly (DayRow & { readonly weekday: number })[]): WeekData {
  const byWeekday = new Map(rows.map((row) => [row.weekday, toWeekdayData(row)]));
  return [1, 2, 3, 4, 5, 6, 7].map((weekday) => byWeekday.get(weekday) ?? null);
}

/** In the order of creation. */
export async function listOverrideData(
  trx: Transaction,
  organizationId: string,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, readonly OverrideData[]>> {
  const rows = await trx
    .selectFrom('availability_override')
    .select(['user_id', 'id', 'from_date', 'to_date', 'available', 'windows', 'fallback_user_id'])
    .where('organization_id', '=', organizationId)
    .where('user_id', 'in', userIds)
    .orderBy('id')
    .execute();
  const byUser = new Map<string, OverrideData[]>();
  for (const row of rows) {
    const data = { ...toWeekdayData(row), id: row.id, from: row.from_date, to: row.to_date };
    const list = byUser.get(row.user_id);
    if (list === undefined) byUser.set(row.user_id, [data]);
    else list.push(data);
  }
  return byUser;
}

/** Weeks by user id; a user without any row is not in it. */
export async function listWeekData(
  trx: Transaction,
  organizationId: string,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, WeekData>> {
  const rows = await trx
    .selectFrom('availability_day')
    .select(['user_id', 'weekday', 'available', 'windows', 'fallback_user_id'])
    .where('organization_id', '=', organizationId)
    .where('user_id', 'in', userIds)
    .execute();
  return new Map(
    [...Map.groupBy(rows, (row) => row.user_id)].map(([userId, days]) => [userId, toWeekData(days)]),
  );
}
