import { runTogether } from '../support/run-together.ts';

await runTogether('behaviour/start.test.ts', 'services/storage/embedded.test.ts');
