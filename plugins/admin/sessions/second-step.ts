import { problem } from '../../../services/routing/errors.ts';
import { inOrganization } from '../../../services/storage/database.ts';
import { guarded } from '../change.ts';
import type { AdminContext } from '../context.ts';
import { type Owner, takeCode } from '../two-step-code.ts';
import { type Attempt, noteUndecided } from './login-limits.ts';

/**
 * The code that goes with a right password; true where two-step is off. Whoever is only asked for the code has not
 * failed; a wrong code counts like a wrong password.
 */
export async function passesSecondStep(
  context: AdminContext,
  owner: Owner,
  code: string | undefined,
  attempt: Attempt,
  instant: number,
): Promise<boolean> {
  const { organizationId, userId } = owner;
  const taken = await guarded(() =>
    inOrganization(context.database, organizationId, (trx) =>
      takeCode(trx, context.box, { organizationId, userId }, code, instant),
    ),
  );
  if (taken === 'missing') {
    noteUndecided(context.limits, attempt);
    throw problem('session.code-required');
  }
  return taken !== 'refused';
}
