import { sql } from 'kysely';
import type { Transaction } from '../../services/storage/database.ts';
import { writeWords } from './user-words.ts';

/** The new address; for a user by e-mail it is the login as well. */
export async function setAddress(
  trx: Transaction,
  organizationId: string,
  userId: string,
  email: string,
  instant: number,
): Promise<void> {
  const row = await trx
    .updateTable('user')
    .set({
      email,
      login: sql<string>`case when kind = 'email' then ${email} else login end`,
      revision: sql<number>`revision + 1`,
      updated_at: new Date(instant),
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', userId)
    .returning(['first_name', 'last_name', 'login'])
    .executeTakeFirstOrThrow();
  const extension = await trx
    .selectFrom('extension')
    .select('extension')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  await writeWords(trx, organizationId, userId, {
    firstName: row.first_name,
    lastName: row.last_name,
    login: row.login,
    email,
    extension: extension?.extension ?? null,
  });
}

/** Does anybody else use this address, or have it as login? */
export async function isAddressTaken(
  trx: Transaction,
  organizationId: string,
  email: string,
  besides: string,
): Promise<boolean> {
  const key = sql<string>`lower(${email})`;
  const row = await trx
    .selectFrom('user')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '<>', besides)
    .where('status', '<>', 'deleted')
    .where((eb) => eb.or([eb('email_key', '=', key), eb('login_key', '=', key)]))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
