import { runTogether } from '../support/run-together.ts';

await runTogether(
  'behaviour/@(call-records-stores-down|live-replicas|presence|queues-that-wait-replicas).test.*',
);
