import type { Mailbox } from '../routing/domain/decision.ts';
import type { Transaction } from '../storage/database.ts';

export type Owner = { readonly id: string; readonly firstName: string; readonly email: string | null };

export type Owners = {
  /** What the box is called: the user's name, the queue's. */
  readonly name: string;
  /** The user, or the members of the queue: active ones. */
  readonly people: readonly Owner[];
};

/** Undefined: there is no such box, or it belongs to somebody who was erased. */
export function listOwners(
  trx: Transaction,
  organizationId: string,
  { type, id }: Mailbox,
): Promise<Owners | undefined> {
  return type === 'user' ? findUser(trx, organizationId, id) : findQueue(trx, organizationId, id);
}

async function findUser(trx: Transaction, organizationId: string, id: string): Promise<Owners | undefined> {
  const row = await trx
    .selectFrom('user')
    .select(['id', 'first_name', 'last_name', 'email', 'status'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const owner = { id: row.id, firstName: row.first_name, email: row.email };
  return {
    name: `${row.first_name} ${row.last_name}`.trim(),
    people: row.status === 'active' ? [owner] : [],
  };
}

/** More than so many people are not mailed about one message. */
const mostMembers = 200;

async function findQueue(trx: Transaction, organizationId: string, id: string): Promise<Owners | undefined> {
  const queue = await trx
    .selectFrom('queue')
    .select('name')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (queue === undefined) return undefined;
  const members = await trx
    .selectFrom('queue_member as m')
    .innerJoin('user as u', (join) =>
      join.onRef('u.organization_id', '=', 'm.organization_id').onRef('u.id', '=', 'm.user_id'),
    )
    .select(['u.id', 'u.first_name', 'u.email'])
    .where('m.organization_id', '=', organizationId)
    .where('m.queue_id', '=', id)
    .where('u.status', '=', 'active')
    .orderBy('m.priority')
    .orderBy('m.position')
    .limit(mostMembers)
    .execute();
  return {
    name: queue.name,
    people: members.map((row) => ({ id: row.id, firstName: row.first_name, email: row.email })),
  };
}
