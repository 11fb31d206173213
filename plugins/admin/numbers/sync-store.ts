import type { Transaction } from '../../../services/storage/database.ts';

export function listNumberIds(
  trx: Transaction,
  organizationId: string,
): Promise<readonly { readonly id: string; readonly number: string }[]> {
  return trx
    .selectFrom('number')
    .select(['id', 'number'])
    .where('organization_id', '=', organizationId)
    .orderBy('number')
    .execute();
}

/** False: another organization has the number. */
export async function insertFoundNumber(
  trx: Transaction,
  organizationId: string,
  found: { readonly id: string; readonly number: string; readonly name: string },
): Promise<boolean> {
  const row = await trx
    .insertInto('number')
    .values({ organization_id: organizationId, ...found })
    .onConflict((conflict) => conflict.constraint('number_number_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export function listSealedAccounts(
  trx: Transaction,
  organizationId: string,
): Promise<readonly { readonly account_sid: string; readonly auth_tokens: readonly string[] }[]> {
  return trx
    .selectFrom('carrier_account')
    .select(['account_sid', 'auth_tokens'])
    .where('organization_id', '=', organizationId)
    .where('carrier', '=', 'twilio')
    .orderBy('account_sid')
    .execute();
}
