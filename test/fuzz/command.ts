import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { fuzzTarget } from './target.ts';

/** `npm run fuzz -- --requests 100000 --seed 1`: ends with 1 where an answer was not as it should be. */
const { values } = parseArgs({
  options: { requests: { type: 'string', default: '10000' }, seed: { type: 'string' } },
});
const requests = Number(values.requests);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isInteger(requests) || requests < 1 || !Number.isInteger(seed)) {
  console.error('usage: npm run fuzz -- --requests 100000 [--seed 1]');
  process.exit(2);
}

const closers: (() => Promise<void> | void)[] = [];
const started = performance.now();
try {
  const admin = await fuzzTarget({ after: (run) => void closers.push(run) });
  const result = await runCampaign(admin, {
    requests,
    seed,
    checkEvery: 20,
    onFailure: (failure) => console.error(failure),
    onProgress: (done, failures) => console.error(`${done} requests, ${failures} failures`),
  });
  const seconds = Math.round((performance.now() - started) / 1_000);
  console.log(`seed ${seed}, ${result.operations} operations, ${result.requests} requests in ${seconds} s`);
  console.log(`answers: ${JSON.stringify(result.statuses)}`);
  console.log(`refusals that were checked to have changed nothing: ${result.checked}`);
  console.log(`unexpected answers: ${result.failures.length}`);
  for (const failure of result.failures) console.log(`\n${failure}`);
  process.exitCode = result.failures.length === 0 ? 0 : 1;
} finally {
  for (const close of closers.reverse()) await close();
}
