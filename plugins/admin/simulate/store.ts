import type { DirectoryData } from '../../../services/routing/domain/directory-data.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { readDirectoryData } from '../../../services/storage/directory-query.ts';

/** What routing would know if the transaction were committed. */
export function readSupposed(trx: Transaction, organizationId: string): Promise<DirectoryData | undefined> {
  return readDirectoryData(trx, organizationId);
}
