import type { Transaction } from '../../../services/storage/database.ts';

export type MailAccountRow = {
  readonly campaign_id: string | null;
  readonly local_part: string;
  readonly password: string;
  readonly updated_at: Date;
};

function selectAccounts(trx: Transaction, organizationId: string, userId: string) {
  return trx
    .selectFrom('mail_account')
    .select(['campaign_id', 'local_part', 'password', 'updated_at'])
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId);
}

/** The default one first. */
export function listMailAccounts(
  trx: Transaction,
  organizationId: string,
  userId: string,
): Promise<readonly MailAccountRow[]> {
  return selectAccounts(trx, organizationId, userId)
    .orderBy('campaign_id', (order) => order.asc().nullsFirst())
    .execute();
}

export function findMailAccount(
  trx: Transaction,
  organizationId: string,
  userId: string,
  campaignId: string | null,
): Promise<MailAccountRow | undefined> {
  return selectAccounts(trx, organizationId, userId)
    .where('campaign_id', campaignId === null ? 'is' : '=', campaignId)
    .executeTakeFirst();
}

export async function storeMailAccount(
  trx: Transaction,
  organizationId: string,
  account: {
    readonly id: string;
    readonly userId: string;
    readonly campaignId: string | null;
    readonly localPart: string;
    readonly sealed: string;
    readonly instant: number;
  },
): Promise<void> {
  const changes = {
    local_part: account.localPart,
    password: account.sealed,
    updated_at: new Date(account.instant),
  };
  await trx
    .insertInto('mail_account')
    .values({
      organization_id: organizationId,
      id: account.id,
      user_id: account.userId,
      campaign_id: account.campaignId,
      ...changes,
    })
    .onConflict((conflict) => conflict.constraint('mail_account_campaign_key').doUpdateSet(changes))
    .execute();
}

export async function deleteMailAccount(
  trx: Transaction,
  organizationId: string,
  userId: string,
  campaignId: string | null,
): Promise<void> {
  await trx
    .deleteFrom('mail_account')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .where('campaign_id', campaignId === null ? 'is' : '=', campaignId)
    .execute();
}

export async function hasCampaign(trx: Transaction, organizationId: string, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom('campaign')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}

/** The domain of the organization's own server; undefined: it has none. */
export async function findDomain(trx: Transaction, organizationId: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('organization_mail')
    .select('domain')
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  return row?.domain;
}
