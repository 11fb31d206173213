import { sealAuthToken } from '../../../services/routing/calls/carrier-accounts.ts';
import { problem } from '../../../services/routing/errors.ts';
import { needsReauthentication } from '../access.ts';
import { change, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { formatInstant } from '../instants.ts';
import type { Page } from '../paging.ts';
import type { CarrierAccount, CarrierAccountPut } from './schema.ts';
import { type AccountRow, deleteAccount, listAccounts, upsertAccount } from './store.ts';

/** All of them: an organization has one or two. */
export function listAccountPage(context: AdminContext, request: AdminRequest): Promise<Page<CarrierAccount>> {
  return read(context, request, async (trx) => {
    const rows = await listAccounts(trx, request.actor.organizationId);
    return { data: rows.map(toAccount), nextCursor: null };
  });
}

export function putAccount(
  context: AdminContext,
  request: AdminRequest,
  accountSid: string,
  body: CarrierAccountPut,
): Promise<Answer<CarrierAccount>> {
  if (needsReauthentication(request.actor, request.instant)) throw problem('session.reauthenticate');
  // The settings go before what is stored: the account would be kept and never be used.
  if (context.carrier?.configured?.accountSid === accountSid) throw problem('carrier-account.taken');
  return change(context, request, async (trx, log) => {
    const sealed = body.authTokens.map((token) => sealAuthToken(context.box, accountSid, token));
    const { organizationId } = request.actor;
    const row = await upsertAccount(trx, organizationId, { accountSid, sealed, instant: request.instant });
    const account = toAccount(row);
    const { tokens } = account;
    const after = { carrier: account.carrier, accountSid, tokens };
    log.record({ action: 'carrier-accounts.set', subjectType: 'carrier-account', subjectId: null, after });
    return { body: account };
  });
}

export async function removeAccount(
  context: AdminContext,
  request: AdminRequest,
  accountSid: string,
): Promise<void> {
  if (needsReauthentication(request.actor, request.instant)) throw problem('session.reauthenticate');
  await change(context, request, async (trx, log) => {
    const row = await deleteAccount(trx, request.actor.organizationId, accountSid);
    if (row === undefined) throw problem('carrier-account.not-found');
    const before = { carrier: row.carrier, accountSid };
    log.record({
      action: 'carrier-accounts.delete',
      subjectType: 'carrier-account',
      subjectId: null,
      before,
    });
    return { body: null };
  });
}

function toAccount(row: AccountRow): CarrierAccount {
  return {
    carrier: row.carrier,
    accountSid: row.account_sid,
    tokens: row.auth_tokens.length,
    createdAt: formatInstant(row.created_at),
    updatedAt: formatInstant(row.updated_at),
  };
}
