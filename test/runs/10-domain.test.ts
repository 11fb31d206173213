import { runTogether } from '../support/run-together.ts';

// Those that need no stores.
await runTogether('services/routing/domain/**', 'fuzz/*', 'architecture/*');
