import { runTogether } from '../support/run-together.ts';

await runTogether('plugins/admin/**');
