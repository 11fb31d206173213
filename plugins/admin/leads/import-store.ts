import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';

export type NewLead = {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string | null;
  readonly numbers: readonly string[];
};

/** Ids of active users by what they were called, in lower case: login, address, extension or id. */
export async function findActiveOwners(
  trx: Transaction,
  organizationId: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ name: string; id: string }>`
    with wanted as (select distinct lower(n) as name from unnest(${names}::text[]) as n where n <> ''),
      active as (select id, login_key, email_key from "user"
        where organization_id = ${organizationId} and status = 'active')
    select w.name, a.id from wanted as w join active as a on a.login_key = w.name
    union select w.name, a.id from wanted as w join active as a on a.email_key = w.name
    union select w.name, a.id from wanted as w join active as a on a.id::text = w.name
    union select w.name, a.id from wanted as w
      join extension as e on e.organization_id = ${organizationId} and e.extension = w.name
      join active as a on a.id = e.user_id`.execute(trx);
  return new Map(rows.map((row) => [row.name, row.id]));
}

export async function findTakenNumbers(
  trx: Transaction,
  organizationId: string,
  numbers: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ number: string }>`
    select number from lead_number
      where organization_id = ${organizationId} and number = any(${numbers}::text[])`.execute(trx);
  return rows.map((row) => row.number);
}

/** Arrays, because a statement holds 65,535 parameters at most. */
export async function insertLeads(
  trx: Transaction,
  organizationId: string,
  leads: readonly NewLead[],
): Promise<void> {
  await sql`
    insert into lead (organization_id, id, name, owner_id)
      select ${organizationId}::uuid, * from unnest(${leads.map((lead) => lead.id)}::uuid[],
        ${leads.map((lead) => lead.name)}::text[], ${leads.map((lead) => lead.ownerId)}::uuid[])`.execute(
    trx,
  );
  const pairs = leads.flatMap((lead) => lead.numbers.map((number) => ({ number, id: lead.id })));
  await sql`
    insert into lead_number (organization_id, number, lead_id)
      select ${organizationId}::uuid, * from unnest(${pairs.map((pair) => pair.number)}::text[],
        ${pairs.map((pair) => pair.id)}::uuid[])`.execute(trx);
}
