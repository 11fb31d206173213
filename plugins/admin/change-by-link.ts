import type { Transaction } from '../../services/storage/database.ts';
import { type Change, changeOrganization } from '../../services/storage/unit-of-work.ts';
import { guarded } from './change.ts';
import type { AdminContext } from './context.ts';

/**
 * A change by somebody who is not logged in and proved otherwise who they are: with a link from a mail. The same
 * transaction as every other change; the actor is the user whom the link was sent to.
 */
export async function changeByLink<T>(
  context: AdminContext,
  by: { readonly organizationId: string; readonly userId: string; readonly requestId: string },
  work: (trx: Transaction, log: Change) => Promise<T>,
): Promise<T> {
  const { organizationId, userId, requestId } = by;
  const actor = { type: 'user', id: userId } as const;
  const { result, version } = await guarded(() =>
    changeOrganization(context.database, { organizationId, actor, requestId, newId: context.newId }, work),
  );
  await context.directories.advance(organizationId, version);
  return result;
}
