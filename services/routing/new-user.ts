import type { Transaction } from '../storage/database.ts';
import type { UserTable } from '../storage/tables.ts';
import type { DeviceData } from './domain/directory-data.ts';

/** What the start needs to write a user as the administration would. */
export type NewUser = {
  readonly organizationId: string;
  readonly id: string;
  readonly login: string;
  readonly email: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly role: 'administrator' | 'manager' | 'agent';
  readonly extension: string;
  readonly passwordHash: string | null;
  readonly mustChangePassword: boolean;
  readonly devices: readonly DeviceData[];
};

/** Handed over by the administration: the words that a user is found by. */
export type WriteWords = (
  trx: Transaction,
  organizationId: string,
  userId: string,
  user: Pick<NewUser, 'firstName' | 'lastName' | 'login' | 'email' | 'extension'>,
) => Promise<void>;

type MoreColumns = Partial<
  Pick<UserTable, 'time_zone' | 'ring_seconds' | 'call_limit'> & {
    readonly if_unavailable: string;
    readonly mobile: string;
    readonly always_available: boolean;
  }
>;

export async function insertUser(
  trx: Transaction,
  user: NewUser,
  writeWords: WriteWords,
  more: MoreColumns = {},
): Promise<void> {
  const { organizationId, id } = user;
  await trx
    .insertInto('user')
    .values({
      organization_id: organizationId,
      id,
      kind: user.email === null ? 'username' : 'email',
      login: user.login,
      email: user.email,
      first_name: user.firstName,
      last_name: user.lastName,
      role: user.role,
      status: 'active',
      password_hash: user.passwordHash,
      must_change_password: user.mustChangePassword,
      devices: JSON.stringify(user.devices),
      ...more,
    })
    .execute();
  await trx
    .insertInto('extension')
    .values({ organization_id: organizationId, extension: user.extension, user_id: id, queue_id: null })
    .execute();
  await writeWords(trx, organizationId, id, user);
}
