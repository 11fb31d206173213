import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { noteSeen } from './covers.ts';
import type { Teardown } from './database.ts';

/** One mail as the server got it. */
export type ReceivedMail = {
  /** What the client logged in as; undefined: it did not. */
  readonly login: string | undefined;
  readonly password: string | undefined;
  readonly envelopeFrom: string;
  readonly envelopeTo: readonly string[];
  readonly headers: ReadonlyMap<string, string>;
  /** The text part, decoded. */
  readonly text: string;
  readonly html: string;
  readonly raw: string;
};

export type TestSmtp = {
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  /**
   * The next mail to this address that was not taken yet; waits up to five seconds.
   *
   * @param from its place in `received` at the least
   */
  next(to: string, from?: number): Promise<ReceivedMail>;
  /** How many of the following deliveries are refused, and how: 451 is tried again, 550 is not. */
  refuse(times: number, code: number): void;
};

/** A real SMTP server on a free port of this machine, which takes every login. Closes itself when `t` ends. */
export async function startSmtp(t: Teardown): Promise<TestSmtp> {
  const received: ReceivedMail[] = [];
  const taken = new Set<ReceivedMail>();
  const refusal = { times: 0, code: 0 };
  const logins = new Map<string, { readonly login: string; readonly password: string }>();
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onAuth({ username = '', password }, session, callback) {
      logins.set(session.id, { login: username, password: password ?? '' });
      callback(null, { user: username });
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refusal.times > 0) {
          refusal.times -= 1;
          return callback(Object.assign(new Error('refused'), { responseCode: refusal.code }));
        }
        const who = logins.get(session.id);
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          login: who?.login,
          password: who?.password,
          envelopeFrom: mailFrom === false ? '' : mailFrom.address,
          envelopeTo: rcptTo.map((one) => one.address),
          ...parseMail(Buffer.concat(chunks).toString('utf8')),
        });
        callback(null);
      });
    },
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  t.after(() => new Promise<void>((resolve) => server.close(resolve)));
  const address: AddressInfo | string | null = listening.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    received,
    async next(to, from = 0) {
      const deadline = performance.now() + 5_000;
      for (;;) {
        const mail = received.slice(from).find((one) => one.envelopeTo.includes(to) && !taken.has(one));
        if (mail !== undefined) {
          taken.add(mail);
          noteSeen(`MAIL ${to}`);
          return mail;
        }
        if (performance.now() > deadline) throw new Error(`no mail to ${to} came`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    refuse(times, code) {
      refusal.times = times;
      refusal.code = code;
    },
  };
}

/** The token of the link in a mail. */
export function tokenOf(mail: { readonly text: string }): string {
  const token = /#token=([\w-]+)/.exec(mail.text)?.[1];
  if (token === undefined) throw new Error(`no link in: ${mail.text}`);
  return token;
}

/** Headers unfolded, and the two parts that our mails have. */
export function parseMail(raw: string): Pick<ReceivedMail, 'headers' | 'text' | 'html' | 'raw'> {
  const { headers, body } = splitPart(raw);
  const boundary = /boundary="?([^";]+)"?/.exec(headers.get('content-type') ?? '')?.[1];
  const parts = boundary === undefined ? [raw] : body.split(`--${boundary}`).slice(1, -1);
  const find = (type: string) =>
    parts
      .map((part) => splitPart(part.replace(/^\r?\n/, '')))
      .find((part) => (part.headers.get('content-type') ?? 'text/plain').startsWith(type));
  return { headers, raw, text: decodePart(find('text/plain')), html: decodePart(find('text/html')) };
}

type Part = { readonly headers: ReadonlyMap<string, string>; readonly body: string };

function splitPart(raw: string): Part {
  const end = /\r?\n\r?\n/.exec(raw);
  const head = raw.slice(0, end?.index ?? raw.length).replace(/\r?\n[ \t]+/g, ' ');
  const headers = head.split(/\r?\n/).map((line): [string, string] => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), decodeWords(line.slice(at + 1).trim())];
  });
  return { headers: new Map(headers), body: end === null ? '' : raw.slice(end.index + end[0].length) };
}

function decodePart(part: Part | undefined): string {
  if (part === undefined) return '';
  const encoding = (part.headers.get('content-transfer-encoding') ?? '').toLowerCase();
  if (encoding === 'base64') return Buffer.from(part.body, 'base64').toString('utf8');
  return encoding === 'quoted-printable' ? decodeQuoted(part.body.replace(/=\r?\n/g, '')) : part.body;
}

function decodeQuoted(text: string): string {
  const bytes = text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** =?UTF-8?Q?...?= and =?UTF-8?B?...?= of RFC 2047. */
function decodeWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : decodeQuoted(word.replaceAll('_', ' ')),
    );
}
