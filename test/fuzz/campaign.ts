import fc from 'fast-check';
import type { AdminApp } from '../support/factories.ts';
import { type Ground, prepareGround, toCurl } from './offices.ts';
import { type FuzzRequest, type Operation, readOperations, requestOf } from './requests.ts';
import type { FuzzTarget } from './target.ts';

/** A run of the fuzzer over every operation of the OpenAPI document. */
export type CampaignOptions = {
  readonly requests: number;
  readonly seed: number;
  /** Every n-th refused request is checked for what it left behind. */
  readonly checkEvery: number;
  readonly onProgress?: (done: number, failures: number) => void;
  /** As soon as it is found. */
  readonly onFailure?: (failure: string) => void;
};

export type CampaignResult = {
  readonly requests: number;
  readonly operations: number;
  /** How often each status came. */
  readonly statuses: Readonly<Record<string, number>>;
  /** How many refusals were checked to have changed nothing. */
  readonly checked: number;
  /** What should not have come, each as small as it could be made, with a line to paste. */
  readonly failures: readonly string[];
};

/** Organizations grow under fire, so they are left for new ones. */
const roundSize = 1_000;
const mostFailures = 20;

export async function runCampaign(admin: FuzzTarget, options: CampaignOptions): Promise<CampaignResult> {
  const document: unknown = (await admin.app.inject('/openapi.json')).json();
  const operations = readOperations(document);
  const statuses: Record<string, number> = {};
  const failures = new Map<string, string>();
  const progress = { sent: 0, checked: 0 };
  for (let from = 0; from < options.requests && failures.size < mostFailures; from += roundSize) {
    const ground = await prepareGround(admin);
    const known: Known = { baseline: undefined };
    const send = buildSender(admin, ground, options.checkEvery, { statuses, progress, known });
    const count = Math.min(roundSize, options.requests - from);
    const perOperation = Math.max(1, Math.ceil(count / operations.length));
    for (const operation of operations) {
      const left = Math.min(perOperation, count - (progress.sent - from));
      if (left <= 0) break;
      const failure = await attack(operation, send, left, options.seed + from);
      if (failure !== undefined) {
        failures.set(`${operation.method} ${operation.path}`, failure);
        options.onFailure?.(failure);
      }
      if (operation.method === 'DELETE' || /activate$|bulk$/.test(operation.path)) {
        await ground.renew(operation.path.split('/')[2] ?? '');
        known.baseline = undefined;
      }
    }
    options.onProgress?.(progress.sent, failures.size);
  }
  const { sent, checked } = progress;
  return {
    requests: sent,
    operations: operations.length,
    statuses,
    checked,
    failures: [...failures.values()],
  };
}

/** A sentence where the answer is not as it should be. */
type Send = (request: FuzzRequest) => Promise<string | undefined>;

/** fast-check makes what failed smaller by sending it again. */
async function attack(
  operation: Operation,
  send: Send,
  numRuns: number,
  seed: number,
): Promise<string | undefined> {
  let why = '';
  const property = fc.asyncProperty(requestOf(operation), async (request) => {
    const complaint = await send(request);
    if (complaint !== undefined) why = complaint;
    return complaint === undefined;
  });
  const details = await fc.check(property, { numRuns, seed, endOnFailure: false });
  const [request] = details.counterexample ?? [];
  if (request === undefined) return undefined;
  return `${why === '' ? String(details.errorInstance) : why}\n  ${toCurl(request)}`;
}

/** What the rows were when nothing had been changed since. */
type Known = { baseline: string | undefined };

type Tally = {
  readonly statuses: Record<string, number>;
  readonly progress: { sent: number; checked: number };
  readonly known: Known;
};

function buildSender({ app, clock }: AdminApp, ground: Ground, checkEvery: number, tally: Tally): Send {
  const { statuses, progress, known } = tally;
  const inject = async (request: FuzzRequest) => {
    // Faster than the limits allow, were it not for the clock.
    clock.move(20);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, ground.fill(value)]),
    );
    const url = ground.fill(request.url);
    const payload = request.body === undefined ? {} : { payload: ground.fill(request.body) };
    const send = () => app.inject({ method: request.method, url, headers, ...payload });
    let answer = await send();
    // A machine that stands still for seconds loses its transactions: that is answered with 503, and promised.
    for (let tries = 0; tries < 3 && answer.statusCode === 503; tries += 1) {
      statuses['503 repeated'] = (statuses['503 repeated'] ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      answer = await send();
    }
    return answer;
  };
  return async (request) => {
    progress.sent += 1;
    const isChecked = progress.sent % checkEvery === 0;
    if (isChecked) known.baseline ??= await ground.snapshot();
    const answer = await inject(request);
    const { statusCode: status } = answer;
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status >= 500 || status < 200 || (status >= 300 && status < 400)) {
      known.baseline = undefined;
      return `${status} ${answer.body.slice(0, 300)}`;
    }
    if (status < 400) {
      if (request.method !== 'GET') known.baseline = undefined;
      return undefined;
    }
    const type = String(answer.headers['content-type']);
    if (!type.startsWith('application/problem+json')) return `${status} with ${type}`;
    if (!isChecked) {
      return undefined;
    }
    progress.checked += 1;
    const before = known.baseline;
    known.baseline = await ground.snapshot();
    if (before === known.baseline) return undefined;
    // Work in the background may have gone on: only what happens again when all is quiet is a change.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const quiet = await ground.snapshot();
    const again = await inject(request);
    known.baseline = await ground.snapshot();
    const isChanged = again.statusCode >= 400 && quiet !== known.baseline;
    return isChanged ? `${status}, and something was changed` : undefined;
  };
}
