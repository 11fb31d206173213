import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { SendMailOptions } from 'nodemailer';
import type { Letter, MailAccount, MailAttachment } from './message.ts';
import { cannotExist, resolveServer } from './server-address.ts';

export type MailTransport = {
  /** Resolves when a server took it (or the file is there); rejects with what the server said. */
  send(letter: Letter): Promise<void>;
  close(): void;
};

export type MailTransportOptions = {
  /** null: mail without an account of its own becomes a file in `outboxFolder`. */
  readonly smtpUrl: string | null;
  readonly outboxFolder: string;
  /** Host name of the From and the Message-ID where no account says another. */
  readonly hostName: string;
  readonly allowsInner: (host: string, port: number) => boolean;
};

type Sender = { send(mail: SendMailOptions): Promise<unknown>; close(): void };

const timeouts = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 30_000,
  dnsTimeout: 5_000,
};
/** Nothing in a mail of ours is a path or an address to fetch from. */
const noFetching = { disableFileAccess: true, disableUrlAccess: true };
const mostPools = 200;

/** Connections are pooled: one pool for each account that is in use, and closed when it is not any more. */
export function buildMailTransport(options: MailTransportOptions): MailTransport {
  const pools = new LRUCache<string, Sender>({ max: mostPools, dispose: (sender) => sender.close() });
  const own = options.smtpUrl === null ? undefined : openOwn(options.smtpUrl);
  return {
    async send(given) {
      const letter = withoutNowhere(given);
      const mail = toMail(letter, ownAddress(options), options.hostName);
      if (letter.account !== null) {
        await (await poolOf(pools, letter.account, options.allowsInner)).send(mail);
      } else if (own !== undefined) await own.send(mail);
      else await writeFileOf(options.outboxFolder, letter.id, mail);
    },
    close() {
      pools.clear();
      own?.close();
    },
  };
}

/** A server that cannot exist, as the demo has, is none: mail goes where it goes without. */
function withoutNowhere(letter: Letter): Letter {
  const { account } = letter;
  return account !== null && cannotExist(account.host) ? { ...letter, account: null } : letter;
}

function toMail(letter: Letter, ownFrom: string, hostName: string): SendMailOptions {
  const { content, account, replyTo, attachment } = letter;
  const address = account?.address ?? ownFrom;
  return {
    from: { name: letter.fromName, address },
    to: { name: '', address: letter.to },
    envelope: { from: address, to: [letter.to] },
    ...(replyTo === null ? {} : { replyTo: { name: '', address: replyTo } }),
    subject: content.subject,
    text: content.text,
    ...(content.html === undefined ? {} : { html: content.html }),
    ...(attachment === undefined ? {} : { attachments: [toAttachment(attachment)] }),
    messageId: `<${letter.id}@${hostName}>`,
    // No answer of a machine to a machine (RFC 3834).
    headers: content.html === undefined ? {} : { 'Auto-Submitted': 'auto-generated' },
    ...noFetching,
  };
}

function toAttachment({ filename, type, content }: MailAttachment) {
  return { filename, contentType: type, content };
}

function openOwn(smtpUrl: string): Sender {
  const url = new URL(smtpUrl);
  const secure = url.protocol === 'smtps:';
  const user = decodeURIComponent(url.username);
  const open = async () => {
    const { createTransport } = await loadMailer();
    return createTransport({
      pool: true,
      host: url.hostname,
      port: Number(url.port) || (secure ? 465 : 587),
      secure,
      ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
      ...timeouts,
    });
  };
  let opened: ReturnType<typeof open> | undefined;
  return {
    async send(mail) {
      opened ??= open();
      return (await opened).sendMail(mail);
    },
    close() {
      void opened?.then((transport) => transport.close());
    },
  };
}

/** Not before the first mail: with its HTTP client it is a tenth of the start. */
function loadMailer() {
  return import('nodemailer');
}

/** The user of SMTP_URL where that is an address, else a name that nobody reads. */
function ownAddress({ smtpUrl, hostName }: MailTransportOptions): string {
  const user = smtpUrl === null ? '' : decodeURIComponent(new URL(smtpUrl).username);
  return user.includes('@') ? user : `no-reply@${hostName}`;
}

async function poolOf(
  pools: LRUCache<string, Sender>,
  account: MailAccount,
  allowsInner: MailTransportOptions['allowsInner'],
): Promise<Sender> {
  const { host, port, security, login, password } = account;
  const resolved = await resolveServer(account, allowsInner);
  const key = createHash('sha256')
    .update(JSON.stringify([resolved, host, port, security, login, password]))
    .digest('base64url');
  const known = pools.get(key);
  if (known !== undefined) return known;
  const { createTransport } = await loadMailer();
  const transport = createTransport({
    pool: true,
    maxConnections: 2,
    host: resolved,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { servername: host },
    auth: { user: login, pass: password },
    ...timeouts,
  });
  const sender: Sender = { send: (mail) => transport.sendMail(mail), close: () => transport.close() };
  pools.set(key, sender);
  return sender;
}

/** Under another name first, so that whoever watches the folder never reads half a mail. */
async function writeFileOf(folder: string, id: string, mail: SendMailOptions): Promise<void> {
  const { createTransport } = await loadMailer();
  const composed = await createTransport({
    streamTransport: true,
    buffer: true,
    newline: 'windows',
  }).sendMail(mail);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${id}.draft`);
  const content = composed.message;
  if (!Buffer.isBuffer(content)) throw new Error('the mail was not composed');
  await writeFile(draft, content, { mode: 0o600 });
  await rename(draft, join(folder, `${id}.eml`));
}
