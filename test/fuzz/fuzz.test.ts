import { test } from 'tap';
import { runCampaign } from './campaign.ts';
import { fuzzTarget } from './target.ts';

/** The short run; `npm run fuzz -- --requests 100000` is the long one. */
test('whatever is sent, the answer is a success or a 4xx, and a 4xx changes nothing', async (t) => {
  const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.comment(`FC_SEED=${seed}`);
  const admin = await fuzzTarget(t);
  const result = await runCampaign(admin, { requests: 400, seed, checkEvery: 3 });
  t.same(result.failures, []);
  t.ok(result.operations > 40, `${result.operations} operations`);
  t.ok(result.checked > 20, `${result.checked} refusals were checked`);
  t.comment(JSON.stringify(result.statuses));
});
