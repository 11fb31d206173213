import { runTogether } from '../support/run-together.ts';

// Two processes over one database, shared by all: see support/replicas.ts.
await runTogether('behaviour/@(!(live)-replicas|freshness|job-restart|when-a-replica-dies).test.ts');
