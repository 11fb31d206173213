import { runTogether } from '../support/run-together.ts';

await runTogether(
  'behaviour/!(*-replicas|call-records-stores-down|job-restart|postgres-away|when-a-replica-dies).test.ts',
  'bench/*',
  'image/*',
  'k8s/*',
);
