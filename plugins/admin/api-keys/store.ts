import type { Selectable } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { ApiKeyTable } from '../../../services/storage/tables.ts';
import type { Place } from '../paging.ts';

export type ApiKeyRow = Omit<
  Selectable<ApiKeyTable>,
  'hash' | 'organization_id' | 'updated_at' | 'created_by'
>;

const columns = ['id', 'name', 'permissions', 'expires_at', 'created_at'] as const;

/** In the order of creation, one more than `limit` where there are more. */
export function listApiKeys(
  trx: Transaction,
  organizationId: string,
  limit: number,
  after: Place | undefined,
): Promise<readonly ApiKeyRow[]> {
  let query = trx.selectFrom('api_key').select(columns).where('organization_id', '=', organizationId);
  if (after !== undefined) query = query.where('id', '>', after[1]);
  return query
    .orderBy('id')
    .limit(limit + 1)
    .execute();
}

export type NewApiKey = {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly permissions: readonly string[];
  readonly expiresAt: number | null;
  readonly createdBy: string | null;
  readonly createdAt: number;
};

export async function insertApiKey(trx: Transaction, organizationId: string, key: NewApiKey): Promise<void> {
  await trx
    .insertInto('api_key')
    .values({
      organization_id: organizationId,
      id: key.id,
      name: key.name,
      hash: key.hash,
      permissions: [...key.permissions],
      expires_at: key.expiresAt === null ? null : new Date(key.expiresAt),
      created_by: key.createdBy,
      created_at: new Date(key.createdAt),
    })
    .execute();
}

export function deleteApiKey(
  trx: Transaction,
  organizationId: string,
  id: string,
): Promise<ApiKeyRow | undefined> {
  return trx
    .deleteFrom('api_key')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst();
}
