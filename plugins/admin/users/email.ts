import { Type } from 'typebox';
import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import type { Change } from '../../../services/storage/unit-of-work.ts';
import { can, needsReauthentication } from '../access.ts';
import { isAddressTaken, setAddress } from '../address-store.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { checkEtag } from '../etag.ts';
import { buildIssues, type Issues } from '../issues.ts';
import { queueEmailChange, queueInvitation } from '../notices.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { missing } from '../refusals.ts';
import type { Warning } from '../schemas.ts';
import { checkNotAbove } from '../user-permissions.ts';
import { buildParser } from '../validation.ts';
import { Email } from './schema.ts';
import type { UserRecord } from './store.ts';

type Patch = Readonly<Record<string, unknown>>;

const parse = buildParser(Type.Object({ email: Email }));

/** What is left of the patch for the settings, and what to tell about the address; `mailed`: something waits to be sent. */
export type Diverted = {
  readonly patch: Patch;
  readonly warnings: readonly Warning[];
  readonly mailed: boolean;
};

/**
 * The address is no setting like the others: policy `locked` fixes it, and with `verified` the new one is confirmed
 * with a link in a mail to it, while the old one is told. Directly goes only what an administrator sets for a user by
 * name who has none, and the address of somebody who has not confirmed the invitation, who gets another one.
 */
export async function divertEmail(
  trx: Transaction,
  context: AdminContext,
  log: Change,
  request: AdminRequest,
  record: UserRecord,
  patch: Patch,
): Promise<Diverted> {
  const { email: wanted, ...rest } = patch;
  const untouched = { patch, warnings: [], mailed: false };
  const isSame = typeof wanted === 'string' && wanted === record.email;
  if (wanted === undefined || record.status === 'deleted') return untouched;
  if (isSame) return { ...untouched, patch: rest };
  const manages = can(request.actor, 'users.write');
  if (!can(request.actor, 'users.write', { userId: record.id })) throw missing('users.write');
  const isFirst = record.email === null || wanted === null;
  await checkPolicy(trx, record, wanted);
  if (isFirst && record.kind === 'username' && manages) return untouched;
  const { email } = parse({ email: wanted });
  checkEtag(request, record.revision);
  if (needsReauthentication(request.actor, request.instant)) throw problem('session.reauthenticate');
  await checkNotAbove(trx, request.actor, record.id);
  const { organization_id: organizationId, id: userId } = record;
  if (await isAddressTaken(trx, organizationId, email, userId)) {
    throw problem('user.login-taken', {
      errors: [{ pointer: '/email', code: 'taken', message: 'is already in use' }],
    });
  }
  const notice = { organizationId, userId, instant: request.instant };
  const about = { subjectType: 'user', subjectId: userId, before: { email: record.email } };
  if (record.status === 'pending') {
    await setAddress(trx, organizationId, userId, email, request.instant);
    await queueInvitation(trx, context, notice, email);
    log.record({ action: 'users.email.change', ...about, after: { email } });
    return { patch: rest, warnings: [], mailed: true };
  }
  await queueEmailChange(trx, context, notice, { from: record.email, to: email });
  log.record({ action: 'users.email.ask', ...about, after: { newEmail: email } });
  const message = `A link was sent to ${email}: the address changes when it is opened, within a day.`;
  return {
    patch: rest,
    warnings: [{ code: 'email.unconfirmed', pointer: '/email', message }],
    mailed: true,
  };
}

async function checkPolicy(trx: Transaction, record: UserRecord, wanted: unknown): Promise<void> {
  const { emailChange } = await getOrganizationFacts(trx, record.organization_id);
  const issues = buildIssues();
  if (record.email !== null && emailChange === 'locked') {
    issues.add('/email', 'fixed', 'Leave this out: the organization does not let addresses change.');
  } else if (wanted === null && record.kind === 'email') {
    issues.add('/email', 'required', 'A user by e-mail has an address.');
  }
  issues.refuse();
}

/** For changes of many users at once, which confirm no address: they set a first one, or take one away. */
export function checkAddressStays(
  { kind, email }: Pick<UserRecord, 'kind' | 'email'>,
  wanted: string | null,
  issues: Issues,
): void {
  if (wanted === email || (kind === 'username' && (email === null || wanted === null))) return;
  issues.add('/email', 'fixed', 'Leave this as it is, and PATCH the user: a link confirms the new address.');
}
