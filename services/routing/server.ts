import { once } from 'node:events';
import { createServer } from 'node:net';
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import packageFile from '../../package.json' with { type: 'json' };
import { type Config, readConfig } from './config.ts';
import { buildLineWriter, buildLog } from './log.ts';
import { readyMessage } from './ready-message.ts';
import type { Service } from './service.ts';
import { reasonOf, StartProblem, toListenProblem } from './start-problem.ts';

/**
 * The only entry with side effects: settings, then everything else in order, then the end with grace. A wrong setting
 * ends the process with exit code 1 and a sentence for each.
 */
const destination = pino.destination({ dest: 1, sync: false });
const readable = process.stdout.isTTY === true;
const log = buildLog(destination, { readable });
const clock = { now: Date.now };
const writeCalls = buildLineWriter(destination, { readable, now: clock.now });
/** Running requests have the time of a carrier's patience; then the process ends all the same. */
const graceMs = 15_000;

async function main(): Promise<void> {
  const read = readConfig();
  if (!read.ok) return end(read.problems);
  const config = await choosePort(read.config);
  // Reading the rest takes half a second: a setting that is wrong shows before.
  const { openService } = await import('./service.ts');
  let opening: Promise<Service> | undefined;
  let fatal: unknown;
  const closer = closeWithGrace(
    { delay: graceMs, logger: false, skip: ['beforeExit'] },
    async ({ signal, err }) => {
      fatal ??= err;
      if (fatal === undefined) log.info({ signal }, 'the service ends');
      else log.fatal({ err: fatal }, 'the service ends');
      // Also a start that is under way is brought to its end, so that it leaves nothing half made.
      await (await opening?.catch(() => undefined))?.close();
      flush();
      if (fatal !== undefined) throw fatal;
    },
  );
  const onFatal = (error: unknown): void => {
    fatal = error;
    void closer.close();
  };
  opening = openService({ config, clock, log, writeCalls, onFatal });
  const service = await opening;
  process.stdout.write(`\n${readyMessage(service, packageFile.version)}\n`);
}

/** With PORT=0 the port is chosen here, because PUBLIC_URL is made from it. Also a port that is taken shows here first. */
async function choosePort(config: Config): Promise<Config> {
  const { host, port } = config;
  const probe = createServer();
  try {
    probe.listen({ host, port });
    await once(probe, 'listening');
    const address = probe.address();
    if (port !== 0 || address === null || typeof address === 'string') return config;
    const publicUrl = config.publicUrl.replace(/:0$/, `:${address.port}`);
    return { ...config, port: address.port, publicUrl };
  } catch (error) {
    throw toListenProblem(error, host, port) ?? error;
  } finally {
    if (probe.listening) {
      probe.close();
      await once(probe, 'close');
    }
  }
}

/** Tells every reason, without a stack, and ends. */
function end(reasons: readonly string[]): void {
  flush();
  process.stderr.write(`Linefinder does not start:\n${reasons.map((text) => `  ${text}\n`).join('')}`);
  process.exit(1);
}

/** The log is written behind; what is still to come must not be lost with the process. */
function flush(): void {
  try {
    destination.flushSync();
  } catch {
    // Nobody reads it any more.
  }
}

main().catch((error: unknown) => {
  if (!(error instanceof StartProblem)) log.fatal({ err: error }, 'Linefinder does not start');
  end([error instanceof StartProblem ? error.message : reasonOf(error)]);
});
