import { accountPasswordContext, serverPasswordContext } from '../mail/queue.ts';
import type { Transaction } from '../storage/database.ts';
import { type ActivityRecord, insertActivities } from '../storage/unit-of-work.ts';
import { sealAuthToken } from './calls/carrier-accounts.ts';
import type { SecretBox } from './calls/secret-box.ts';
import { insertDemoAgent } from './demo-agent.ts';
import { demoNumbers } from './demo-data.ts';
import type { WriteWords } from './new-user.ts';

/** What an office has gathered before one looks at it: accounts for mail and calls, people who are new, work that was done. */

export type DemoOffice = {
  readonly organizationId: string;
  readonly newId: () => string;
  readonly newToken: () => string;
  /** Epoch ms. */
  readonly instant: number;
  readonly writeWords: WriteWords;
  readonly box: Pick<SecretBox, 'encrypt'>;
  readonly idOf: (key: string) => string;
};

export const demoPending = {
  firstName: 'Noor',
  lastName: 'Haddad',
  login: 'noor@harbor.example',
  extension: '243',
} as const;

const dayMs = 86_400_000;

export async function insertOffice(trx: Transaction, demo: DemoOffice): Promise<void> {
  await insertMailAccounts(trx, demo);
  await insertCarrierAccount(trx, demo);
  await insertChecklist(trx, demo);
  await insertCallerIds(trx, demo);
  const pendingId = await insertPending(trx, demo);
  await insertVisits(trx, demo);
  await trx
    .updateTable('user')
    .set({ parent_user_id: demo.idOf('marcus') })
    .where('organization_id', '=', demo.organizationId)
    .where('id', '=', demo.idOf('grace'))
    .execute();
  const jobId = await insertJob(trx, demo);
  await insertHistory(trx, demo, { pendingId, jobId });
}

/** A name that can never exist (RFC 2606): mail goes where it goes without a server of the organization. */
async function insertMailAccounts(
  trx: Transaction,
  { organizationId: organization_id, newId, newToken, box, idOf }: DemoOffice,
): Promise<void> {
  await trx
    .insertInto('organization_mail')
    .values({
      organization_id,
      host: 'smtp.harbor.example',
      port: 587,
      security: 'starttls',
      domain: 'harbor.example',
      login: 'travel@harbor.example',
      password: box.encrypt(newToken(), serverPasswordContext(organization_id)),
    })
    .execute();
  const campaigns = await trx
    .selectFrom('campaign')
    .select(['id', 'name'])
    .where('organization_id', '=', organization_id)
    .execute();
  const campaign = new Map(campaigns.map(({ id, name }) => [name, id]));
  const account = (key: string, name: string | null, local_part: string) => ({
    organization_id,
    id: newId(),
    user_id: idOf(key),
    campaign_id: name === null ? null : (campaign.get(name) ?? null),
    local_part,
    password: box.encrypt(newToken(), accountPasswordContext(organization_id, idOf(key))),
  });
  await trx
    .insertInto('mail_account')
    .values([
      account('ana', null, 'ana.ruiz'),
      account('ana', 'Spring sale', 'spring'),
      account('marcus', 'Renewals', 'renewals'),
    ])
    .execute();
}

/** Its token is nobody's: nothing can be signed with it, and the carrier knows no such account. */
async function insertCarrierAccount(
  trx: Transaction,
  { organizationId, newToken, box }: DemoOffice,
): Promise<void> {
  const accountSid = `ACde${organizationId.replaceAll('-', '').slice(2)}`;
  await trx
    .insertInto('carrier_account')
    .values({
      organization_id: organizationId,
      carrier: 'twilio',
      account_sid: accountSid,
      auth_tokens: [sealAuthToken(box, accountSid, newToken())],
    })
    .execute();
}

async function insertChecklist(
  trx: Transaction,
  { organizationId: organization_id, newId, instant, idOf }: DemoOffice,
): Promise<void> {
  const training = newId();
  const privacy = newId();
  await trx
    .insertInto('checklist_item')
    .values([
      {
        organization_id,
        id: training,
        name: 'Phone training',
        description: 'Two hours with a colleague, with real calls in the second one.',
      },
      {
        organization_id,
        id: privacy,
        name: 'Data protection',
        description: 'The declaration is signed and in the folder.',
      },
    ])
    .execute();
  const tick = (item_id: string, key: string, days: number) => ({
    organization_id,
    item_id,
    user_id: idOf(key),
    ticked_by: idOf('olivia'),
    ticked_at: new Date(instant - days * dayMs),
  });
  await trx
    .insertInto('checklist_tick')
    .values([
      tick(training, 'marcus', 90),
      tick(privacy, 'marcus', 91),
      tick(training, 'ana', 60),
      tick(privacy, 'ana', 61),
      tick(privacy, 'priya', 5),
    ])
    .execute();
}

