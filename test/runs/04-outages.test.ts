import { runTogether } from '../support/run-together.ts';

// A Postgres that can be frozen, and one process at it, shared by all: see support/replicas.ts.
await runTogether('behaviour/@(call-records-stores-down|postgres-away|stores-down).test.ts');
