import { sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { Place } from '../paging.ts';

export type ExtensionRow = {
  readonly extension: string;
  readonly user_id: string | null;
  readonly queue_id: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly queue_name: string | null;
};

/** By the digits; one more than `limit` where there are more. */
export function listExtensions(
  trx: Transaction,
  organizationId: string,
  limit: number,
  after: Place | undefined,
): Promise<readonly ExtensionRow[]> {
  let query = trx
    .selectFrom('extension')
    .leftJoin('user', (join) =>
      join
        .onRef('user.organization_id', '=', 'extension.organization_id')
        .onRef('user.id', '=', 'extension.user_id'),
    )
    .leftJoin('queue', (join) =>
      join
        .onRef('queue.organization_id', '=', 'extension.organization_id')
        .onRef('queue.id', '=', 'extension.queue_id'),
    )
    .select([
      'extension.extension',
      'extension.user_id',
      'extension.queue_id',
      'user.first_name',
      'user.last_name',
      'queue.name as queue_name',
    ])
    .where('extension.organization_id', '=', organizationId);
  if (after !== undefined) {
    query = query.where(sql<boolean>`extension.extension collate "C" > ${after[0]}`);
  }
  return query
    .orderBy(sql`extension.extension collate "C"`)
    .limit(limit + 1)
    .execute();
}
