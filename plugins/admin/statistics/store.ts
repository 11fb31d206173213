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

/** What the days are asked by; undefined: there is no such user or queue. */
export async function findSettings(
  trx: Transaction,
  organizationId: string,
  { type, id }: StatisticsSubject,
): Promise<{ readonly timeZone: string; readonly isOn: boolean } | undefined> {
  const subject = await trx
    .selectFrom(type)
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (subject === undefined) return undefined;
  const row = await trx
    .selectFrom('organization')
    .select(['time_zone', 'policies'])
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return { timeZone: row.time_zone, isOn: row.policies.statistics !== false };
}

/** The days from the first to the last on which there was something. */
export async function listDays(
  trx: Transaction,
  organizationId: string,
  { type, id }: StatisticsSubject,
  first: string,
  last: string,
): Promise<readonly DayRow[]> {
  const { rows } = await sql<DayRow>`
    select day::text, offered, handled, missed, abandoned, handled_in_time as "handledInTime",
        talk_seconds::float8 as "talkSeconds"
      from call_day
      where organization_id = ${organizationId} and subject_type = ${type} and subject_id = ${id}
        and day between ${first}::date and ${last}::date`.execute(trx);
  return rows;
}
