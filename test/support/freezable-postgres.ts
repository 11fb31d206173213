import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Teardown } from './database.ts';
import { ownPostgres } from './postgres.ts';

export type FreezablePostgres = {
  readonly url: string;
  readonly superuserUrl: string;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
};

/** A server of the test's own that can be frozen with every process that serves a connection. */
export async function freezablePostgres(t: Teardown): Promise<FreezablePostgres> {
  const server = await ownPostgres(t);
  const file = await readFile(join(server.dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  const main = Number(file.split('\n')[0]);
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    for (const pid of [main, ...(await childrenOf(main))]) signalIfThere(pid, name);
  };
  t.after(() => signal('SIGCONT'));
  const { url, superuserUrl } = server;
  return { url, superuserUrl, freeze: () => signal('SIGSTOP'), thaw: () => signal('SIGCONT') };
}

/** A worker may have ended since it was listed. */
function signalIfThere(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (Reflect.get(Object(error), 'code') !== 'ESRCH') throw error;
  }
}

async function childrenOf(parent: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const isChild = async (pid: number): Promise<boolean> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return status.includes(`\nPPid:\t${parent}\n`);
  };
  const marks = await Promise.all(pids.map(isChild));
  return pids.filter((_pid, index) => marks[index]);
}
