import type { Clock } from '../routing/ports.ts';
import { type Database, inOrganization, type Transaction } from '../storage/database.ts';
import { KickedWorker } from '../storage/kicked-worker.ts';
import { takeDueMail } from '../storage/lookups.ts';
import type { Letter, MailAttachment } from './message.ts';
import {
  findMailServer,
  findPersonalAccount,
  findWaitingMail,
  type MailBox,
  type MailEnd,
  noteMail,
  type QueuedMail,
  serverAccount,
} from './queue.ts';
import type { MailTransport } from './transport.ts';

export type MailWorkerPorts = {
  readonly database: Database;
  readonly clock: Clock;
  readonly box: MailBox;
  readonly transport: MailTransport;
  /** The sound of a message that a mail is about. Left out, or where it is not to be had: the mail goes without. */
  readonly attach?: (organizationId: string, voicemailId: string) => Promise<MailAttachment | undefined>;
  /** A mail that was given up, or a database that cannot be asked. */
  readonly onError: (error: unknown, what: string) => void;
};

const everyMs = 2_000;
const mostAtOnce = 20;
/** Longer than any attempt takes: until then nobody else tries. */
const leaseMs = 2 * 60_000;
const firstWaitMs = 15_000;
const longestWaitMs = 3_600_000;
/** With doubling waits: about half a day. */
const mostAttempts = 20;

/** Sends what waits in mail_message, of all organizations. Any number of workers may run at the same time. */
export class MailWorker {
  readonly #ports: MailWorkerPorts;
  readonly #worker: KickedWorker;
  #isStarted = false;

  constructor(ports: MailWorkerPorts) {
    this.#ports = ports;
    this.#worker = new KickedWorker({
      everyMs,
      run: () => this.#sendDue(),
      onError: (error) => ports.onError(error, 'mail could not be read'),
    });
  }

  start(): void {
    this.#isStarted = true;
    this.#worker.start();
  }

  /** After a commit of our own; returns at once and never throws. */
  kick(): void {
    if (this.#isStarted) this.#worker.kick();
  }

  /** Waits for the mails that are being sent. */
  async close(): Promise<void> {
    await this.#worker.close();
    this.#ports.transport.close();
  }

  async #sendDue(): Promise<boolean> {
    const { database, clock } = this.#ports;
    const now = clock.now();
    const due = await takeDueMail(database, mostAtOnce, new Date(now), new Date(now + leaseMs));
    await Promise.all(due.map((mail) => this.#sendOne(mail.organizationId, mail.id)));
    return due.length === mostAtOnce;
  }

  async #sendOne(organizationId: string, id: string): Promise<void> {
    const { database, box, transport } = this.#ports;
    const found = await inOrganization(database, organizationId, async (trx) => {
      const mail = await findWaitingMail(trx, box, organizationId, id);
      if (mail === undefined) return undefined;
      return { attempts: mail.attempts, letter: await toLetter(trx, box, organizationId, id, mail) };
    });
    if (found === undefined) return;
    const letter = found.letter && (await this.#withAttachment(organizationId, found.letter));
    const end = await this.#attempt(transport, letter, found.attempts);
    await inOrganization(database, organizationId, (trx) => noteMail(trx, organizationId, id, end));
  }

  async #withAttachment(organizationId: string, letter: Letter): Promise<Letter> {
    const { attach, onError } = this.#ports;
    const { voicemailId } = letter.content;
    if (voicemailId === undefined || attach === undefined) return letter;
    try {
      const attachment = await attach(organizationId, voicemailId);
      return attachment === undefined ? letter : { ...letter, attachment };
    } catch (error) {
      onError(error, 'a mail goes without its sound');
      return letter;
    }
  }

  async #attempt(transport: MailTransport, letter: Letter | undefined, attempts: number): Promise<MailEnd> {
    const { clock, onError } = this.#ports;
    if (letter === undefined) return { status: 'failed', error: 'no key opens it' };
    try {
      await transport.send(letter);
      return { status: 'sent', at: clock.now() };
    } catch (error) {
      const reason = reasonOf(error);
      if (isFinal(error) || attempts >= mostAttempts) {
        onError(error, 'a mail was given up');
        return { status: 'failed', error: reason };
      }
      const wait = Math.min(firstWaitMs * 2 ** (attempts - 1), longestWaitMs);
      return { status: 'waiting', error: reason, nextAt: clock.now() + wait };
    }
  }
}

async function toLetter(
  trx: Transaction,
  box: MailBox,
  organizationId: string,
  id: string,
  mail: QueuedMail,
): Promise<Letter | undefined> {
  const { content, sender } = mail;
  if (content === undefined) return undefined;
  const organization = await trx
    .selectFrom('organization')
    .select('name')
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  const server = await findMailServer(trx, box, organizationId);
  const account = server === undefined ? null : serverAccount(server);
  const plain = { id, to: mail.recipient, content };
  if (sender === undefined) return { ...plain, fromName: organization.name, account, replyTo: null };
  const person = await trx
    .selectFrom('user')
    .select(['first_name', 'last_name', 'email'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', sender.userId)
    .executeTakeFirstOrThrow();
  const fromName = `${person.first_name} ${person.last_name}`;
  const personal = server && (await findPersonalAccount(trx, box, organizationId, sender, server));
  if (personal !== undefined) return { ...plain, fromName, account: personal, replyTo: null };
  return { ...plain, fromName, account, replyTo: person.email };
}

/** The server will never take it: there is no such recipient, say. A wrong password may be corrected meanwhile. */
function isFinal(error: unknown): boolean {
  const { code, responseCode } = Object(error);
  return code !== 'EAUTH' && typeof responseCode === 'number' && responseCode >= 500 && responseCode < 600;
}

/** Code and reply without what the server quotes: an answer may hold the recipient. */
function reasonOf(error: unknown): string {
  const { code, responseCode, name } = Object(error);
  return [code ?? name ?? 'error', responseCode].filter((part) => part !== undefined).join(' ');
}
