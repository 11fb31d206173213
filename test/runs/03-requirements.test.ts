import { runTogether } from '../support/run-together.ts';

await runTogether('behaviour/requirements/*');
