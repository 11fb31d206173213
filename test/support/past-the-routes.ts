import { inOrganization, type Transaction } from '../../services/storage/database.ts';
import { raiseVersion } from '../../services/storage/unit-of-work.ts';
import type { TestApp } from './app.ts';

/**
 * Rows that a test begins with, in one change that routing knows of afterwards. Each change over the API is some forty
 * queries; what these do is shown where they are asked.
 */
export async function writeRows(
  { database, directories, organizationId }: Pick<TestApp, 'database' | 'directories' | 'organizationId'>,
  write: (trx: Transaction) => Promise<unknown>,
): Promise<void> {
  const version = await inOrganization(database, organizationId, async (trx) => {
    await write(trx);
    return raiseVersion(trx, organizationId);
  });
  await directories.advance(organizationId, version);
}

export type WrittenPerson = {
  readonly id: string;
  readonly firstName: string;
  readonly login: string;
  readonly extension: string;
  readonly device: { readonly kind: 'app' | 'sip'; readonly address: string };
  readonly ifUnavailable?: { readonly action: 'voicemail' | 'none' };
};

/** Active agents with one telephone, who never log in. */
export async function insertPeople(
  trx: Transaction,
  organizationId: string,
  people: readonly WrittenPerson[],
): Promise<void> {
  const common = { organization_id: organizationId, kind: 'username', status: 'active' } as const;
  const rows = people.map(({ id, login, firstName, device, ifUnavailable = { action: 'voicemail' } }) => ({
    ...{ ...common, id, login, first_name: firstName, last_name: 'Test' },
    devices: JSON.stringify([{ ...device, enabled: true }]),
    if_unavailable: JSON.stringify(ifUnavailable),
  }));
  await trx.insertInto('user').values(rows).execute();
  const extensions = people.map(({ id, extension }) => ({
    ...{ organization_id: organizationId, user_id: id, extension },
  }));
  await trx.insertInto('extension').values(extensions).execute();
}
