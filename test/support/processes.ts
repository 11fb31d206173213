import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Teardown } from './database.ts';
import { compileCache, temporaryFolder } from './postgres.ts';

/** A program of the service as a process of its own, to be frozen and killed. */
export type TestProcess = {
  readonly pid: number;
  /** What it wrote so far, both streams. */
  output(): string;
  /** Resolves with the match when the output matches; throws with the whole output when it ends before, or is late. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  hasEnded(): boolean;
  /** Its exit code, or the name of the signal that ended it. */
  exit(timeoutMs?: number): Promise<number | NodeJS.Signals>;
};

export type TestService = TestProcess & {
  /** http://127.0.0.1:port */
  readonly url: string;
  readonly port: number;
};

export type Environment = { readonly [name: string]: string };

const repository = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Tap makes every Node that a test starts take notes of all the modules it loads: a fifth of a start. They are of use
 * for the coverage only.
 */
const unobserved =
  process.env._TAPJS_PROCESSINFO_COVERAGE_ === '0' ? ['/usr/bin/env', '-u', 'NODE_OPTIONS'] : [];

/**
 * services/routing/server.ts on a free port, ready. Without DATA_DIR in `env` it gets a folder of its own. Killed when
 * `t` ends.
 */
export async function startService(t: Teardown, env: Environment = {}): Promise<TestService> {
  const dataDir = env.DATA_DIR ?? (await temporaryFolder(t));
  return whenReady(
    startProcess(t, 'services/routing/server.ts', { env: toServe({ ...env, DATA_DIR: dataDir }) }),
  );
}

/** As the README has it. The process is npm's, and the service is its child. */
export function startByNpm(
  t: Teardown,
  env: Environment & { readonly DATA_DIR: string },
): Promise<TestService> {
  const quiet = { npm_config_update_notifier: 'false' };
  return whenReady(launch(t, 'npm', ['start'], repository, { ...quiet, ...toServe(env) }));
}

function toServe(env: Environment): Environment {
  return { PORT: '0', HOST: '127.0.0.1', ...env };
}

async function whenReady(service: TestProcess): Promise<TestService> {
  const [, url = '', port = ''] = await service.waitFor(/(http:\/\/127\.0\.0\.1:(\d+))/, 60_000);
  return { ...service, url, port: Number(port) };
}

/** Runs a TypeScript file of the repository; nothing of the test's own environment comes along but the PATH and the compile cache. */
export function startProcess(
  t: Teardown,
  file: string,
  options: { readonly args?: readonly string[]; readonly env?: Environment; readonly cwd?: string } = {},
): TestProcess {
  const [command = '', ...args] = [...unobserved, process.execPath, path.resolve(repository, file)];
  return launch(t, command, [...args, ...(options.args ?? [])], options.cwd ?? repository, options.env ?? {});
}

function launch(
  t: Teardown,
  command: string,
  args: readonly string[],
  cwd: string,
  env: Environment,
): TestProcess {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH, ...compileCache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started = watch(child);
  t.after(async () => {
    if (hasEnded(child)) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  });
  return started;
}

function watch(child: ChildProcess): TestProcess {
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      written += text;
      child.emit('written');
    });
  }
  return {
    pid: child.pid ?? 0,
    output: () => written,
    waitFor: (pattern, timeoutMs = 30_000) =>
      waitFor(
        child,
        () => pattern.exec(written),
        () => written,
        timeoutMs,
      ),
    signal: (name) => {
      child.kill(name);
    },
    hasEnded: () => hasEnded(child),
    exit: async (timeoutMs = 30_000) => {
      if (!hasEnded(child)) await once(child, 'close', { signal: AbortSignal.timeout(timeoutMs) });
      return child.signalCode ?? child.exitCode ?? 0;
    },
  };
}

async function waitFor(
  child: ChildProcess,
  find: () => RegExpExecArray | null,
  output: () => string,
  timeoutMs: number,
): Promise<RegExpExecArray> {
  const deadline = AbortSignal.timeout(timeoutMs);
  for (;;) {
    const found = find();
    if (found !== null) return found;
    if (hasEnded(child) || deadline.aborted) {
      throw new Error(`${hasEnded(child) ? 'ended' : 'waited too long'}; it wrote:\n${output()}`);
    }
    const more = new AbortController();
    const signal = AbortSignal.any([deadline, more.signal]);
    // Whichever comes first; a late one is looked at in the next turn.
    await Promise.race([once(child, 'written', { signal }), once(child, 'close', { signal })]).catch(
      () => undefined,
    );
    more.abort();
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
