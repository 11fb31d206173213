import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { test } from 'tap';
import { type Database, inOrganization } from '../../services/storage/database.ts';
import { testDatabase } from '../support/database.ts';
import type { Doc } from '../support/factories.ts';
import type { TestService } from '../support/processes.ts';
import { apiKey, ask, openPlace, settings } from '../support/replicas.ts';
import { countChanges, twilioTwin, twinNumber } from '../support/twilio-rest.ts';

const account = { accountSid: `AC${'3'.repeat(32)}`, authToken: 'the-only-auth-token' };
const people = 75;

async function progress(
  service: TestService,
  id: unknown,
  isEnough: (job: Doc) => boolean,
  everyMs = 25,
): Promise<Doc> {
  for (let waited = 0; waited < 30_000; waited += everyMs) {
    const job = await ask(service, 'GET', `/jobs/${String(id)}?limit=1`);
    if (isEnough(job)) return job;
    await sleep(everyMs);
  }
  throw new Error('waited too long');
}

async function importPeople({ url }: TestService): Promise<Doc> {
  const lines = Array.from({ length: people }, (_, index) => `p${index}@acme.example,Person,N${index}`);
  const reply = await fetch(`${url}/v1/users/import?mode=rows`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'text/csv' },
    body: ['email,firstName,lastName', ...lines].join('\n'),
  });
  const job: Doc = JSON.parse(await reply.text());
  return job;
}

function count(database: Database, organizationId: string, from: string): Promise<number | undefined> {
  return inOrganization(database, organizationId, async (trx) => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::integer as count from ${sql.raw(from)}`.execute(trx);
    return rows[0]?.count;
  });
}

test('a process that dies in the middle of a job is followed by another', {
  buffered: true,
}, async (suite) => {
  const { database, url } = await testDatabase(suite);
  const twin = await twilioTwin(suite, [account]);
  const place = await openPlace(suite, {
    ...settings(url),
    LINEFINDER_TWILIO_API_URL: twin.url,
    TWILIO_ACCOUNT_SID: account.accountSid,
    TWILIO_AUTH_TOKEN: account.authToken,
    PUBLIC_URL: 'https://linefinder.example',
  });
  const { id: organizationId } = await ask(await place.running(), 'GET', '/organization');

  await suite.test('of an import: nobody is made twice', async (t) => {
    const first = await place.running();
    const { id } = await importPeople(first);
    const seen = await progress(first, id, (job) => Number(job.done) >= 25, 10);
    first.signal('SIGKILL');
    await first.exit();
    t.ok(Number(seen.done) < people, `killed after ${String(seen.done)}`);

    const second = await place.running();
    const ended = await progress(second, id, (job) => job.state === 'done');
    t.match(first.output(), /Password +[a-z0-9-]{15,}/, 'the first start shows a password');
    t.notMatch(second.output(), /Password/, 'the second none');
    t.match(ended, { total: people, done: people, failed: 0 });
    const counted = (from: string) => count(database, organizationId, from);
    t.equal(await counted(`"user" where email like 'p%@acme.example'`), people);
    t.equal(await counted(`activity where action = 'users.create'`), people, 'each is in the log once');
    t.equal(await counted(`mail_message where kind = 'invitation'`), people, 'each is invited once');
    t.equal(await counted(`job_row where code = 'created'`), people);
  });

  await suite.test('of webhooks: none is lost, and what was done is not done again', async (t) => {
    for (let index = 0; index < 60; index += 1) {
      const made = twinNumber(account.accountSid, index, `+1415555${String(2_000 + index)}`);
      twin.numbers.set(made.sid, made);
    }
    const first = await place.running();
    twin.silentAfter(23);
    const { job } = await ask(first, 'POST', '/numbers/sync', { setWebhooks: true });
    // Four fives are done and marked; three of the next were set, and nobody knows it but the carrier.
    await progress(first, job, ({ done }) => done === 20 && countChanges(twin).size === 23);
    first.signal('SIGKILL');
    await first.exit();
    twin.behave('well');

    const second = await place.running();
    t.match(await ask(second, 'GET', `/jobs/${String(job)}`), {
      state: 'running',
      total: 60,
      done: 20,
      failed: 0,
    });
    t.equal(countChanges(twin).size, 23, 'what is claimed is left alone');
    // As fifteen seconds would do.
    await inOrganization(database, organizationId, (trx) =>
      trx
        .updateTable('job')
        .set({ claimed_until: new Date(0) })
        .where('id', '=', String(job))
        .where('claimed_until', 'is not', null)
        .execute(),
    );
    await progress(second, job, ({ state }) => state === 'done');
    const ended = await ask(second, 'GET', `/jobs/${String(job)}`);
    t.match(ended, { total: 60, done: 60, failed: 0 });
    t.same(
      Array.isArray(ended.results) ? ended.results.filter((row) => row.state !== 'done') : undefined,
      [],
    );
    const counts = [...countChanges(twin).values()];
    t.equal(counts.length, 60, 'none is lost');
    t.same(
      counts.filter((one) => one > 1),
      [2, 2, 2],
      'no row that was marked is done again, and the three say the same twice',
    );
  });
});
