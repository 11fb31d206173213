import { runTogether } from '../support/run-together.ts';

// Those that share processes of the service: see support/replicas.ts.
await runTogether(
  'behaviour/@(call-records-stores-down|job-restart|live-replicas|presence-replicas).test.ts',
  'behaviour/@(queues-that-wait-replicas|sessions-replicas|when-a-replica-dies).test.ts',
);
