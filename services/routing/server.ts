import { once } from 'node:events';
import { createServer } from 'node:net';
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import packageFile from '../../package.json' with { type: 'json' };
import { type Config, readConfig } from './config.ts';
import { buildLog } from './log.ts';
import { readyMessage } from './ready-message.ts';
import { openService, type Service } from './service.ts';
import { StartProblem, toListenProblem } from './start-problem.ts';

/**
 * The only entry with side effects: settings, then everything else in order, then the end with grace. A wrong setting
 * ends the process with exit code 1 and a sentence for each.
 */
const log = buildLog(pino.destination({ dest: 1, sync: false }), { readable: process.stdout.isTTY === true });
const clock = { now: Date.now };
/** Running requests have the time of a carrier's patience; then the process ends all the same. */
const graceMs = 15_000;

async function main(): Promise<void> {
  const read = readConfig();
  if (!read.ok) return refuse(read.problems);
  const config = await choosePort(read.config);
  let service: Service | undefined;
  const closer = closeWithGrace({ delay: graceMs, logger: false }, async ({ signal, err }) => {
    if (err !== undefined) log.fatal({ err }, 'the service ends');
    else log.info({ signal }, 'the service ends');
    await service?.close();
    log.flush();
  });
  const onFatal = (error: unknown): void => {
    process.exitCode = 1;
    if (error instanceof StartProblem) process.stderr.write(`${error.message}\n`);
    closer.close();
  };
  service = await openService({ config, clock, log, onFatal });
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

function refuse(problems: readonly string[]): void {
  process.stderr.write(`Linefinder does not start:\n${problems.map((text) => `  ${text}\n`).join('')}`);
  process.exitCode = 1;
}

main().catch((error: unknown) => {
  if (error instanceof StartProblem) refuse([error.message]);
  else {
    log.fatal({ err: error }, 'Linefinder does not start');
    log.flush();
    process.exitCode = 1;
  }
  setTimeout(() => process.exit(1), 500).unref();
});
