import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './postgres.ts';

const run = promisify(execFile);

/** A Redis server to start, with what it needs in its environment. */
export type RedisBinary = { readonly command: string; readonly env: { readonly [name: string]: string } };

const debianPackages = ['redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];

let found: Promise<RedisBinary> | undefined;

/** On the PATH, else unpacked from Debian packages into .cache/ (6 s once, no root needed), else an error with remedies. */
export function findRedisBinary(): Promise<RedisBinary> {
  found ??= find();
  return found;
}

async function find(): Promise<RedisBinary> {
  for (const command of ['redis-server', 'valkey-server']) {
    if (await works(command, ['--version'], {})) return { command, env: {} };
  }
  const folder = path.join(cacheFolder, 'redis');
  try {
    await access(folder);
  } catch {
    await unpackFromDebian(folder);
  }
  const binary = await unpacked(folder);
  if (!(await works(binary.command, ['--version'], binary.env))) {
    throw new Error(noRedis(`${binary.command} does not run here; delete ${folder} to try again`));
  }
  return binary;
}

function noRedis(reason: string): string {
  return (
    `No Redis for the tests (${reason}). One of three: set TEST_REDIS_URL to a Redis that may be written to; ` +
    'install redis-server or valkey-server; or run on Debian or Ubuntu with a package mirror that answers'
  );
}

async function unpackFromDebian(folder: string): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const draft = await mkdtemp(path.join(cacheFolder, 'redis.new-'));
  try {
    await download(draft);
    for (const name of await readdir(draft)) {
      if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', name, 'root'], { cwd: draft });
    }
    // The program looks at its own name: as redis-check-rdb it checks files, under any other it serves.
    await symlink('redis-check-rdb', path.join(draft, 'root/usr/bin/redis-server'));
    // Another test file may have been faster.
    await rename(path.join(draft, 'root'), folder).catch(() => undefined);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
    throw new Error(noRedis(reason), { cause: error });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** With the package lists that are there; where there are none, with private ones. */
async function download(folder: string): Promise<void> {
  try {
    await run('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', ...debianPackages], { cwd: folder });
  } catch {
    const lists = path.join(folder, 'lists');
    const cache = path.join(folder, 'cache');
    await mkdir(path.join(lists, 'partial'), { recursive: true });
    await mkdir(path.join(cache, 'archives/partial'), { recursive: true });
    const options = ['APT::Sandbox::User=root', `Dir::State::lists=${lists}`, `Dir::Cache=${cache}`];
    const flags = options.flatMap((option) => ['-o', option]);
    await run('apt-get', [...flags, 'update'], { cwd: folder, timeout: 120_000 });
    await run('apt-get', [...flags, 'download', ...debianPackages], { cwd: folder, timeout: 120_000 });
  }
}

async function unpacked(folder: string): Promise<RedisBinary> {
  const libraries = path.join(folder, 'usr/lib');
  const found = [libraries];
  for (const name of await readdir(libraries)) {
    if (name.endsWith('-linux-gnu')) found.push(path.join(libraries, name));
  }
  return { command: path.join(folder, 'usr/bin/redis-server'), env: { LD_LIBRARY_PATH: found.join(':') } };
}

async function works(command: string, args: readonly string[], env: RedisBinary['env']): Promise<boolean> {
  try {
    await run(command, [...args], { env: { ...process.env, ...env } });
    return true;
  } catch {
    return false;
  }
}
