import { sql } from 'kysely';
import type { DeviceData } from '../../../services/routing/domain/directory-data.ts';
import type { Transaction } from '../../../services/storage/database.ts';

/** `policies.deletionGraceDays`, 28 where it was never set. */
export async function readGraceDays(trx: Transaction, organizationId: string): Promise<number> {
  const { policies } = await trx
    .selectFrom('organization')
    .select('policies')
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return policies.deletionGraceDays ?? 28;
}

/** The partial unique indexes leave deleted users out, so login and address are free from here on. */
export async function markDeleted(
  trx: Transaction,
  organizationId: string,
  id: string,
  instant: number,
): Promise<void> {
  await trx
    .updateTable('user')
    .set({
      status: 'deleted',
      deleted_at: new Date(instant),
      revision: sql<number>`revision + 1`,
      updated_at: new Date(instant),
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

export async function restoreDeleted(
  trx: Transaction,
  organizationId: string,
  id: string,
  user: {
    readonly status: 'active' | 'inactive' | 'pending';
    readonly login: string;
    readonly devices: readonly DeviceData[];
    readonly instant: number;
  },
): Promise<void> {
  await trx
    .updateTable('user')
    .set({
      status: user.status,
      login: user.login,
      devices: JSON.stringify(user.devices),
      deleted_at: null,
      revision: sql<number>`revision + 1`,
      updated_at: new Date(user.instant),
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

/** Has a user who is not deleted this login or address, however it is written? */
export async function isTaken(
  trx: Transaction,
  organizationId: string,
  column: 'login_key' | 'email_key',
  value: string,
): Promise<boolean> {
  const row = await trx
    .selectFrom('user')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where(column, '=', sql<string>`lower(${value})`)
    .where('status', '<>', 'deleted')
    .executeTakeFirst();
  return row !== undefined;
}

/** `bchen` → `bchen2`, or the next one that nobody has. */
export async function findFreeLogin(
  trx: Transaction,
  organizationId: string,
  login: string,
): Promise<string> {
  const stem = login.slice(0, 250);
  for (let number = 2; ; number += 1) {
    const proposed = `${stem}${number}`;
    if (!(await isTaken(trx, organizationId, 'login_key', proposed))) return proposed;
  }
}
