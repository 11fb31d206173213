import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpuMicroseconds, type Load, openLoad } from './load.ts';

/**
 * Compares servers in one run: all are alive at once, each is loaded for 250 ms in turn, the order is reversed every
 * round, the ratio is taken per round, and what counts is the median. Seconds one after the other would measure the
 * machine's mood.
 */

export type Contender = {
  readonly name: string;
  /** A module that listens on a free port of 127.0.0.1 and sends it as a message. */
  readonly module: string;
  readonly args?: readonly string[];
  readonly requests: readonly Buffer[];
};

export type Standing = {
  readonly name: string;
  /** Requests per second relative to the first contender: the median over the rounds. */
  readonly ratio: number;
  readonly perSecond: number;
  /** CPU of the whole server process for one request, µs. */
  readonly cpu: number;
};

const SLICE_MS = 250;
/** Compilers are done after some hundred thousand requests. */
const WARM_UP_MS = 12_000;

export async function interleave(
  contenders: readonly Contender[],
  rounds: number,
): Promise<readonly Standing[]> {
  const servers = await Promise.all(contenders.map(start));
  const loads: Load[] = [];
  try {
    const samples = servers.map(() => ({ perSecond: [] as number[], cpu: [] as number[] }));
    for (const { port, requests } of servers) {
      const load = await openLoad(port, requests);
      loads.push(load);
      await load.run(WARM_UP_MS);
    }
    for (let round = 0; round < rounds; round += 1) {
      const order = servers.map((_, index) => index);
      if (round % 2 === 1) order.reverse();
      for (const index of order) {
        const [server, load, sample] = [servers[index], loads[index], samples[index]];
        if (server === undefined || load === undefined || sample === undefined) continue;
        const before = cpuMicroseconds(server.pid);
        const begun = performance.now();
        const answered = await load.run(SLICE_MS);
        sample.perSecond.push((answered * 1_000) / (performance.now() - begun));
        sample.cpu.push((cpuMicroseconds(server.pid) - before) / answered);
      }
    }
    const base = samples[0]?.perSecond ?? [];
    return contenders.map(({ name }, index) => {
      const { perSecond = [], cpu = [] } = samples[index] ?? {};
      const ratios = perSecond.map((value, round) => value / (base[round] ?? Number.NaN));
      return { name, ratio: median(ratios), perSecond: median(perSecond), cpu: median(cpu) };
    });
  } finally {
    for (const load of loads) load.close();
    for (const server of servers) server.stop();
  }
}

type Server = {
  readonly pid: number;
  readonly port: number;
  readonly requests: readonly Buffer[];
  readonly stop: () => void;
};

async function start({ module, args = [], requests }: Contender): Promise<Server> {
  const child = fork(new URL(module, import.meta.url), args, {
    // As `npm start` does.
    execArgv: ['--no-parallel-scavenge'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [port]: unknown[] = await once(child, 'message', { signal: AbortSignal.timeout(60_000) });
  if (typeof port !== 'number' || child.pid === undefined) throw new Error(`${module} sent no port`);
  return { pid: child.pid, port, requests, stop: () => child.kill('SIGKILL') };
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
