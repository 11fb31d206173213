import type { Selectable } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { CarrierAccountTable } from '../../../services/storage/tables.ts';

export type AccountRow = Omit<Selectable<CarrierAccountTable>, 'organization_id'>;

const columns = ['carrier', 'account_sid', 'auth_tokens', 'created_at', 'updated_at'] as const;

export function listAccounts(trx: Transaction, organizationId: string): Promise<readonly AccountRow[]> {
  return trx
    .selectFrom('carrier_account')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .orderBy('account_sid')
    .execute();
}

/** Makes the account, or replaces its tokens. Another organization's account breaks carrier_account_sid_key. */
export function upsertAccount(
  trx: Transaction,
  organizationId: string,
  account: { readonly accountSid: string; readonly sealed: readonly string[]; readonly instant: number },
): Promise<AccountRow> {
  const at = new Date(account.instant);
  const auth_tokens = [...account.sealed];
  return trx
    .insertInto('carrier_account')
    .values({
      organization_id: organizationId,
      carrier: 'twilio',
      account_sid: account.accountSid,
      auth_tokens,
      created_at: at,
      updated_at: at,
    })
    .onConflict((conflict) =>
      conflict.constraint('carrier_account_pkey').doUpdateSet({ auth_tokens, updated_at: at }),
    )
    .returning(columns)
    .executeTakeFirstOrThrow();
}

export function deleteAccount(
  trx: Transaction,
  organizationId: string,
  accountSid: string,
): Promise<AccountRow | undefined> {
  return trx
    .deleteFrom('carrier_account')
    .where('organization_id', '=', organizationId)
    .where('account_sid', '=', accountSid)
    .returning(columns)
    .executeTakeFirst();
}
