import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { buildSecretBox } from '../../../../services/routing/calls/secret-box.ts';
import type { CallRecord } from '../../../../services/routing/live/call-record.ts';
import { RecordThread } from '../../../../services/routing/live/record-thread.ts';
import { RecordWriter } from '../../../../services/routing/live/record-writer.ts';
import { openSpill } from '../../../../services/routing/live/spill.ts';
import { inOrganization } from '../../../../services/storage/database.ts';
import { isRefused } from '../../../../services/storage/database-error.ts';
import type { TestDatabase } from '../../../support/database.ts';
import { temporaryFolder } from '../../../support/postgres.ts';
import { sharedDatabase } from '../../../support/shared-service.ts';

/** Records that another thread writes: what becomes of them when it cannot, and when it dies. */

async function office(): Promise<TestDatabase & { readonly organizationId: string }> {
  const found = await sharedDatabase();
  const id = randomUUID();
  const row = { id, slug: id, name: 'O', time_zone: 'UTC', default_country: 'US', sip_domain: 'o.example' };
  await inOrganization(found.database, id, (trx) => trx.insertInto('organization').values(row).execute());
  return { ...found, organizationId: id };
}

function begins(organizationId: string, callId: string): CallRecord {
  const data = {
    carrier: 'pbx',
    from: { kind: 'anonymous', value: null },
    to: { kind: 'extension', value: '201' },
    numberId: null,
    userId: null,
    queueId: null,
    day: '2026-11-24',
    directoryVersion: 1,
    validUntil: null,
    answeredBy: null,
    steps: [{ id: 's1', action: 'hangup' }],
    trace: [],
  } as const;
  return { organizationId, callId, event: { key: 'decided', at: 1_795_000_000_000, type: 'decided', data } };
}

async function callIds({ database }: TestDatabase, organizationId: string): Promise<readonly string[]> {
  const rows = await inOrganization(database, organizationId, (trx) =>
    trx.selectFrom('call').select('id').orderBy('id').execute(),
  );
  return rows.map(({ id }) => id);
}

test('what the thread says is written stands in the tables, and it says why something is not', async (t) => {
  const found = await office();
  const { organizationId } = found;
  const thread = new RecordThread({ databaseUrl: found.url });
  const many = Array.from({ length: 45 }, (_, index) => begins(organizationId, `c-${10 + index}`));
  await Promise.all([thread.write(organizationId, many), thread.write(organizationId, many.slice(0, 5))]);
  t.equal((await callIds(found, organizationId)).length, 45);
  const nowhere = randomUUID();
  const refused = await thread.write(nowhere, [begins(nowhere, 'c')]).catch((error: unknown) => error);
  t.ok(refused instanceof Error && isRefused(refused), 'there is no such organization', { refused });
  await thread.close();
  await thread.write(organizationId, [begins(organizationId, 'late')]);
  t.ok((await callIds(found, organizationId)).includes('late'), 'whoever comes after the end begins another');
  await thread.close();
});

test('a store that is not there is no fault of the records', async (t) => {
  const thread = new RecordThread({ databaseUrl: 'postgres://nobody@127.0.0.1:1/nothing' });
  const error = await thread.write('o', [begins('o', 'c')]).catch((reason: unknown) => reason);
  t.ok(error instanceof Error && !isRefused(error), 'it is tried again', { error });
  await thread.close();
});

test('a thread that dies takes nothing along', async (t) => {
  const found = await office();
  const { organizationId, url } = found;
  const folder = await temporaryFolder(t);
  const box = buildSecretBox(['the secret key of the tests: 32 characters'], randomBytes);
  const writer = (thread: RecordThread, mark: string) =>
    new RecordWriter({
      store: thread,
      spill: openSpill({ folder, box, mark, onError: (error) => t.error(error) }),
      onError: () => undefined,
    });
  const program = new URL(
    'data:text/javascript,await new Promise((go) => setTimeout(go, 50)); throw new Error()',
  );
  const dying = writer(new RecordThread({ databaseUrl: url, program }), 'one');
  dying.start();
  const status = { type: 'status', status: 'completed', durationSeconds: 1 } as const;
  for (let call = 0; call < 5; call += 1)
    dying.append({ carrier: 'pbx', organizationId, callId: `c-${call}`, at: 1_795_000_001_000, ...status });
  const deadline = performance.now() + 10_000;
  while (dying.counts().spilled < 5 && performance.now() < deadline) await sleep(10);
  await dying.close();
  t.match(dying.counts(), { spilled: 5, written: 0, dropped: 0 });

  const thread = new RecordThread({ databaseUrl: url });
  const next = writer(thread, 'two');
  next.start();
  while (next.counts().written < 5 && performance.now() < deadline + 10_000) await sleep(10);
  await next.close();
  t.match(next.counts(), { written: 5, dropped: 0 });
  const late = new RecordThread({ databaseUrl: url });
  await late.write(
    organizationId,
    [0, 1, 2, 3, 4].map((call) => begins(organizationId, `c-${call}`)),
  );
  await late.close();
  const { rows } = await inOrganization(found.database, organizationId, async (trx) => ({
    rows: await trx.selectFrom('call').select(['id', 'timeline']).orderBy('id').execute(),
    pending: await trx
      .selectFrom('call_event')
      .selectAll()
      .execute()
      .then((left) => t.same(left, [])),
  }));
  t.match(
    rows,
    [0, 1, 2, 3, 4].map((call) => ({ id: `c-${call}`, timeline: [{ type: 'status' }] })),
  );
});
