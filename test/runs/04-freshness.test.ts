import { runTogether } from '../support/run-together.ts';

await runTogether('behaviour/freshness.test.ts');
