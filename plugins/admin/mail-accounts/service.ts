import {
  accountPasswordContext,
  findMailServer,
  findPersonalAccount,
  insertMail,
  serverAccount,
} from '../../../services/mail/queue.ts';
import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { type AccountRow, findAccount } from '../account-store.ts';
import { change, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { formatInstant } from '../instants.ts';
import { buildIssues } from '../issues.ts';
import { limited } from '../refusals.ts';
import type {
  MailAccount,
  MailAccountParams,
  MailAccountPut,
  MailAccounts,
  MailSend,
  MailSent,
} from './schema.ts';
import {
  deleteMailAccount,
  findDomain,
  findMailAccount,
  hasCampaign,
  listMailAccounts,
  type MailAccountRow,
  storeMailAccount,
} from './store.ts';

const mostMails = 200;
const mailWindowMs = 3_600_000;

export function readMailAccounts(
  context: AdminContext,
  request: AdminRequest,
  userId: string,
): Promise<Answer<MailAccounts>> {
  const { organizationId } = request.actor;
  return read(context, request, async (trx) => {
    await getAccount(trx, organizationId, userId);
    const domain = (await findDomain(trx, organizationId)) ?? '';
    const rows = await listMailAccounts(trx, organizationId, userId);
    return { body: { data: rows.map((row) => toMailAccount(row, domain)) } };
  });
}

/** Same domain and server as the organization's, own local part and password. */
export async function putMailAccount(
  context: AdminContext,
  request: AdminRequest,
  { id: userId, campaign }: MailAccountParams,
  body: MailAccountPut,
): Promise<Answer<MailAccount>> {
  const { organizationId } = request.actor;
  const answer = await change(context, request, async (trx, log) => {
    await getAccount(trx, organizationId, userId);
    const campaignId = await getCampaignId(trx, organizationId, campaign);
    const domain = await findDomain(trx, organizationId);
    if (domain === undefined) throw problem('mail.not-set');
    const former = await findMailAccount(trx, organizationId, userId, campaignId);
    const localPart = parseLocalPart(body, domain);
    const sealed = sealPassword(context, organizationId, userId, body, localPart, former);
    const account = { id: context.newId(), userId, campaignId, localPart, sealed };
    await storeMailAccount(trx, organizationId, { ...account, instant: request.instant });
    log.skip();
    log.record({
      action: 'mail-accounts.set',
      subjectType: 'user',
      subjectId: userId,
      ...(former === undefined ? {} : { before: { campaign, from: `${former.local_part}@${domain}` } }),
      after: { campaign, from: `${localPart}@${domain}` },
    });
    const row = await findMailAccount(trx, organizationId, userId, campaignId);
    if (row === undefined) throw new Error('the account was not stored');
    return { body: toMailAccount(row, domain) };
  });
  context.kickMail();
  return answer;
}

function parseLocalPart(body: MailAccountPut, domain: string): string {
  const issues = buildIssues();
  const { localPart, address } = body;
  if ((localPart === undefined) === (address === undefined)) {
    issues.add('/localPart', 'required', 'Send exactly one of `localPart` and `address`.');
  }
  const at = address?.lastIndexOf('@') ?? -1;
  if (address !== undefined && address.slice(at + 1).toLowerCase() !== domain) {
    issues.add('/address', 'domain', `Use an address that ends in @${domain}, as the organization's does.`);
  }
  issues.refuse();
  return localPart ?? address?.slice(0, at) ?? '';
}

/** A password belongs to its address: with another one it must be typed again. */
function sealPassword(
  context: AdminContext,
  organizationId: string,
  userId: string,
  { password }: MailAccountPut,
  localPart: string,
  former: MailAccountRow | undefined,
): string {
  if (password !== undefined) {
    return context.box.encrypt(password, accountPasswordContext(organizationId, userId));
  }
  if (former !== undefined && former.local_part === localPart) return former.password;
  const issues = buildIssues();
  issues.add('/password', 'required', 'Add the password of this address.');
  issues.refuse();
  return '';
}

export async function removeMailAccount(
  context: AdminContext,
  request: AdminRequest,
  { id: userId, campaign }: MailAccountParams,
): Promise<void> {
  const { organizationId } = request.actor;
  await change(context, request, async (trx, log) => {
    await getAccount(trx, organizationId, userId);
    const campaignId = await getCampaignId(trx, organizationId, campaign);
    const former = await findMailAccount(trx, organizationId, userId, campaignId);
    if (former === undefined) throw problem('mail-account.not-found');
    await deleteMailAccount(trx, organizationId, userId, campaignId);
    log.skip();
    log.record({
      action: 'mail-accounts.remove',
      subjectType: 'user',
      subjectId: userId,
      before: { campaign },
    });
    return { body: null };
  });
}

/** From the account of the campaign, else the user's default one, else the organization's. */
export async function sendUserMail(
  context: AdminContext,
  request: AdminRequest,
  userId: string,
  body: MailSend,
): Promise<Answer<MailSent>> {
  const { organizationId } = request.actor;
  const { instant } = request;
  const wait = context.limits.take(`mail:${organizationId}:${userId}`, mostMails, mailWindowMs, instant);
  if (wait > 0) throw limited(wait);
  const { to, subject, text, campaign = 'default' } = body;
  const answer = await change(context, request, async (trx, log) => {
    const account = await getAccount(trx, organizationId, userId);
    if (account.status !== 'active') {
      throw problem('user.status', {
        detail: `The user is ${account.status}; only active ones send mail.`,
      });
    }
    const campaignId = campaign === 'default' ? null : campaign;
    if (campaignId !== null && !(await hasCampaign(trx, organizationId, campaignId))) {
      const issues = buildIssues();
      issues.add('/campaign', 'unknown', 'Use `default` or the id of a campaign.');
      issues.refuse();
    }
    const id = context.newId();
    const sender = { userId, campaignId };
    await insertMail(trx, context.box, organizationId, {
      id,
      kind: 'personal',
      recipient: to,
      content: { subject, text },
      sender,
      instant,
    });
    const from = await findFrom(trx, context, organizationId, sender);
    log.skip();
    log.record({
      action: 'users.mail.send',
      subjectType: 'user',
      subjectId: userId,
      after: { to, subject, from, campaign },
    });
    const sent: MailSent = { id, status: 'waiting', from, to, subject, campaign };
    return { body: sent };
  });
  context.kickMail();
  return answer;
}

async function findFrom(
  trx: Transaction,
  { box }: AdminContext,
  organizationId: string,
  sender: { readonly userId: string; readonly campaignId: string | null },
): Promise<string | null> {
  const server = await findMailServer(trx, box, organizationId);
  if (server === undefined) return null;
  const personal = await findPersonalAccount(trx, box, organizationId, sender, server);
  return (personal ?? serverAccount(server)).address;
}

async function getAccount(trx: Transaction, organizationId: string, id: string): Promise<AccountRow> {
  const account = await findAccount(trx, organizationId, id);
  if (account === undefined || account.status === 'deleted') throw problem('user.not-found');
  return account;
}

async function getCampaignId(
  trx: Transaction,
  organizationId: string,
  campaign: string,
): Promise<string | null> {
  if (campaign === 'default') return null;
  if (!(await hasCampaign(trx, organizationId, campaign))) throw problem('campaign.not-found');
  return campaign;
}

function toMailAccount(row: MailAccountRow, domain: string): MailAccount {
  return {
    campaign: row.campaign_id ?? 'default',
    address: `${row.local_part}@${domain}`,
    localPart: row.local_part,
    updatedAt: formatInstant(row.updated_at),
  };
}
