import { runTogether } from '../support/run-together.ts';

await runTogether(
  'behaviour/!(*-replicas|freshness*|job-restart|start*|stores-down|*-stores-down|postgres-away|when-a-replica-dies).test.ts',
);
