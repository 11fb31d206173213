import { runTogether } from '../support/run-together.ts';

await runTogether(
  'services/routing/*',
  'services/routing/{calls,directory}/**',
  'services/mail/**',
  'services/storage/!(embedded).test.ts',
);
