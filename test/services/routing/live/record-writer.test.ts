import { randomBytes, randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { test } from 'tap';
import type { CallLogEntry } from '../../../../services/routing/calls/call-log.ts';
import { buildSecretBox } from '../../../../services/routing/calls/secret-box.ts';
import { resolve } from '../../../../services/routing/domain/resolve.ts';
import { buildRecordStore } from '../../../../services/routing/live/record-store.ts';
import { RecordWriter } from '../../../../services/routing/live/record-writer.ts';
import { openSpill, type Spill } from '../../../../services/routing/live/spill.ts';
import { inOrganization, openDatabase } from '../../../../services/storage/database.ts';
import { buildTestApp, type TestApp } from '../../../support/app.ts';
import type { Teardown } from '../../../support/database.ts';
import { temporaryFolder } from '../../../support/postgres.ts';

/** From the answer of a call to its record. */

function decided({ directories, organizationId }: TestApp, callId: string): CallLogEntry {
  const directory = directories.get(organizationId)?.directory;
  if (directory === undefined) throw new Error('no directory');
  const call = {
    callId,
    from: { kind: 'number', number: '+12125550142' },
    to: { kind: 'extension', extension: [...directory.extensions.keys()][0] ?? '' },
  } as const;
  const at = Date.now();
  const decision = resolve(directory, call, at);
  return {
    carrier: 'pbx',
    organizationId,
    callId,
    at,
    type: 'decided',
    call,
    decision,
    directory,
  };
}

async function disk(
  t: Teardown,
  mostBytes?: number,
): Promise<{ readonly folder: string; readonly spill: Spill }> {
  const folder = await temporaryFolder(t);
  const bounded = mostBytes === undefined ? {} : { mostBytes };
  const box = buildSecretBox(['the secret key of the tests: 32 characters'], randomBytes);
  return { folder, spill: openSpill({ folder, box, mark: 'one', onError: () => undefined, ...bounded }) };
}

/** Those that the test told. */
async function countCalls({ database, organizationId }: TestApp, prefix: string): Promise<number> {
  const { calls } = await inOrganization(database, organizationId, (trx) =>
    trx
      .selectFrom('call')
      .select((eb) => eb.fn.countAll<number>().as('calls'))
      .where('id', 'like', `${prefix}-%`)
      .executeTakeFirstOrThrow(),
  );
  return calls;
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo() && performance.now() < deadline) await sleep(10);
}

test('with the store and the disk away it keeps what memory may hold, and counts the rest', async (t) => {
  const nowhere = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing', connectTimeoutMs: 50 });
  t.after(() => nowhere.close());
  const writer = new RecordWriter({
    store: buildRecordStore(nowhere),
    spill: (await disk(t, 0)).spill,
    onError: () => undefined,
  });
  const place = { carrier: 'pbx', organizationId: randomUUID(), callId: 'c', at: 1 } as const;
  const entry = { ...place, type: 'status', status: 'ended', durationSeconds: null } as const;
  for (let call = 0; call < 25_000; call += 1) writer.append(entry);
  t.match(writer.counts(), { waiting: 20_000, dropped: 5_000 });
  await writer.close();
});

test('what a call leaves comes to its record', async (suite) => {
  const office = await buildTestApp(suite);

  await suite.test('all that was taken is written before the end', async (t) => {
    const writer = new RecordWriter({
      store: buildRecordStore(office.database),
      spill: (await disk(t)).spill,
      onError: (error) => t.error(error),
    });
    writer.start();
    const before = performance.now();
    for (let call = 0; call < 1_200; call += 1) writer.append(decided(office, `all-${call}`));
    t.comment(`taken in ${(performance.now() - before).toFixed(1)} ms, with the decisions`);
    await writer.close();
    t.equal(await countCalls(office, 'all'), 1_200);
    t.match(writer.counts(), { written: 1_200, waiting: 0, spilled: 0, dropped: 0 });
  });

  await suite.test('one that no store will ever take is counted, and the others are written', async (t) => {
    const errors: string[] = [];
    const writer = new RecordWriter({
      store: buildRecordStore(office.database),
      spill: (await disk(t)).spill,
      onError: (_error, what) => void errors.push(what),
    });
    for (let call = 0; call < 9; call += 1) writer.append(decided(office, `lost-${call}`));
    const { at } = decided(office, 'lost-9');
    const place = { carrier: 'pbx', organizationId: office.organizationId, at } as const;
    // A leg of somebody whose id is none.
    const wrong = { type: 'leg', userId: 'nobody', legId: 'l', state: 'ringing', outcome: null } as const;
    writer.append({ ...place, callId: 'lost-4', ...wrong });
    writer.append({ ...decided(office, 'gone'), organizationId: randomUUID() });
    await writer.close();
    t.equal(await countCalls(office, 'lost'), 9);
    t.match(writer.counts(), { written: 9, dropped: 2 });
    t.strictSame(errors, ['a call record was lost', 'a call record was lost']);
  });

  await suite.test('what went to the disk is written when the store is back', async (t) => {
    const nowhere = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing', connectTimeoutMs: 50 });
    t.after(() => nowhere.close());
    const { folder, spill } = await disk(t);
    const ports = { store: buildRecordStore(nowhere), spill, onError: () => undefined };
    const first = new RecordWriter(ports);
    first.start();
    for (let call = 0; call < 20; call += 1) first.append(decided(office, `disk-${call}`));
    await until(() => first.counts().spilled === 20);
    await first.close();
    t.equal((await readdir(folder)).length, 1);
    const second = new RecordWriter({ ...ports, store: buildRecordStore(office.database) });
    second.start();
    await until(() => second.counts().written === 20);
    await second.close();
    t.equal(await countCalls(office, 'disk'), 20);
    t.strictSame(await readdir(folder), []);
  });

  await suite.test('a schema that is behind is no reason to lose a record', async (t) => {
    const { spill } = await disk(t);
    const rename = (from: string, to: string) =>
      sql`alter table ${sql.table(from)} rename to ${sql.table(to)}`.execute(office.database.kysely);
    await rename('call_event', 'call_event_later');
    const writer = new RecordWriter({
      store: buildRecordStore(office.database),
      spill,
      onError: () => undefined,
    });
    writer.start();
    writer.append(decided(office, 'behind-1'));
    await until(() => writer.counts().spilled === 1);
    await rename('call_event_later', 'call_event');
    await until(() => writer.counts().written === 1);
    await writer.close();
    t.equal(await countCalls(office, 'behind'), 1);
    t.match(writer.counts(), { dropped: 0 });
  });
});
