import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DirectoryData } from '../domain/directory-data.ts';
import { decodeEntry, encodeEntry, type Seal, versionOfEntry } from './entry-format.ts';

/** The last-known-good directories: one file for each organization, read when no store answers. */
export type DirectoryDisk = {
  /** Undefined: no file, or one that cannot be trusted. */
  read(organizationId: string): Promise<DirectoryData | undefined>;
  /** Organizations that have a file. */
  list(): Promise<readonly string[]>;
  /** Kept unless the file is as new already. At most one write at a time for each organization: the newest waits. */
  write(data: DirectoryData): Promise<void>;
  /** Waits for writes under way. */
  close(): Promise<void>;
};

const fileName = /^([0-9a-f-]{36})\.json$/;

/** `folder` is made when the first file is written. `onError`: a full or read-only disk is no reason to stop. */
export function openDirectoryDisk(
  folder: string,
  seal: Seal,
  onError: (error: unknown) => void,
): DirectoryDisk {
  const writing = new Map<string, Promise<void>>();
  const waiting = new Map<string, DirectoryData>();
  let names = 0;

  async function drain(organizationId: string): Promise<void> {
    for (let data = waiting.get(organizationId); data !== undefined; data = waiting.get(organizationId)) {
      waiting.delete(organizationId);
      names += 1;
      await replaceIfNewer(folder, data, seal, `${process.pid}-${names}`).catch(onError);
    }
    writing.delete(organizationId);
  }

  return {
    async read(organizationId) {
      const text = await readFile(pathOf(folder, organizationId), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : decodeEntry(text, organizationId, seal);
    },
    async list() {
      const files = await readdir(folder).catch(() => []);
      return files.flatMap((file) => fileName.exec(file)?.[1] ?? []);
    },
    write(data) {
      const { id } = data.organization;
      const before = waiting.get(id);
      if (before === undefined || before.version < data.version) waiting.set(id, data);
      const running = writing.get(id);
      if (running !== undefined) return running;
      const started = drain(id);
      writing.set(id, started);
      return started;
    },
    async close() {
      await Promise.all(writing.values());
    },
  };
}

function pathOf(folder: string, organizationId: string): string {
  return join(folder, `${organizationId}.json`);
}

/** A reader sees the old file or the new one, whole: written beside it, flushed, then renamed. */
async function replaceIfNewer(folder: string, data: DirectoryData, seal: Seal, mark: string): Promise<void> {
  const path = pathOf(folder, data.organization.id);
  const present = await readFile(path, 'utf8').catch(() => '');
  const version = versionOfEntry(present);
  const trusted = version !== undefined && decodeEntry(present, data.organization.id, seal) !== undefined;
  if (trusted && version >= data.version) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${data.organization.id}.${mark}`);
  try {
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(encodeEntry(data, seal));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
