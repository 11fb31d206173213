import type { MailSecurity } from '../storage/tables.ts';

/** What a mail says. `html` is left out of a mail that a person wrote. */
export type MailContent = {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** The message whose sound goes with it; it is fetched when the mail is sent. */
  readonly voicemailId?: string;
};

/** A mailbox at a server, and who it belongs to. */
export type MailAccount = {
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
  readonly login: string;
  readonly password: string;
  readonly address: string;
};

export type Letter = {
  /** Part of the Message-ID: the same mail that is sent twice after a crash is one mail to its reader. */
  readonly id: string;
  readonly to: string;
  readonly fromName: string;
  /** null: the installation's own server, SMTP_URL or the folder of files. */
  readonly account: MailAccount | null;
  readonly replyTo: string | null;
  readonly content: MailContent;
  readonly attachment?: MailAttachment;
};

export type MailAttachment = { readonly filename: string; readonly type: string; readonly content: Buffer };
