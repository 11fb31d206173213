import { runTogether } from '../support/run-together.ts';

await runTogether('behaviour/stores-down.test.ts');
