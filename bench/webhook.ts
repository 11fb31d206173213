import { type Contender, interleave } from './interleave.ts';
import { webhookRequests } from './webhook-requests.ts';

/**
 * `npm run bench -- webhook`: a signed webhook with everything on that its answer takes, against R; and with the record
 * that is made behind it (what writing it costs: `records`). False: under what it must reach.
 */

const MUST = 0.5;
const ROUNDS = 24;

export async function benchWebhook(): Promise<boolean> {
  // More calls than one run makes, or the answers kept for repeats would be measured.
  const requests = webhookRequests(600_000, 100_000);
  const contenders: readonly Contender[] = [
    { name: 'R, a bare route', module: './server-bare.ts', requests },
    { name: 'webhook', module: './server-webhook.ts', requests },
    { name: 'webhook without the log line', module: './server-webhook.ts', args: ['silent'], requests },
    { name: 'webhook without presence', module: './server-webhook.ts', args: ['absent'], requests },
    { name: 'webhook, and its record made', module: './server-webhook.ts', args: ['records'], requests },
  ];
  const standings = await interleave(contenders, ROUNDS);
  for (const { name, ratio, perSecond, cpu } of standings) {
    const figures = `${perSecond.toFixed(0)} requests/s, ${cpu.toFixed(1)} µs CPU per request`;
    console.log(`${name}: ratio ${ratio.toFixed(2)}, ${figures}`);
  }
  const ratio = standings[1]?.ratio ?? 0;
  console.log(`webhook: R ratio ${ratio.toFixed(2)}`);
  return ratio >= MUST;
}