async function insertCallerIds(
  trx: Transaction,
  { organizationId: organization_id, idOf }: DemoOffice,
): Promise<void> {
  const numbers = await trx
    .selectFrom('number')
    .select(['id', 'number'])
    .where('organization_id', '=', organization_id)
    .execute();
  const shown = [
    ['ana', demoNumbers.ana],
    ['marcus', demoNumbers.main],
    ['grace', demoNumbers.main],
  ] as const;
  const rows = shown.flatMap(([key, wanted]) => {
    const number = numbers.find(({ number }) => number === wanted);
    return number === undefined ? [] : [{ organization_id, user_id: idOf(key), number_id: number.id }];
  });
  await trx.insertInto('caller_id').values(rows).execute();
}

/** When people were last here: one of them so long ago that the report of what to tidy up names him. */
async function insertVisits(trx: Transaction, { organizationId, instant, idOf }: DemoOffice): Promise<void> {
  const daysAgo = { marcus: 1, ana: 0.2, bo: 3, wei: 44 };
  for (const [key, days] of Object.entries(daysAgo)) {
    await trx
      .updateTable('user')
      .set({ last_login_at: new Date(instant - days * dayMs) })
      .where('organization_id', '=', organizationId)
      .where('id', '=', idOf(key))
      .execute();
  }
}

/** Invited two days ago, and not confirmed yet. Nobody has the link: it is sent again with resend-invitation. */
async function insertPending(trx: Transaction, demo: DemoOffice): Promise<string> {
  const { organizationId, newId, newToken, instant } = demo;
  const id = await insertDemoAgent(trx, demo, demoPending);
  const invited = new Date(instant - 2 * dayMs);
  await trx
    .updateTable('user')
    .set({ status: 'pending', created_at: invited })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
  await trx
    .insertInto('one_time_token')
    .values({
      organization_id: organizationId,
      id: newId(),
      hash: newToken(),
      purpose: 'invitation',
      user_id: id,
      email: null,
      expires_at: new Date(instant + 5 * dayMs),
      created_at: invited,
    })
    .execute();
  await trx
    .insertInto('mail_message')
    .values({
      organization_id: organizationId,
      id: newId(),
      kind: 'invitation',
      recipient: demoPending.login,
      content: null,
      sender_user_id: null,
      sender_campaign_id: null,
      status: 'sent',
      attempts: 1,
      next_attempt_at: invited,
      sent_at: invited,
      created_at: invited,
    })
    .execute();
  return id;
}

/** A bulk change of last week that ended: one of its rows was refused. */
async function insertJob(trx: Transaction, demo: DemoOffice): Promise<string> {
  const { organizationId: organization_id, newId, instant, idOf } = demo;
  const id = newId();
  const at = (seconds: number) => new Date(instant - 7 * dayMs + seconds * 1_000);
  const keys = ['grace', 'bo', 'lucia', 'wei', 'priya', 'olivia'];
  await trx
    .insertInto('job')
    .values({
      organization_id,
      id,
      kind: 'users.bulk',
      state: 'done',
      input: JSON.stringify({ action: 'assignRole', role: 'agent' }),
      actor_type: 'user',
      actor_id: idOf('olivia'),
      total: keys.length,
      done: keys.length - 1,
      failed: 1,
      created_at: at(0),
      started_at: at(1),
      ended_at: at(2),
    })
    .execute();
  await trx
    .insertInto('job_row')
    .values(
      keys.map((key, index) => ({
        organization_id,
        job_id: id,
        position: index + 1,
        user_id: idOf(key),
        ...(key === 'olivia'
          ? {
              state: 'failed' as const,
              code: 'user.last-administrator',
              message: 'The last administrator stays one.',
            }
          : { state: 'done' as const, code: 'unchanged', message: null }),
        line: null,
        cell: null,
      })),
    )
    .execute();
  return id;
}

/** What the administrator did before. */
async function insertHistory(
  trx: Transaction,
  { organizationId, newId, idOf }: DemoOffice,
  { pendingId, jobId }: { readonly pendingId: string; readonly jobId: string },
): Promise<void> {
  const user = (action: string, key: string, more: Pick<ActivityRecord, 'before' | 'after'> = {}) => ({
    action,
    subjectType: 'user',
    subjectId: idOf(key),
    ...more,
  });
  await insertActivities(
    trx,
    { organizationId, actor: { type: 'user', id: idOf('olivia') }, requestId: 'demo', newId },
    [
      user('users.create', 'priya', { after: { firstName: 'Priya', lastName: 'Nair', role: 'agent' } }),
      user('users.change', 'ana', { before: { callLimit: null }, after: { callLimit: 2 } }),
      user('users.change', 'ana', { before: { role: 'agent' }, after: { role: 'manager' } }),
      {
        action: 'queues.create',
        subjectType: 'queue',
        subjectId: idOf('front-desk'),
        after: { name: 'Front desk' },
      },
      {
        action: 'users.bulk',
        subjectType: 'job',
        subjectId: jobId,
        after: { action: 'assignRole', total: 6 },
      },
      { action: 'users.invite', subjectType: 'user', subjectId: pendingId },
    ],
  );
}
