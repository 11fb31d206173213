import type { SecretBox } from '../routing/calls/secret-box.ts';
import type { Transaction } from '../storage/database.ts';
import type { MailAccount, MailContent } from './message.ts';

export type MailBox = Pick<SecretBox, 'encrypt' | 'decrypt'>;

export type NewMail = {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly content: MailContent;
  /** Whose mail it is; left out: the organization's. */
  readonly sender?: { readonly userId: string; readonly campaignId: string | null };
  readonly instant: number;
};

/** In the transaction of what the mail is about: sent if and only if that is kept. */
export async function insertMail(
  trx: Transaction,
  box: MailBox,
  organizationId: string,
  mail: NewMail,
): Promise<void> {
  await trx
    .insertInto('mail_message')
    .values({
      organization_id: organizationId,
      id: mail.id,
      kind: mail.kind,
      recipient: mail.recipient,
      content: box.encrypt(JSON.stringify(mail.content), contentContext(organizationId, mail.id)),
      sender_user_id: mail.sender?.userId ?? null,
      sender_campaign_id: mail.sender?.campaignId ?? null,
      next_attempt_at: new Date(mail.instant),
      created_at: new Date(mail.instant),
    })
    .execute();
}

export type QueuedMail = {
  readonly recipient: string;
  readonly attempts: number;
  /** undefined: it cannot be opened with any key that we have. */
  readonly content: MailContent | undefined;
  readonly sender: { readonly userId: string; readonly campaignId: string | null } | undefined;
};

/** Undefined: somebody else sent it. */
export async function findWaitingMail(
  trx: Transaction,
  box: MailBox,
  organizationId: string,
  id: string,
): Promise<QueuedMail | undefined> {
  const row = await trx
    .selectFrom('mail_message')
    .select(['recipient', 'attempts', 'content', 'sender_user_id', 'sender_campaign_id'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('status', '=', 'waiting')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const plain = box.decrypt(row.content ?? '', contentContext(organizationId, id));
  const content: MailContent | undefined = plain === undefined ? undefined : JSON.parse(plain);
  const { sender_user_id: userId, sender_campaign_id: campaignId } = row;
  const sender = userId === null ? undefined : { userId, campaignId };
  return { recipient: row.recipient, attempts: row.attempts, content, sender };
}

/** What came of it. The content is forgotten with the last word. */
export type MailEnd =
  | { readonly status: 'sent'; readonly at: number }
  | { readonly status: 'failed'; readonly error: string }
  | { readonly status: 'waiting'; readonly error: string; readonly nextAt: number };

export async function noteMail(
  trx: Transaction,
  organizationId: string,
  id: string,
  end: MailEnd,
): Promise<void> {
  const changes =
    end.status === 'sent'
      ? { content: null, sent_at: new Date(end.at), last_error: null }
      : end.status === 'failed'
        ? { content: null, last_error: end.error }
        : { last_error: end.error, next_attempt_at: new Date(end.nextAt) };
  await trx
    .updateTable('mail_message')
    .set({ status: end.status, ...changes })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

function contentContext(organizationId: string, id: string): string {
  return `mail:${organizationId}:${id}`;
}

export function serverPasswordContext(organizationId: string): string {
  return `mail-server:${organizationId}`;
}

export function accountPasswordContext(organizationId: string, userId: string): string {
  return `mail-account:${organizationId}:${userId}`;
}

export type MailServer = Omit<MailAccount, 'address'> & { readonly domain: string };

/** The organization's own server, with its password opened; undefined: the installation's. */
export async function findMailServer(
  trx: Transaction,
  box: MailBox,
  organizationId: string,
): Promise<MailServer | undefined> {
  const row = await trx
    .selectFrom('organization_mail')
    .select(['host', 'port', 'security', 'domain', 'login', 'password'])
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  const password = row && box.decrypt(row.password, serverPasswordContext(organizationId));
  return row === undefined || password === undefined ? undefined : { ...row, password };
}

/** The account of the campaign, else the user's default one, at the organization's server. */
export async function findPersonalAccount(
  trx: Transaction,
  box: MailBox,
  organizationId: string,
  sender: { readonly userId: string; readonly campaignId: string | null },
  server: MailServer,
): Promise<MailAccount | undefined> {
  const rows = await trx
    .selectFrom('mail_account')
    .select(['campaign_id', 'local_part', 'password'])
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', sender.userId)
    .execute();
  const row =
    rows.find((one) => sender.campaignId !== null && one.campaign_id === sender.campaignId) ??
    rows.find((one) => one.campaign_id === null);
  if (row === undefined) return undefined;
  const password = box.decrypt(row.password, accountPasswordContext(organizationId, sender.userId));
  if (password === undefined) return undefined;
  const address = `${row.local_part}@${server.domain}`;
  return { ...withoutDomain(server), login: address, password, address };
}

/** The organization's own mailbox there. */
export function serverAccount(server: MailServer): MailAccount {
  const { login, domain } = server;
  return { ...withoutDomain(server), address: login.includes('@') ? login : `${login}@${domain}` };
}

function withoutDomain({ domain: _, ...server }: MailServer): Omit<MailServer, 'domain'> {
  return server;
}
