import { compileDirectory, type Directory } from '../services/routing/domain/directory.ts';
import { resolve } from '../services/routing/domain/resolve.ts';
import { benchDirectory, didOf } from './directory.ts';

/**
 * `npm run bench -- resolve`: nanoseconds of one decision, 1,000 hot users and 100,000 users at random, over a week of
 * instants; and the memory of a compiled directory. Figures of this machine; compare them with each other only.
 */

const START = 1_795_000_000_000;

export function benchResolve(): void {
  const before = memory();
  const directory = compiledBench();
  const bytes = (memory() - before) / 100_000;
  const hot = median(Array.from({ length: 7 }, (_, round) => time(directory, 1_000, round)));
  const cold = median(Array.from({ length: 7 }, (_, round) => time(directory, 100_000, round)));
  const traced = median(Array.from({ length: 5 }, (_, round) => time(directory, 100_000, round, true)));
  console.log(`resolve: ${hot.toFixed(0)} ns per decision, 1,000 hot users`);
  console.log(`resolve: ${cold.toFixed(0)} ns per decision, 100,000 users at random`);
  console.log(`resolve: ${traced.toFixed(0)} ns with its trace in words`);
  console.log(
    `directory: ${bytes.toFixed(0)} bytes per user with a number, compiled and plain form together`,
  );
}

/** By itself, so that nothing on the stack keeps what the directory was compiled from. */
function compiledBench(): Directory {
  return compileDirectory(benchDirectory(100_000));
}

function memory(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function time(directory: Directory, users: number, round: number, trace = false): number {
  const rounds = 200_000;
  // Ready-made calls, so that the figure is the decision's and not the generator's.
  const calls = Array.from({ length: rounds }, (_, index) => ({
    callId: 'bench',
    from: { kind: 'number', number: '+14155550100' } as const,
    to: { kind: 'number', number: didOf(Math.abs(Math.imul(index + round, 40_503)) % users) } as const,
  }));
  const begun = process.hrtime.bigint();
  let steps = 0;
  for (let index = 0; index < rounds; index += 1) {
    const call = calls[index];
    if (call !== undefined)
      steps += resolve(directory, call, START + round * 86_400_000 + index, { trace }).steps.length;
  }
  const spent = Number(process.hrtime.bigint() - begun);
  if (steps === 0) throw new Error('nothing was decided');
  return spent / rounds;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
