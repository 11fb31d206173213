import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, StartProblem } from './start-problem.ts';

/** Makes DATA_DIR where it is missing, and finds out whether it can be written before anything depends on it. */
export async function prepareDataFolder(folder: string): Promise<void> {
  const probe = join(folder, `.write-${process.pid}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o711 });
    await writeFile(probe, '');
    await rm(probe, { force: true });
  } catch (error) {
    throw new StartProblem(
      `DATA_DIR: ${folder} cannot be written (${codeOf(error) ?? 'unknown error'}): give this user the right to, or set another DATA_DIR.`,
    );
  }
}

/** LINEFINDER_SECRET_KEY of the embedded database: made once, kept beside it, for this user alone. */
export async function keepSecretKey(folder: string): Promise<string> {
  const path = join(folder, 'secret-key');
  const present = await readKey(path);
  if (present !== undefined) return present;
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  // Fails where another process was faster: then its key is the one.
  await link(draft, path).catch(() => undefined);
  await rm(draft, { force: true });
  const kept = await readKey(path);
  if (kept === undefined) throw new StartProblem(`DATA_DIR: ${path} holds no key: restore it from a backup.`);
  return kept;
}

async function readKey(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new StartProblem(`DATA_DIR: ${path} cannot be read (${codeOf(error) ?? 'unknown error'}).`);
  });
  const key = text?.trim();
  if (key === undefined) return undefined;
  if (key.length < 32) throw new StartProblem(`DATA_DIR: ${path} is damaged: restore it from a backup.`);
  return key;
}
