import { runTogether } from '../support/run-together.ts';

// Two processes over one database and one Redis, shared by all: see support/replicas.ts.
await runTogether('behaviour/@(freshness-with-redis|live-replicas).test.ts');
