import type { Test } from 'tap';
import { readConfig } from '../../services/routing/config.ts';
import { buildLog } from '../../services/routing/log.ts';
import { openService } from '../../services/routing/service.ts';
import { StartProblem } from '../../services/routing/start-problem.ts';
import { temporaryFolder } from './postgres.ts';
import { type Environment, startProcess } from './processes.ts';

/** What must not start: the sentence by which it ends, without a stack and without what is secret. */
export async function checkSentence(
  t: Test,
  title: string,
  env: Environment,
  sentence: RegExp,
  end: (t: Test, env: Environment) => Promise<string>,
): Promise<void> {
  const output = await end(t, { PORT: '0', ...env, DATA_DIR: env.DATA_DIR ?? (await temporaryFolder(t)) });
  t.match(output, sentence, title);
  t.notMatch(output, /^\s+at |\bsecret-in-url\b/m, `${title}: no stack, no secret`);
}

/** As a process: what it wrote. */
export async function endOfProcess(t: Test, env: Environment): Promise<string> {
  const started = startProcess(t, 'services/routing/server.ts', { env });
  t.equal(await started.exit(90_000), 1, 'exit code');
  return started.output();
}

/** Without a process of its own: the reasons, and what was logged meanwhile. */
export async function endHere(_t: Test, env: Environment): Promise<string> {
  const read = readConfig(env);
  if (!read.ok) return read.problems.join('\n');
  const written: string[] = [];
  const log = buildLog({ write: (text) => void written.push(text) }, { readable: false });
  const options = { config: read.config, clock: { now: Date.now }, log, writeCalls: () => undefined };
  const opening = openService({ ...options, onFatal: () => undefined });
  const reason = await opening.then(
    async (service) => {
      await service.close();
      return 'it started';
    },
    (error: unknown) => (error instanceof StartProblem ? error.message : `no sentence: ${String(error)}`),
  );
  return `${reason}\n${written.join('')}`;
}
