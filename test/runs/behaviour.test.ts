import { runTogether } from '../support/run-together.ts';

await runTogether(
  'behaviour/!(call-records-stores-down|job-restart|*-replicas|when-a-replica-dies).test.ts',
  'bench/*',
  'image/*',
  'k8s/*',
);
