import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DirectoryData } from '../domain/directory-data.ts';
import {
  bodyPieces,
  decodeEntry,
  isSealed,
  longestHead,
  type Seal,
  startSeal,
  versionOfEntry,
} from './entry-format.ts';

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
  if (await isAsNew(path, data, seal)) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${data.organization.id}.${mark}`);
  try {
    await writeDraft(draft, data, seal);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The whole file is looked at only where its first line says that it is as new. */
async function isAsNew(path: string, data: DirectoryData, seal: Seal): Promise<boolean> {
  try {
    const version = versionOfEntry(await readStart(path));
    if (version === undefined || version < data.version) return false;
    return await isSealed(createReadStream(path), data.organization.id, seal);
  } catch {
    return false;
  }
}

async function readStart(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestHead), 0, longestHead, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

const lengthOfWrite = 64 * 1024;

/** Piece by piece: each write gives the event loop back. The first line, which has the seal, is written last. */
async function writeDraft(draft: string, data: DirectoryData, seal: Seal): Promise<void> {
  const sealing = startSeal(data, seal);
  const file = await open(draft, 'w', 0o600);
  try {
    await file.write(sealing.placeholder);
    let waiting = '';
    for (const piece of bodyPieces(data)) {
      sealing.update(piece);
      waiting += piece;
      if (waiting.length < lengthOfWrite) continue;
      await file.write(waiting);
      waiting = '';
    }
    await file.write(waiting);
    await file.write(sealing.head(), 0);
    await file.sync();
  } finally {
    await file.close();
  }
}
