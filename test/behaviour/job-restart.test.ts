import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { test } from 'tap';
import { inOrganization } from '../../services/storage/database.ts';
import { testDatabase } from '../support/database.ts';
import type { Doc } from '../support/factories.ts';
import { startService } from '../support/processes.ts';

const key = 'the-api-key-of-the-settings';
const people = 120;

type Service = { readonly url: string };

async function ask(service: Service, path: string, csv?: string): Promise<Doc> {
  const reply = await fetch(`${service.url}/v1${path}`, {
    method: csv === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, ...(csv === undefined ? {} : { 'content-type': 'text/csv' }) },
    ...(csv === undefined ? {} : { body: csv }),
  });
  const answer: Doc = JSON.parse(await reply.text());
  return answer;
}

async function progress(service: Service, id: string, isEnough: (job: Doc) => boolean): Promise<Doc> {
  for (let tries = 0; tries < 3_000; tries += 1) {
    const job = await ask(service, `/jobs/${id}?limit=1`);
    if (isEnough(job)) return job;
    await sleep(10);
  }
  throw new Error('waited too long');
}

test('a process that dies in the middle of an import is followed by another, and nobody is made twice', async (t) => {
  const { database, url } = await testDatabase(t);
  const environment = {
    DATABASE_URL: url,
    LINEFINDER_SECRET_KEY: 'the secret key of the tests: 32 characters',
    LINEFINDER_BOOTSTRAP_API_KEY: key,
  };
  const lines = Array.from({ length: people }, (_, index) => `p${index}@acme.example,Person,N${index}`);
  const first = await startService(t, environment);
  const { id: organizationId } = await ask(first, '/organization');
  const file = ['email,firstName,lastName', ...lines].join('\n');
  const { id } = await ask(first, '/users/import?mode=rows', file);
  const seen = await progress(first, id, (job) => Number(job.done) >= 25);
  first.signal('SIGKILL');
  await first.exit();
  t.ok(Number(seen.done) < people, `killed after ${String(seen.done)}`);

  const second = await startService(t, environment);
  const ended = await progress(second, id, (job) => job.state === 'done');
  t.match(ended, { total: people, done: people, failed: 0 });
  const count = (from: string) =>
    inOrganization(database, organizationId, async (trx) => {
      const { rows } = await sql<{ count: number }>`
        select count(*)::integer as count from ${sql.raw(from)}`.execute(trx);
      return rows[0]?.count;
    });
  t.equal(await count(`"user" where email like 'p%@acme.example'`), people);
  t.equal(await count(`activity where action = 'users.create'`), people, 'each is in the log once');
  t.equal(await count(`mail_message where kind = 'invitation'`), people, 'each is invited once');
  t.equal(await count(`job_row where code = 'created'`), people);
});
