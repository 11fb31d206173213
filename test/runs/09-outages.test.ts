import { runTogether } from '../support/run-together.ts';

// One process with a Postgres that can be frozen, shared by all: see support/replicas.ts.
await runTogether('behaviour/@(call-records-stores-down|postgres-away).test.ts');
