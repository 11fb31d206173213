import { t } from 'tap';
import { runTogether } from '../support/run-together.ts';

// The last of them wait for servers of their own, and share nothing: those that are `buffered`.
t.jobs = 2;
await runTogether('behaviour/start*.test.ts', 'services/storage/embedded.test.ts');
