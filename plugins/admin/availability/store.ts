import { type Selectable, sql } from 'kysely';
import type { WeekData, WeekdayData } from '../../../services/routing/domain/directory-data.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import type { AvailabilityOverrideTable, UserTable } from '../../../services/storage/tables.ts';
import { listWeekData, toDayRow } from '../hours-rows.ts';
import type { Place } from '../paging.ts';

export type HoursRow = Pick<
  Selectable<UserTable>,
  'id' | 'status' | 'time_zone' | 'always_available' | 'fallback_user_id' | 'revision'
>;

export function findHours(
  trx: Transaction,
  organizationId: string,
  userId: string,
): Promise<HoursRow | undefined> {
  return trx
    .selectFrom('user')
    .select(['id', 'status', 'time_zone', 'always_available', 'fallback_user_id', 'revision'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', userId)
    .executeTakeFirst();
}

export async function findWeek(
  trx: Transaction,
  organizationId: string,
  userId: string,
): Promise<WeekData | undefined> {
  return (await listWeekData(trx, organizationId, [userId])).get(userId);
}

/** Replaces the week as a whole; null: always available. Raises the user's revision. */
export async function writeHours(
  trx: Transaction,
  organizationId: string,
  userId: string,
  hours: { readonly timeZone: string | null; readonly weekly: WeekData | null; readonly instant: number },
): Promise<void> {
  await trx
    .updateTable('user')
    .set({
      time_zone: hours.timeZone,
      always_available: hours.weekly === null,
      revision: sql<number>`revision + 1`,
      updated_at: new Date(hours.instant),
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', userId)
    .execute();
  await trx
    .deleteFrom('availability_day')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .execute();
  const rows = (hours.weekly ?? []).flatMap((day, index) =>
    day === null
      ? []
      : [{ organization_id: organizationId, user_id: userId, weekday: index + 1, ...toDayRow(day) }],
  );
  if (rows.length > 0) await trx.insertInto('availability_day').values(rows).execute();
}

export type OverrideRow = Selectable<AvailabilityOverrideTable>;

export function findOverride(
  trx: Transaction,
  organizationId: string,
  userId: string,
  id: string,
): Promise<OverrideRow | undefined> {
  return trx
    .selectFrom('availability_override')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** By first date; one more than `limit` where there are more. */
export function listOverrides(
  trx: Transaction,
  organizationId: string,
  userId: string,
  limit: number,
  after: Place | undefined,
): Promise<readonly OverrideRow[]> {
  let query = trx
    .selectFrom('availability_override')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId);
  if (after !== undefined) {
    query = query.where(sql<boolean>`(from_date, id) > (${after[0]}::date, ${after[1]}::uuid)`);
  }
  return query
    .orderBy('from_date')
    .orderBy('id')
    .limit(limit + 1)
    .execute();
}

export type OverrideColumns = {
  readonly from: string;
  readonly to: string;
  readonly hours: WeekdayData;
  readonly note: string;
};

function toColumns({ from, to, hours, note }: OverrideColumns) {
  return { from_date: from, to_date: to, ...toDayRow(hours), note };
}

export async function insertOverride(
  trx: Transaction,
  organizationId: string,
  userId: string,
  id: string,
  override: OverrideColumns,
): Promise<void> {
  await trx
    .insertInto('availability_override')
    .values({ organization_id: organizationId, user_id: userId, id, ...toColumns(override) })
    .execute();
}

export async function updateOverride(
  trx: Transaction,
  organizationId: string,
  userId: string,
  id: string,
  override: OverrideColumns,
  instant: number,
): Promise<void> {
  await trx
    .updateTable('availability_override')
    .set({ ...toColumns(override), revision: sql<number>`revision + 1`, updated_at: new Date(instant) })
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .execute();
}

export async function deleteOverride(
  trx: Transaction,
  organizationId: string,
  userId: string,
  id: string,
): Promise<void> {
  await trx
    .deleteFrom('availability_override')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .execute();
}
