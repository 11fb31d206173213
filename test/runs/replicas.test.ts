import { runTogether } from '../support/run-together.ts';

// Those that share processes of the service: see support/replicas.ts.
await runTogether(
  'behaviour/@(call-records-stores-down|job-restart|live-replicas|presence|queues-that-wait-replicas).test.ts',
  'behaviour/requirements/live-sessions.test.ts',
  'behaviour/when-a-replica-dies.test.ts',
);
