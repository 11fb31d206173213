import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  access,
  chown,
  lchown,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import type { EmbeddedBinaries } from './embedded-binaries.ts';
import { type Launcher, runProgram } from './embedded-launcher.ts';

/** The files of the embedded database in DATA_DIR. */
export type EmbeddedFiles = {
  /** The data of Postgres itself. */
  readonly data: string;
  /** Of the superuser `postgres`, mode 0600. The service's own role gets a new one at every start. */
  readonly password: string;
  readonly lock: string;
  /** Of the last start. */
  readonly log: string;
  readonly libraries: string;
};

export function embeddedFiles(dataDir: string): EmbeddedFiles {
  const at = (name: string): string => path.join(path.resolve(dataDir), name);
  return {
    data: at('postgres'),
    password: at('postgres.password'),
    lock: at('postgres.lock'),
    log: at('postgres.log'),
    libraries: at('postgres.lib'),
  };
}

export async function checkDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o711 });
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`DATA_DIR: ${path.resolve(dataDir)} cannot be written (${reason})`, { cause });
  }
}

/** Makes the data on the first start, in a folder that gets its name when it is complete. */
export async function prepareData(
  files: EmbeddedFiles,
  binaries: EmbeddedBinaries,
  launcher: Launcher,
): Promise<{ readonly superuserPassword: string }> {
  const major = await readIfThere(path.join(files.data, 'PG_VERSION'));
  if (major === undefined) return { superuserPassword: await initialize(files, binaries, launcher) };
  if (major.trim() !== binaries.major) {
    throw new Error(
      `DATA_DIR: the database in ${files.data} was made by PostgreSQL ${major.trim()}, and the one that is installed ` +
        `is ${binaries.major}. Dump it with the release that made it and load the dump, or move the folder away`,
    );
  }
  await giveTo(files.data, launcher.owner);
  return { superuserPassword: await takePassword(files) };
}

/** It comes with the data, so that of two first starts at once the one whose data stay has its password there too. */
const passwordWithData = 'superuser.password';

async function takePassword(files: EmbeddedFiles): Promise<string> {
  // Not there at a later start, or taken by another one.
  await rename(path.join(files.data, passwordWithData), files.password).catch(() => undefined);
  const password = await readIfThere(files.password);
  if (password === undefined) {
    throw new Error(`DATA_DIR: ${files.password} is missing, and without it ${files.data} cannot be opened`);
  }
  return password;
}

async function initialize(
  files: EmbeddedFiles,
  binaries: EmbeddedBinaries,
  launcher: Launcher,
): Promise<string> {
  await removeAbandoned(files.data);
  const folder = `${files.data}.new-${process.pid}`;
  const passwordFile = `${folder}.password`;
  try {
    await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
    await mkdir(folder, { mode: 0o700 });
    await giveTo(folder, launcher.owner);
    await giveTo(passwordFile, launcher.owner);
    const command = [
      binaries.initdb,
      '-D',
      folder,
      '-U',
      'postgres',
      `--pwfile=${passwordFile}`,
      ...initdbOptions,
    ];
    await runProgram(launcher, command, binaries.libraryPath);
    await rename(passwordFile, path.join(folder, passwordWithData));
    await rename(folder, files.data).catch(unlessThere);
  } catch (cause) {
    const output = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new Error(`DATA_DIR: no database could be made in ${files.data}: ${output}`, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(passwordFile, { force: true });
  }
  return takePassword(files);
}

/** Another first start was faster: its data are as good as ours. */
function unlessThere(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
}

/** A locale that is the same everywhere and knows the case of every letter; small files of the write-ahead log. */
const initdbOptions = [
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
  '--wal-segsize=4',
] as const;

/** First starts that were killed. */
async function removeAbandoned(data: string): Promise<void> {
  const prefix = `${path.basename(data)}.new-`;
  for (const name of await readdir(path.dirname(data))) {
    if (!name.startsWith(prefix) || isRunning(Number.parseInt(name.slice(prefix.length), 10))) continue;
    await rm(path.join(path.dirname(data), name), { recursive: true, force: true });
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Only root can, and only root needs to: after a start as another user, or as nobody. */
async function giveTo(file: string, owner: Launcher['owner']): Promise<void> {
  const { uid } = await stat(file);
  if (uid === owner.uid || process.getuid?.() !== 0) return;
  await chown(file, owner.uid, owner.gid);
  if (!(await stat(file)).isDirectory()) return;
  for (const name of await readdir(file, { recursive: true })) {
    await lchown(path.join(file, name), owner.uid, owner.gid);
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') {
      throw new Error(`DATA_DIR: ${file} belongs to another user: start as that one`, { cause: error });
    }
    throw error;
  }
}
