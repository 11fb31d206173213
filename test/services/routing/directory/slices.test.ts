import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { benchDirectory } from '../../../../bench/directory.ts';
import { openDirectoryDisk } from '../../../../services/routing/directory/disk.ts';
import { bodyPieces, encodeEntry, isSealed } from '../../../../services/routing/directory/entry-format.ts';
import { inSlices } from '../../../../services/routing/directory/slices.ts';
import { compileDirectory, compileInSteps } from '../../../../services/routing/domain/directory.ts';
import { temporaryFolder } from '../../../support/postgres.ts';

const seal = { keys: ['the key of the house, 32 characters long'] };

/** Turns of the event loop that others had. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let running = true;
  const count = (): void => {
    turns += 1;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  await work();
  running = false;
  return turns;
}

test('calls are answered while a large directory is compiled, and it is the same directory', async (t) => {
  const data = benchDirectory(20_000);
  let directory = compileDirectory(benchDirectory(1));
  const turns = await turnsDuring(async () => {
    directory = await inSlices(compileInSteps(data));
  });
  t.ok(turns >= 3, `${turns} turns`);
  const whole = compileDirectory(data);
  t.equal(directory.users.size, 20_000);
  t.strictSame([...directory.extensions], [...whole.extensions]);
  t.equal(directory.numbers.size, whole.numbers.size);
  t.ok(data.numbers.every(({ number }) => directory.numbers.get(number)?.data.number === number));
});

test('calls are answered while the file is written and looked at', async (t) => {
  const folder = await temporaryFolder(t);
  const disk = openDirectoryDisk(folder, seal, t.error);
  const data = benchDirectory(5_000);
  t.ok((await turnsDuring(() => disk.write(data))) >= 10);
  const path = join(folder, `${data.organization.id}.json`);
  t.equal(await readFile(path, 'utf8'), encodeEntry(data, seal), 'the pieces are one entry');
  t.ok(await isSealed(createReadStream(path), data.organization.id, seal));
  t.notOk(await isSealed(createReadStream(path, { start: 0, end: 5_000 }), data.organization.id, seal));
  t.notOk(await isSealed(createReadStream(path), data.organization.id, { keys: ['another key'] }));
});

test('the pieces of a directory are its JSON', async (t) => {
  for (const size of [1, 199, 200, 201, 450]) {
    const data = benchDirectory(size);
    t.equal([...bodyPieces(data)].join(''), JSON.stringify(data), `${size} users`);
  }
});
