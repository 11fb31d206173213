import { sql } from 'kysely';
import { isExtension } from '../../services/routing/domain/e164.ts';
import type { Transaction } from '../../services/storage/database.ts';
import type { Issues } from './issues.ts';

/** Extensions of users and queues come out of one pool; Postgres itself keeps them unique. */
export type ExtensionOwner = { readonly userId: string } | { readonly queueId: string };

/** The first one that is proposed: three digits, as most telephone systems do. */
const firstExtension = 200;

/** Never proposed, because a telephone may take them for an emergency or service call. They can be chosen. */
const avoided: readonly number[] = [211, 311, 411, 511, 611, 711, 811, 911, 933, 988, 999];

/** The next free one from 200 up, by one pass over those that are taken (50 ms among 50,000). Under the organization's row lock nobody else takes it meanwhile. */
export async function findNextExtension(trx: Transaction, organizationId: string): Promise<string> {
  const { rows } = await sql<{ next: number }>`
    with taken as (
      select extension::int as number from extension
        where organization_id = ${organizationId} and extension ~ '^[1-9][0-9]{2,7}$' and extension::int >= ${firstExtension}
      union select unnest(${sql.raw(`array[${avoided.join(',')}]`)})
      union select ${sql.raw(String(firstExtension - 1))})
    select number + 1 as next from (select number, lead(number) over (order by number) as following from taken) t
      where following is null or following > number + 1
      order by number limit 1`.execute(trx);
  return String(rows[0]?.next ?? firstExtension);
}

export function checkExtension(issues: Issues, pointer: string, extension: string): void {
  if (isExtension(extension)) return;
  issues.add(pointer, 'extension', 'Use 2-8 digits.');
}

/** Takes the new one and gives the former one back. The constraint `extension_pkey` answers for a taken one. */
export async function setExtension(
  trx: Transaction,
  organizationId: string,
  owner: ExtensionOwner,
  extension: string | null,
): Promise<void> {
  const [column, id] =
    'userId' in owner ? (['user_id', owner.userId] as const) : (['queue_id', owner.queueId] as const);
  await trx
    .deleteFrom('extension')
    .where('organization_id', '=', organizationId)
    .where(column, '=', id)
    .execute();
  if (extension === null) return;
  await trx
    .insertInto('extension')
    .values({
      organization_id: organizationId,
      extension,
      user_id: column === 'user_id' ? id : null,
      queue_id: column === 'queue_id' ? id : null,
    })
    .execute();
}
