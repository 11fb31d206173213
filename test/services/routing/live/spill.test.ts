import { randomBytes } from 'node:crypto';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { buildSecretBox } from '../../../../services/routing/calls/secret-box.ts';
import type { CallRecord } from '../../../../services/routing/live/call-record.ts';
import { openSpill } from '../../../../services/routing/live/spill.ts';
import type { Teardown } from '../../../support/database.ts';
import { temporaryFolder } from '../../../support/postgres.ts';

/** Records on the disk while no store takes them. */

const box = buildSecretBox(['the secret key of the tests: 32 characters'], randomBytes);

function record(callId: string): CallRecord {
  const data = { status: 'completed', durationSeconds: 9 };
  return { organizationId: 'o', callId, event: { key: 'status:completed', at: 1, type: 'status', data } };
}

async function open(t: Teardown, mostBytes?: number) {
  const folder = join(await temporaryFolder(t), 'calls');
  const errors: string[] = [];
  const process = (mark: string, seal = box) =>
    openSpill({
      folder,
      box: seal,
      mark,
      ...(mostBytes === undefined ? {} : { mostBytes }),
      onError: (_error, what) => void errors.push(what),
    });
  return { folder, errors, process };
}

async function drained(spill: ReturnType<typeof openSpill>): Promise<readonly string[]> {
  const ids: string[] = [];
  await spill.drain(async (records) => void ids.push(...records.map(({ callId }) => callId)));
  return ids.sort();
}

test('what was put there comes back once, also to the next process', async (t) => {
  const { folder, process } = await open(t);
  const first = process('one');
  t.ok(await first.add([record('a'), record('b')]));
  t.ok(await first.add([record('c')]));
  t.strictSame(await drained(process('two')), ['a', 'b', 'c']);
  t.strictSame(await drained(first), []);
  t.ok(await first.add([record('d')]), 'a process whose file was taken begins another');
  t.strictSame(await drained(first), ['d']);
  t.strictSame(await readdir(folder), []);
});

test('what is added while records are taken is not lost with the file', async (t) => {
  const { process } = await open(t);
  const spill = process('one');
  await spill.add([record('a')]);
  const ids: string[] = [];
  await spill.drain(async (records) => {
    ids.push(...records.map(({ callId }) => callId));
    await spill.add([record('late')]);
  });
  t.strictSame(ids, ['a']);
  t.strictSame(await drained(spill), ['late']);
});

test('whoever cannot take all of it gets all of it again', async (t) => {
  const { process } = await open(t);
  const spill = process('one');
  await spill.add([record('a')]);
  await spill.add([record('b')]);
  let taken = 0;
  const once = spill.drain(async () => {
    taken += 1;
    if (taken === 2) throw new Error('down again');
  });
  await t.rejects(once, { message: 'down again' });
  t.strictSame(await drained(spill), ['a', 'b']);
});

test('a line that a crash cut off is passed over, the others are there', async (t) => {
  const { folder, process } = await open(t);
  const spill = process('one');
  await spill.add([record('a')]);
  const [file = ''] = await readdir(folder);
  const line = await readFile(join(folder, file), 'utf8');
  await appendFile(join(folder, file), line.slice(0, 40));
  t.strictSame(await drained(process('two')), ['a']);
});

test('what no key opens is kept aside, and said', async (t) => {
  const { folder, errors, process } = await open(t);
  await process('one').add([record('a')]);
  const other = buildSecretBox(['another secret key of 32 characters'], randomBytes);
  t.strictSame(await drained(process('two', other)), []);
  t.match(await readdir(folder), [/unreadable$/]);
  t.strictSame(errors, ['call records on disk cannot be read']);
});

test('no more than its share of the disk is used, and a disk that takes nothing is no reason to fail', async (t) => {
  const small = await open(t, 300);
  const spill = small.process('one');
  t.equal(await spill.add([record('a')]), true);
  t.equal(await spill.add([record('b')]), false);
  t.strictSame(await drained(spill), ['a']);
  t.equal(await spill.add([record('c')]), true, 'room again');

  const none = await open(t);
  await writeFile(none.folder, 'a file where the folder should be');
  t.equal(await none.process('one').add([record('a')]), false);
  t.strictSame(none.errors, ['call records could not be kept on disk']);
});
