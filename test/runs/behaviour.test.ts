import { runTogether } from '../support/run-together.ts';

await runTogether('behaviour/*', 'bench/*', 'image/*', 'k8s/*');
