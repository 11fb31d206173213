import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import { mostNamed } from './schema.ts';

type Counted<T> = { readonly count: number; readonly rows: readonly T[] };
export type PersonRow = {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly created_at: Date;
  /** When the user was last here; null: never. */
  readonly seen_at: Date | null;
};

const total = sql<number>`(count(*) over ())::integer`.as('total');

function people(trx: Transaction, organizationId: string) {
  return trx
    .selectFrom('user as u')
    .select(['u.id', 'u.email', 'u.created_at'])
    .select([sql<string>`u.first_name || ' ' || u.last_name`.as('name'), seenAt.as('seen_at'), total])
    .where('u.organization_id', '=', organizationId)
    .limit(mostNamed);
}

/** A session that is used counts as being here, however long ago it began. */
const seenAt = sql<Date | null>`greatest(u.last_login_at, (
  select max(s.last_seen_at) from session s where s.organization_id = u.organization_id and s.user_id = u.id))`;

export async function findAgentsInNoQueue(
  trx: Transaction,
  organizationId: string,
): Promise<Counted<PersonRow>> {
  const rows = await people(trx, organizationId)
    .where('u.status', '=', 'active')
    .where('u.role', '=', 'agent')
    .where(
      sql<boolean>`not exists (select from queue_member m where m.organization_id = u.organization_id and m.user_id = u.id)`,
    )
    .orderBy('u.name_key')
    .execute();
  return counted(rows);
}

export async function findNeverLoggedIn(
  trx: Transaction,
  organizationId: string,
): Promise<Counted<PersonRow>> {
  const rows = await people(trx, organizationId)
    .where('u.status', '=', 'active')
    .where('u.last_login_at', 'is', null)
    .orderBy('u.id')
    .execute();
  return counted(rows);
}

export async function findIdle(
  trx: Transaction,
  organizationId: string,
  before: Date,
): Promise<Counted<PersonRow>> {
  const rows = await people(trx, organizationId)
    .where('u.status', '=', 'active')
    .where('u.last_login_at', 'is not', null)
    .where(sql<boolean>`${seenAt} <= ${before}`)
    .orderBy('seen_at')
    .execute();
  return counted(rows);
}

export async function findPending(trx: Transaction, organizationId: string): Promise<Counted<PersonRow>> {
  const rows = await people(trx, organizationId).where('u.status', '=', 'pending').orderBy('u.id').execute();
  return counted(rows);
}

export type NumberRow = { readonly id: string; readonly number: string; readonly name: string };

export async function findWithoutTarget(
  trx: Transaction,
  organizationId: string,
): Promise<Counted<NumberRow>> {
  const rows = await trx
    .selectFrom('number')
    .select(['id', 'number', 'name', total])
    .where('organization_id', '=', organizationId)
    .where('target', 'is', null)
    .orderBy('number')
    .limit(mostNamed)
    .execute();
  return counted(rows);
}

function counted<T extends { readonly total: number }>(rows: readonly T[]): Counted<T> {
  return { count: rows[0]?.total ?? 0, rows };
}
