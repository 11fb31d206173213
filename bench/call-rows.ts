import { sql } from 'kysely';
import { type Database, inOrganization } from '../services/storage/database.ts';
import type { LargeOffice } from './office-rows.ts';

/**
 * A year of calls of a large office, made by the database itself: 400 people take them, the first ones far more than
 * the last, and so do the first of 21 queues. What is rare comes among the calls that nobody was rung for.
 */

/** Calls are in this order: the last is the newest. */
export function callIdOf(index: number): string {
  return `bench-${index}`;
}

/** The numbers that are dialled: the first most often, 300 of them at all. */
export function dialledOf(rank: number): string {
  return `+1202555${String(rank).padStart(4, '0')}`;
}

export const busyPeople = 400;
const busyQueues = 21;
const firstBatch = 1_000;
const batch = 5_000;
const yearMs = 360 * 86_400_000;

/** The newest call began now; a million are a year. */
export async function fillCalls(
  database: Database,
  organizationId: string,
  { users, queues }: Pick<LargeOffice, 'users' | 'queues'>,
  count: number,
  now: number,
): Promise<void> {
  let analyzed = 0;
  const people = users.slice(0, busyPeople);
  const lines = queues.slice(0, busyQueues);
  const begun = (index: string) => sql`to_timestamp(${now / 1_000}::float8
    - (${sql.lit(count)} - ${sql.raw(index)}) * ${yearMs / 1_000 / Math.max(count, 1_000)}::float8)`;
  for (
    let from = 0, to = Math.min(firstBatch, count);
    from < count;
    from = to, to = Math.min(to + batch, count)
  ) {
    const range = sql`generate_series(${sql.lit(from)}, ${sql.lit(to - 1)}) as i`;
    await inOrganization(database, organizationId, async (trx) => {
      await sql`
        insert into call (organization_id, id, carrier, from_kind, from_value, to_kind, to_value, queue_id, state,
          outcome, answered_by, started_at, answered_at, ended_at, directory_version, decision, timeline)
        select ${organizationId}::uuid, 'bench-' || i, 'twilio', 'number', '+1212555' || lpad((${chance('i', 1)} * 9999)::int::text, 4, '0'),
          'number', '+1202555' || lpad((power(${chance('i', 2)}, 3) * 300)::int::text, 4, '0'), ${queueOf('i')(lines)},
          'ended', ${outcomeOf('i')}, null, ${begun('i')}, null, ${begun('i')} + interval '2 minutes', 1,
          '{"steps": [], "trace": []}', '[]' from ${range}`.execute(trx);
      // Three of a queue ring, else one; nobody for a call that was refused.
      await sql`
        insert into call_user (organization_id, call_id, user_id, queue_id, started_at, rung_at, missed)
        select distinct on (i, person) ${organizationId}::uuid, 'bench-' || i, (${people}::uuid[])[person], queue, at, at, false
        from (select i, ${queueOf('i')(lines)} as queue, ${begun('i')} as at from ${range} where ${outcomeOf('i')} <> 'rejected') as c
          cross join lateral (select 1 + floor(power(${chance('c.i * 4 + n', 3)}, 2) * ${sql.lit(people.length)})::int as person
            from generate_series(1, case when queue is null then 1 else 3 end) as n) as p`.execute(trx);
    });
    // Foreign keys are checked by plans that were made while there was far less. A part at a time is done in time.
    if (from === 0 || to - analyzed >= 50_000 || to === count) {
      analyzed = to;
      await sql`vacuum (analyze) call, call_user`.execute(database.kysely);
    }
  }
}

/** From 0 to 1, the same in every run. */
function chance(index: string, salt: number) {
  return sql`((hashint4extended(${sql.raw(index)}, ${sql.lit(salt)}) & 1048575) / 1048576.0)`;
}

function queueOf(index: string) {
  return (queues: readonly string[]) =>
    sql`case when ${outcomeOf(index)} <> 'rejected' and ${chance(index, 4)} < 0.6
      then (${queues}::uuid[])[1 + floor(power(${chance(index, 5)}, 2) * ${sql.lit(queues.length)})::int] end`;
}

/** Two thirds are answered; five in a thousand are forwarded. */
function outcomeOf(index: string) {
  const at = chance(index, 6);
  return sql`case when ${at} < 0.68 then 'answered' when ${at} < 0.8 then 'missed' when ${at} < 0.88 then 'abandoned'
    when ${at} < 0.94 then 'voicemail' when ${at} < 0.965 then 'announced' when ${at} < 0.97 then 'forwarded'
    else 'rejected' end`;
}
