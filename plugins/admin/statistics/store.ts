import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';

export type DayRow = {
  /** `2026-11-24` */
  readonly day: string;
  readonly offered: number;
  readonly handled: number;
  readonly missed: number;
  readonly abandoned: number;
  readonly handledInTime: number;
  readonly talkSeconds: number;
};

export type StatisticsSubject = { readonly type: 'user' | 'queue'; readonly id: string };

export async function hasSubject(
  trx: Transaction,
  organizationId: string,
  { type, id }: StatisticsSubject,
): Promise<boolean> {
  const row = await trx
    .selectFrom(type)
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}

export async function getSettings(
  trx: Transaction,
  organizationId: string,
): Promise<{ readonly timeZone: string; readonly isOn: boolean }> {
  const row = await trx
    .selectFrom('organization')
    .select(['time_zone', 'policies'])
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return { timeZone: row.time_zone, isOn: row.policies.statistics !== false };
}

/** Those of the ids that are users, in the order in which they were named. */
export async function listKnownUsers(
  trx: Transaction,
  organizationId: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const rows = await trx
    .selectFrom('user')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute();
  const known = new Set(rows.map((row) => row.id));
  return ids.filter((id) => known.has(id));
}

/** The days of each subject from the first to the last on which there was something. */
export async function listDays(
  trx: Transaction,
  organizationId: string,
  type: StatisticsSubject['type'] | 'organization',
  ids: readonly string[],
  dates: { readonly first: string; readonly last: string },
): Promise<ReadonlyMap<string, readonly DayRow[]>> {
  const { rows } = await sql<DayRow & { readonly id: string }>`
    select subject_id::text as id, day::text, offered, handled, missed, abandoned,
        handled_in_time as "handledInTime", talk_seconds::float8 as "talkSeconds"
      from call_day
      where organization_id = ${organizationId} and subject_type = ${type} and subject_id = any(${[...ids]}::uuid[])
        and day between ${dates.first}::date and ${dates.last}::date`.execute(trx);
  return Map.groupBy(rows, (row) => row.id);
}
