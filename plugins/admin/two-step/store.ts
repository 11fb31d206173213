import type { Transaction } from '../../../services/storage/database.ts';
import type { Owner } from '../two-step-code.ts';

export type TwoStepRow = {
  readonly secret: string | null;
  readonly pending_secret: string | null;
  readonly enabled_at: Date | null;
};

export function findTwoStep(trx: Transaction, owner: Owner): Promise<TwoStepRow | undefined> {
  return trx
    .selectFrom('two_step')
    .select(['secret', 'pending_secret', 'enabled_at'])
    .where('organization_id', '=', owner.organizationId)
    .where('user_id', '=', owner.userId)
    .executeTakeFirst();
}

export async function countBackupCodes(trx: Transaction, owner: Owner): Promise<number> {
  const { count } = await trx
    .selectFrom('backup_code')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('organization_id', '=', owner.organizationId)
    .where('user_id', '=', owner.userId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function storePending(trx: Transaction, owner: Owner, sealed: string): Promise<void> {
  await trx
    .insertInto('two_step')
    .values({
      organization_id: owner.organizationId,
      user_id: owner.userId,
      secret: null,
      pending_secret: sealed,
    })
    .onConflict((conflict) => conflict.constraint('two_step_pkey').doUpdateSet({ pending_secret: sealed }))
    .execute();
}

/** The pending secret becomes the one that counts; the code that proved it is used up. */
export async function enable(
  trx: Transaction,
  owner: Owner,
  sealed: string,
  step: number,
  instant: number,
): Promise<void> {
  await trx
    .updateTable('two_step')
    .set({ secret: sealed, pending_secret: null, last_step: step, enabled_at: new Date(instant) })
    .where('organization_id', '=', owner.organizationId)
    .where('user_id', '=', owner.userId)
    .execute();
}

export async function replaceBackupCodes(
  trx: Transaction,
  owner: Owner,
  hashes: readonly string[],
): Promise<void> {
  const { organizationId: organization_id, userId: user_id } = owner;
  await trx
    .deleteFrom('backup_code')
    .where('organization_id', '=', organization_id)
    .where('user_id', '=', user_id)
    .execute();
  const rows = hashes.map((hash) => ({ organization_id, user_id, hash }));
  await trx.insertInto('backup_code').values(rows).execute();
}

/** False: it was not on. What was only begun goes as well. */
export async function disable(trx: Transaction, owner: Owner): Promise<boolean> {
  const row = await trx
    .deleteFrom('two_step')
    .where('organization_id', '=', owner.organizationId)
    .where('user_id', '=', owner.userId)
    .returning('secret')
    .executeTakeFirst();
  return row !== undefined && row.secret !== null;
}

export async function getOrganizationName(trx: Transaction, organizationId: string): Promise<string> {
  const { name } = await trx
    .selectFrom('organization')
    .select('name')
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return name;
}
