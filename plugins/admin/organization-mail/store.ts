import { type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { MailSecurity, OrganizationMailTable } from '../../../services/storage/tables.ts';

export type MailServerRow = Selectable<OrganizationMailTable>;

export function findMailServerRow(
  trx: Transaction,
  organizationId: string,
): Promise<MailServerRow | undefined> {
  return trx
    .selectFrom('organization_mail')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
}

export type MailServerColumns = {
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
  readonly domain: string;
  readonly login: string;
  /** Sealed. */
  readonly password: string;
};

export async function storeMailServer(
  trx: Transaction,
  organizationId: string,
  columns: MailServerColumns,
  instant: number,
): Promise<void> {
  const updated_at = new Date(instant);
  await trx
    .insertInto('organization_mail')
    .values({ organization_id: organizationId, ...columns, updated_at })
    .onConflict((conflict) =>
      conflict
        .constraint('organization_mail_pkey')
        .doUpdateSet({ ...columns, updated_at, revision: sql<number>`organization_mail.revision + 1` }),
    )
    .execute();
}

export async function deleteMailServer(trx: Transaction, organizationId: string): Promise<void> {
  await trx.deleteFrom('organization_mail').where('organization_id', '=', organizationId).execute();
}

export type TestMailRow = {
  readonly id: string;
  readonly recipient: string;
  readonly status: 'waiting' | 'sent' | 'failed';
  readonly attempts: number;
  readonly last_error: string | null;
  readonly sent_at: Date | null;
};

export function findLastTest(trx: Transaction, organizationId: string): Promise<TestMailRow | undefined> {
  return trx
    .selectFrom('mail_message')
    .select(['id', 'recipient', 'status', 'attempts', 'last_error', 'sent_at'])
    .where('organization_id', '=', organizationId)
    .where('kind', '=', 'test')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}
