import { type RawBuilder, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';

/**
 * Call history knows people by their ids, and is not changed; what it holds besides of somebody who called themselves
 * is the extension or the number they called from. That goes, in calls, in what was told of them, in messages and in
 * what whoever watches is told for an hour, and so do the figures of the person's days. What was called from the same place before the person came, or after the
 * extension was freed, is of others.
 */
export async function forgetCaller(trx: Transaction, organizationId: string, id: string): Promise<void> {
  const places = await listCallerPlaces(trx, organizationId, id);
  for (const { kind, value, since, until } of places) {
    const during = (at: string) => {
      const end = until === null ? sql`` : sql`and ${sql.ref(at)} < ${until}`;
      return sql`${sql.ref(at)} >= ${since} ${end}`;
    };
    const called = sql`organization_id = ${organizationId} and from_kind = ${kind} and from_value = ${value}`;
    await sql`
      with forgotten as (
        update call set from_value = null where ${called} and ${during('started_at')} returning id)
      update call_event set data = jsonb_set(data, '{from,value}', 'null')
        where organization_id = ${organizationId} and type = 'decided'
          and call_id in (select id from forgotten)`.execute(trx);
    await sql`
      update voicemail set from_value = null where ${called} and ${during('received_at')}`.execute(trx);
    await forgetTold(trx, organizationId, { kind, value }, during('began.at'));
  }
  await trx
    .deleteFrom('call_day')
    .where('organization_id', '=', organizationId)
    .where('subject_type', '=', 'user')
    .where('subject_id', '=', id)
    .execute();
}

/** Who resumes a stream reads these again. */
async function forgetTold(
  trx: Transaction,
  organizationId: string,
  caller: Pick<CallerPlace, 'kind' | 'value'>,
  isDuring: RawBuilder<unknown>,
): Promise<void> {
  await sql`
    update live_event e set data = jsonb_set(data, '{from,value}', 'null')
      from (select seq, coalesce((data->>'startedAt')::timestamptz, at) as at from live_event
        where organization_id = ${organizationId} and topic = 'calls'
          and data->'from'->>'kind' = ${caller.kind} and data->'from'->>'value' = ${caller.value}) as began
      where e.organization_id = ${organizationId} and e.seq = began.seq and ${isDuring}`.execute(trx);
}

type CallerPlace = {
  readonly kind: 'extension' | 'number';
  readonly value: string;
  readonly since: Date;
  readonly until: Date | null;
};

/** The extension, also one that a deletion freed, and the telephones of the user. */
async function listCallerPlaces(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<readonly CallerPlace[]> {
  const { rows } = await sql<CallerPlace>`
    with person as (
      select * from "user" where organization_id = ${organizationId} and id = ${id})
    select 'extension' as kind, e.extension as value, person.created_at as since, null::timestamptz as until
      from person join extension e on e.organization_id = ${organizationId} and e.user_id = ${id}
    union select 'extension', l.former_extension, person.created_at, l.created_at
      from person join life_cycle l on l.organization_id = ${organizationId} and l.user_id = ${id}
      where l.former_extension is not null
    union select 'number', device->>'address', person.created_at, null
      from person, jsonb_array_elements(person.devices) device where device->>'kind' = 'phone'
    union select 'number', target->>'number', person.created_at, null
      from person, unnest(array[person.forward_all, person.if_unavailable->'target']) target
      where target->>'type' = 'external'`.execute(trx);
  return rows;
}
