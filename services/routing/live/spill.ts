import { appendFile, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { SecretBox } from '../calls/secret-box.ts';
import type { CallRecord } from './call-record.ts';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/**
 * Records on the disk while the store does not take them. A line holds some of them, compressed and sealed: it says who
 * called whom. Whoever starts with the folder next finds what was left in it.
 */
export type Spill = {
  /** False: no room, on the disk or in what may be used of it; then nothing was written. */
  add(records: readonly CallRecord[]): Promise<boolean>;
  /**
   * Gives back what is there, line by line; a file is gone when all its lines were taken. Rejects as `write` does, and
   * begins with that file again the next time: whoever takes records knows those that it has.
   */
  drain(write: (records: readonly CallRecord[]) => Promise<void>): Promise<void>;
};

export type SpillOptions = {
  readonly folder: string;
  readonly box: Pick<SecretBox, 'encrypt' | 'decrypt'>;
  /** Of this process alone: two that share a folder never write to one file. */
  readonly mark: string;
  readonly mostBytes?: number;
  /** A full disk; a line that no key opens. */
  readonly onError: (error: unknown, what: string) => void;
};

type Write = (records: readonly CallRecord[]) => Promise<void>;

const context = 'call records';
const defaultMostBytes = 256 * 1024 * 1024;
/** A file is read as a whole. */
const bytesOfFile = 4 * 1024 * 1024;

/** Makes the folder when the first record needs it. */
export function openSpill(options: SpillOptions): Spill {
  const { folder, box, mark, onError, mostBytes = defaultMostBytes } = options;
  let number = 0;
  let written = 0;
  // One after the other: the end of a file is told by what was added to it.
  let adding: Promise<unknown> = Promise.resolve();

  function nextFile(): void {
    number += 1;
    written = 0;
  }

  async function addLine(records: readonly CallRecord[]): Promise<boolean> {
    try {
      const line = await pack(box, records);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if ((await bytesIn(folder)) + line.length > mostBytes) return false;
      if (written + line.length > bytesOfFile) nextFile();
      written += line.length;
      // On the disk before it is forgotten in memory.
      await appendFile(join(folder, `${mark}-${number}.jsonl`), line, { mode: 0o600, flush: true });
      return true;
    } catch (error) {
      onError(error, 'call records could not be kept on disk');
      // Half a line may stand at its end.
      nextFile();
      return false;
    }
  }

  async function drainFile(file: string, write: Write): Promise<void> {
    // Another process that shares the folder may be writing to its own: what it adds from now on is a new file.
    const isOwn = file.startsWith(mark) || file.startsWith('taken-');
    const path = join(folder, isOwn ? file : `taken-${file}`);
    if (!isOwn && !(await isMoved(join(folder, file), path))) return;
    const lines = (await readFile(path, 'utf8')).split('\n');
    // What stands behind the last end of a line was cut off by a crash, and never said to be kept.
    lines.pop();
    let isWhole = true;
    for (const line of lines) {
      const records = await unpack(box, line);
      if (records === undefined) isWhole = false;
      else await write(records);
    }
    if (isWhole) return rm(path, { force: true });
    // Kept aside for whoever brings the key back and gives it its name again.
    onError(new Error(`no key opens all of ${file}`), 'call records on disk cannot be read');
    await rename(path, `${path}.unreadable`);
  }

  return {
    add(records) {
      const added = adding.then(() => addLine(records));
      adding = added;
      return added;
    },
    async drain(write) {
      nextFile();
      await adding;
      const own = `${mark}-${number}.jsonl`;
      for (const file of await listFiles(folder)) if (file !== own) await drainFile(file, write);
    },
  };
}

async function pack(box: SpillOptions['box'], records: readonly CallRecord[]): Promise<string> {
  const packed = await deflate(JSON.stringify(records));
  return `${box.encrypt(packed.toString('base64'), context)}\n`;
}

/** Undefined: no key of ours opens it. */
async function unpack(box: SpillOptions['box'], line: string): Promise<readonly CallRecord[] | undefined> {
  const packed = box.decrypt(line, context);
  if (packed === undefined) return undefined;
  const text = (await inflate(Buffer.from(packed, 'base64'))).toString('utf8');
  const records: readonly CallRecord[] = JSON.parse(text);
  return records;
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch(() => []);
  return files.filter((file) => file.endsWith('.jsonl')).sort();
}

/** False: another process was quicker. */
async function isMoved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch {
    return false;
  }
}

async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map((file) => stat(join(folder, file)).catch(() => undefined)));
  return sizes.reduce((sum, found) => sum + (found?.size ?? 0), 0);
}
