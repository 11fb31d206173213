import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { openDirectoryDisk } from '../../../../services/routing/directory/disk.ts';
import { directoryData } from '../../../support/directory.ts';
import { temporaryFolder } from '../../../support/postgres.ts';

const seal = { keys: ['the key of the house, 32 characters long'] };
const at = (version: number) => ({ ...directoryData({}), version });
const id = at(1).organization.id;

test('the last known directory is kept for this user alone, whole, and found again', async (t) => {
  const folder = join(await temporaryFolder(t), 'directory');
  const errors: unknown[] = [];
  const disk = openDirectoryDisk(folder, seal, (error) => errors.push(error));
  t.equal(await disk.read(id), undefined, 'before there is one');
  t.strictSame(await disk.list(), []);
  await disk.write(at(3));
  t.equal((await disk.read(id))?.version, 3);
  t.strictSame(await disk.list(), [id]);
  t.equal((await stat(join(folder, `${id}.json`))).mode & 0o777, 0o600);
  t.strictSame(await readdir(folder), [`${id}.json`], 'no draft is left');
  t.strictSame(errors, []);
});

test('an older version never replaces a newer one, from however many writers', async (t) => {
  const folder = await temporaryFolder(t);
  const one = openDirectoryDisk(folder, seal, t.error);
  const other = openDirectoryDisk(folder, seal, t.error);
  await one.write(at(5));
  await other.write(at(4));
  t.equal((await one.read(id))?.version, 5);
  await Promise.all([1, 9, 2, 8, 6].map((version) => one.write(at(version))));
  t.equal((await other.read(id))?.version, 9);
});

test('a damaged file is none, and is replaced', async (t) => {
  const folder = await temporaryFolder(t);
  const disk = openDirectoryDisk(folder, seal, t.error);
  await disk.write(at(5));
  const path = join(folder, `${id}.json`);
  await writeFile(path, (await readFile(path, 'utf8')).slice(0, -10));
  t.equal(await disk.read(id), undefined);
  await disk.write(at(4));
  t.equal((await disk.read(id))?.version, 4);
});

test('a disk that cannot be written is told of, and stops nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  await chmod(file, 0o600);
  const errors: unknown[] = [];
  const disk = openDirectoryDisk(join(file, 'directory'), seal, (error) => errors.push(error));
  await disk.write(at(1));
  t.equal(errors.length, 1);
});
