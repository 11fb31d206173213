import { insertMail } from '../../services/mail/queue.ts';
import { renderMail } from '../../services/mail/templates.ts';
import type { MailKind } from '../../services/mail/texts.ts';
import type { Transaction } from '../../services/storage/database.ts';
import type { AdminContext } from './context.ts';
import { issueToken, tokenLifeMs } from './one-time-token.ts';

type Ports = Pick<AdminContext, 'newId' | 'newToken' | 'box' | 'publicUrl'>;

export type Notice = {
  readonly organizationId: string;
  readonly userId: string;
  readonly instant: number;
};

/** Puts a mail of ours into the queue, in the language of the organization. It leaves after the commit. */
export async function queueNotice(
  trx: Transaction,
  context: Ports,
  { organizationId, userId, instant }: Notice,
  mail: {
    readonly kind: MailKind;
    readonly to: string;
    readonly address?: string;
    readonly link?: string;
    readonly lastsMs?: number;
  },
): Promise<void> {
  const organization = await trx
    .selectFrom('organization')
    .select(['name', 'language'])
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  const person = await trx
    .selectFrom('user')
    .select(['first_name', 'login'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', userId)
    .executeTakeFirst();
  const { kind, to, address = to, link, lastsMs = 0 } = mail;
  const values = {
    name: person?.first_name ?? '',
    login: person?.login ?? '',
    organization: organization.name,
    address,
    lastsMs,
  };
  const content = renderMail(kind, organization.language, values, link);
  await insertMail(trx, context.box, organizationId, {
    id: context.newId(),
    kind,
    recipient: to,
    content,
    instant,
  });
}

/** The mail in which an invited user finds the link to confirm the account; the former link is worth nothing any more. */
export async function queueInvitation(
  trx: Transaction,
  context: Ports,
  notice: Notice,
  to: string,
): Promise<void> {
  const token = await issueToken(trx, context, { ...notice, purpose: 'invitation' });
  const link = consoleLink(context, 'invitation', token);
  await queueNotice(trx, context, notice, { kind: 'invitation', to, link, lastsMs: tokenLifeMs.invitation });
}

export async function queuePasswordReset(
  trx: Transaction,
  context: Ports,
  notice: Notice,
  to: string,
): Promise<void> {
  const token = await issueToken(trx, context, { ...notice, purpose: 'password-reset' });
  const link = consoleLink(context, 'reset-password', token);
  const lastsMs = tokenLifeMs['password-reset'];
  await queueNotice(trx, context, notice, { kind: 'password-reset', to, link, lastsMs });
}

/** The new address gets the link, the old one is told. */
export async function queueEmailChange(
  trx: Transaction,
  context: Ports,
  notice: Notice,
  change: { readonly from: string | null; readonly to: string },
): Promise<void> {
  const { from, to } = change;
  const token = await issueToken(trx, context, { ...notice, purpose: 'email-change', email: to });
  const link = consoleLink(context, 'confirm-email', token);
  await queueNotice(trx, context, notice, {
    kind: 'email-confirm',
    to,
    link,
    lastsMs: tokenLifeMs['email-change'],
  });
  if (from !== null) await queueNotice(trx, context, notice, { kind: 'email-told', to: from, address: to });
}

/** Behind the #, so that no server and no Referer ever sees the token. */
function consoleLink({ publicUrl }: Ports, page: string, token: string): string {
  return `${publicUrl}/console/${page}#token=${token}`;
}
