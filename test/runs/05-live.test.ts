import { runTogether } from '../support/run-together.ts';

await runTogether('plugins/live/**', 'services/routing/live/**', 'services/voicemail/**');
