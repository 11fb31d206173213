import { runTogether } from '../support/run-together.ts';

await runTogether('plugins/{twilio,pbx,health}/**', 'bench/*', 'image/*', 'k8s/*');
