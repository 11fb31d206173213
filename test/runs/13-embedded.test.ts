import { runTogether } from '../support/run-together.ts';

await runTogether('services/storage/embedded.test.ts');
