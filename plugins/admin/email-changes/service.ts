import { problem } from '../../../services/routing/errors.ts';
import { findAccount } from '../account-store.ts';
import { setAddress } from '../address-store.ts';
import { changeByLink } from '../change-by-link.ts';
import type { AdminContext } from '../context.ts';
import { findToken, revokeTokens, spendToken } from '../one-time-token.ts';
import type { ConfirmEmail } from './schema.ts';

/** The address that the link was sent to becomes the user's; links that went to the former one are worth nothing. */
export async function confirmEmail(
  context: AdminContext,
  body: ConfirmEmail,
  requestId: string,
): Promise<void> {
  const instant = context.clock.now();
  const token = await findToken(context.database, body.token, 'email-change', instant);
  if (token === undefined) throw problem('token.invalid');
  const { organizationId, userId, email } = token;
  await changeByLink(context, { ...token, requestId }, async (trx, log) => {
    const account = await findAccount(trx, organizationId, userId);
    const isThere = account !== undefined && account.status !== 'deleted';
    if (!isThere || email === null || !(await spendToken(trx, token, instant))) {
      throw problem('token.invalid');
    }
    await setAddress(trx, organizationId, userId, email, instant);
    await revokeTokens(trx, organizationId, userId, ['password-reset', 'invitation', 'email-change']);
    log.record({
      action: 'users.email.change',
      subjectType: 'user',
      subjectId: userId,
      before: { email: account.email },
      after: { email },
    });
  });
}
