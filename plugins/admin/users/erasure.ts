import type { Transaction } from '../../../services/storage/database.ts';
import { type Change, changeOrganization } from '../../../services/storage/unit-of-work.ts';
import type { AdminContext } from '../context.ts';
import { forgetCaller } from './call-erasure-store.ts';
import {
  deletePersonalValues,
  deleteUserRow,
  isDue,
  unassignNumbers,
  unlinkTargets,
  unlinkUsers,
} from './erasure-store.ts';
import { emptyBox } from './voicemail-erasure-store.ts';

/**
 * Nothing of the person remains: the row goes, and all that hangs on it; numbers that led there are unassigned, rules
 * and fallbacks that named the person are as if never set. The activity log keeps its rows, without names and addresses;
 * call history knows people by their ids, and forgets from where they called.
 */
export async function eraseWithin(
  trx: Transaction,
  log: Change,
  organizationId: string,
  id: string,
  instant: number,
): Promise<void> {
  const numbers = await unassignNumbers(trx, organizationId, id, instant);
  await unlinkTargets(trx, organizationId, id, instant);
  const fallbackOf = await unlinkUsers(trx, organizationId, id, instant);
  await deletePersonalValues(trx, organizationId, id);
  await forgetCaller(trx, organizationId, id);
  await emptyBox(trx, organizationId, id, instant);
  await deleteUserRow(trx, organizationId, id);
  log.record({
    action: 'users.erase',
    subjectType: 'user',
    subjectId: id,
    before: { status: 'deleted', numbers, fallbackOf },
    after: { status: null, numbers: [], fallbackOf: [] },
  });
}

/** For the eraser: a user whose days of grace are over. False: it was undone, or another replica was first. */
export async function eraseDueUser(
  context: Pick<AdminContext, 'database' | 'directories' | 'clock' | 'newId'>,
  organizationId: string,
  id: string,
): Promise<boolean> {
  const { database, directories, clock, newId } = context;
  const instant = clock.now();
  const { result, version } = await changeOrganization(
    database,
    { organizationId, actor: { type: 'system', id: null }, requestId: 'eraser', newId },
    async (trx, log) => {
      if (!(await isDue(trx, organizationId, id, instant))) {
        log.skip();
        return false;
      }
      await eraseWithin(trx, log, organizationId, id, instant);
      return true;
    },
  );
  await directories.advance(organizationId, version);
  return result;
}
