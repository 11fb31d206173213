import { benchLists } from './lists.ts';
import { benchLive } from './live.ts';
import { benchRecords } from './records.ts';
import { benchResolve } from './resolve.ts';
import { benchWebhook } from './webhook.ts';

/** `npm run bench [-- NAME …]`. Exit code 1 where a figure is under what it must reach. */
const benches: Readonly<Record<string, () => boolean | Promise<boolean>>> = {
  resolve: () => {
    benchResolve();
    return true;
  },
  webhook: benchWebhook,
  lists: benchLists,
  live: benchLive,
  records: benchRecords,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  if (!(await bench())) process.exitCode = 1;
}
