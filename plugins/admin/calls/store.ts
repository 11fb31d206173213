import { type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { CallTable, CallUserTable } from '../../../services/storage/tables.ts';
import type { CallSight } from '../call-sight.ts';
import { type CallFilter, searchCalls } from './search-store.ts';

export type CallRow = Pick<Selectable<CallTable>, (typeof columns)[number]>;
export type CallDocuments = Pick<Selectable<CallTable>, 'decision' | 'timeline'>;
export type CallPartyRow = Omit<Selectable<CallUserTable>, 'organization_id' | 'outcome'>;

const columns = [
  'id',
  'carrier',
  'from_kind',
  'from_value',
  'to_kind',
  'to_value',
  'number_id',
  'user_id',
  'queue_id',
  'state',
  'outcome',
  'answered_by',
  'started_at',
  'answered_at',
  'ended_at',
  'directory_version',
] as const;

/** The newest first, one more than `limit` where there are more. */
export async function listCalls(
  trx: Transaction,
  organizationId: string,
  sight: CallSight,
  filter: CallFilter,
): Promise<readonly CallRow[]> {
  const ids = await searchCalls(trx, organizationId, sight, filter);
  if (ids.length === 0) return [];
  return trx
    .selectFrom('call')
    .select([...columns])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .orderBy('started_at', 'desc')
    .orderBy('id')
    .execute();
}

export function findCall(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<(CallRow & CallDocuments) | undefined> {
  return trx
    .selectFrom('call')
    .select([...columns, 'decision', 'timeline'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export type MessageRow = {
  readonly id: string;
  readonly mailbox_type: 'user' | 'queue';
  readonly mailbox_id: string;
  readonly duration_seconds: number;
  readonly received_at: Date;
};

/** Messages that were left in the call and are kept. */
export async function listMessages(
  trx: Transaction,
  organizationId: string,
  callId: string,
): Promise<readonly MessageRow[]> {
  const { rows } = await sql<MessageRow>`
    select id, mailbox_type, mailbox_id, duration_seconds, received_at from voicemail
      where organization_id = ${organizationId} and call_id = ${callId} and deleted_at is null
      order by received_at, id`.execute(trx);
  return rows;
}

/** Who had to do with these calls, in the order in which they were rung. */
export async function listParties(
  trx: Transaction,
  organizationId: string,
  callIds: readonly string[],
): Promise<ReadonlyMap<string, readonly CallPartyRow[]>> {
  if (callIds.length === 0) return new Map();
  const rows = await trx
    .selectFrom('call_user')
    .select(['call_id', 'user_id', 'queue_id', 'started_at', 'rung_at', 'answered_at', 'ended_at', 'missed'])
    .where('organization_id', '=', organizationId)
    .where('call_id', 'in', callIds)
    .orderBy(sql`rung_at nulls last`)
    .orderBy('user_id')
    .execute();
  return Map.groupBy(rows, (row) => row.call_id);
}

/** What people and things are called now, by id. */
export async function listNames(
  trx: Transaction,
  organizationId: string,
  ids: {
    readonly users: readonly string[];
    readonly queues: readonly string[];
    readonly leads: readonly string[];
  },
): Promise<ReadonlyMap<string, string>> {
  const here = sql`organization_id = ${organizationId}`;
  const { rows } = await sql<{ id: string; name: string }>`
    select id::text, first_name || ' ' || last_name as name from "user" where ${here} and id = any(${ids.users}::uuid[])
    union all select id::text, name from queue where ${here} and id = any(${ids.queues}::uuid[])
    union all select id::text, name from lead where ${here} and id = any(${ids.leads}::uuid[])`.execute(trx);
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** The leads that call from these numbers. */
export async function listCallerLeads(
  trx: Transaction,
  organizationId: string,
  numbers: readonly string[],
): Promise<ReadonlyMap<string, { readonly id: string; readonly name: string }>> {
  if (numbers.length === 0) return new Map();
  const { rows } = await sql<{ number: string; id: string; name: string }>`
    select n.number, l.id, l.name from lead_number n
      join lead l on l.organization_id = n.organization_id and l.id = n.lead_id
      where n.organization_id = ${organizationId} and n.number = any(${[...numbers]}::text[])`.execute(trx);
  return new Map(rows.map(({ number, id, name }) => [number, { id, name }]));
}
