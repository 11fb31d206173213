import { serverPasswordContext } from '../../../services/mail/queue.ts';
import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { needsReauthentication } from '../access.ts';
import { findAccount } from '../account-store.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { formatInstant } from '../instants.ts';
import { buildIssues } from '../issues.ts';
import { queueNotice } from '../notices.ts';
import { limited } from '../refusals.ts';
import type { MailServer, MailServerPut, TestMail, TestMailSend } from './schema.ts';
import {
  deleteMailServer,
  findLastTest,
  findMailServerRow,
  type MailServerRow,
  storeMailServer,
  type TestMailRow,
} from './store.ts';

const mostTests = 10;
const testWindowMs = 10 * 60_000;

export function readMailServer(context: AdminContext, request: AdminRequest): Promise<Answer<MailServer>> {
  return read(context, request, (trx) => answerMailServer(trx, request.actor.organizationId));
}

async function answerMailServer(trx: Transaction, organizationId: string): Promise<Answer<MailServer>> {
  const row = await findMailServerRow(trx, organizationId);
  if (row === undefined) throw problem('mail.not-found');
  const test = await findLastTest(trx, organizationId);
  return {
    body: {
      ...toSettings(row),
      lastTest: test === undefined ? null : toTest(test),
      updatedAt: formatInstant(row.updated_at),
    },
    etag: toEtag(row.revision),
  };
}

/** Links that open accounts go through this server: so it wants a fresh password. */
export async function putMailServer(
  context: AdminContext,
  request: AdminRequest,
  body: MailServerPut,
): Promise<Answer<MailServer>> {
  checkFresh(request);
  const { organizationId } = request.actor;
  const answer = await change(context, request, async (trx, log) => {
    const former = await findMailServerRow(trx, organizationId);
    if (former !== undefined) checkEtag(request, former.revision);
    const { password, domain, ...rest } = body;
    const settings = { ...rest, domain: domain.toLowerCase() };
    checkLogin(settings.login, settings.domain);
    const sealed =
      password === undefined
        ? keepPassword(former, settings)
        : context.box.encrypt(password, serverPasswordContext(organizationId));
    await storeMailServer(trx, organizationId, { ...settings, password: sealed }, request.instant);
    log.skip();
    const changed = changedFields(former === undefined ? {} : toSettings(former), settings);
    log.record({
      action: 'organization.mail.set',
      subjectType: 'organization',
      subjectId: organizationId,
      ...changed,
    });
    return answerMailServer(trx, organizationId);
  });
  // What waited for a working server need not wait longer.
  context.kickMail();
  return answer;
}

/** A password is only ever sent to the server and for the login that it was typed for. */
function keepPassword(
  former: MailServerRow | undefined,
  settings: { readonly host: string; readonly login: string },
): string {
  if (former !== undefined && former.host === settings.host && former.login === settings.login) {
    return former.password;
  }
  const issues = buildIssues();
  issues.add('/password', 'required', 'Add the password of this login at this server.');
  issues.refuse();
  return '';
}

function checkLogin(login: string, domain: string): void {
  const at = login.lastIndexOf('@');
  if (at < 0 || login.slice(at + 1).toLowerCase() === domain) return;
  const issues = buildIssues();
  issues.add('/login', 'domain', `Use an address that ends in @${domain}, or correct the domain.`);
  issues.refuse();
}

export async function removeMailServer(context: AdminContext, request: AdminRequest): Promise<void> {
  checkFresh(request);
  const { organizationId } = request.actor;
  await change(context, request, async (trx, log) => {
    const former = await findMailServerRow(trx, organizationId);
    if (former === undefined) throw problem('mail.not-found');
    checkEtag(request, former.revision);
    await deleteMailServer(trx, organizationId);
    log.skip();
    log.record({
      action: 'organization.mail.remove',
      subjectType: 'organization',
      subjectId: organizationId,
      before: toSettings(former),
    });
    return { body: null };
  });
}

/** Goes the way of every mail; `lastTest` of the server says what came of it. */
export async function sendTestMail(
  context: AdminContext,
  request: AdminRequest,
  body: TestMailSend,
): Promise<Answer<TestMail>> {
  const { actor, instant } = request;
  const { organizationId } = actor;
  const wait = context.limits.take(`test-mail:${organizationId}`, mostTests, testWindowMs, instant);
  if (wait > 0) throw limited(wait);
  const answer = await change(context, request, async (trx, log) => {
    const self = actor.type === 'user' ? await findAccount(trx, organizationId, actor.id) : undefined;
    const to = body.to ?? self?.email ?? null;
    if (to === null) {
      const issues = buildIssues();
      issues.add('/to', 'required', 'Add where the test mail goes.');
      issues.refuse();
    }
    const notice = { organizationId, userId: actor.id, instant };
    await queueNotice(trx, context, notice, { kind: 'test', to: to ?? '' });
    log.skip();
    log.record({
      action: 'organization.mail.test',
      subjectType: 'organization',
      subjectId: organizationId,
      after: { to },
    });
    const test = await findLastTest(trx, organizationId);
    if (test === undefined) throw new Error('the test mail was not queued');
    return { body: toTest(test) };
  });
  context.kickMail();
  return answer;
}

function checkFresh({ actor, instant }: AdminRequest): void {
  if (needsReauthentication(actor, instant)) throw problem('session.reauthenticate');
}

function toSettings({ host, port, security, domain, login }: MailServerRow): Omit<MailServerPut, 'password'> {
  return { host, port, security, domain, login };
}

function toTest(row: TestMailRow): TestMail {
  return {
    id: row.id,
    to: row.recipient,
    status: row.status,
    attempts: row.attempts,
    error: row.last_error,
    sentAt: row.sent_at === null ? null : formatInstant(row.sent_at),
  };
}
