import { fork } from 'node:child_process';
import { once } from 'node:events';
import { listLiveStreams } from '../services/storage/live-streams.ts';
import { testDatabase } from '../test/support/database.ts';
import { startService, type TestService } from '../test/support/processes.ts';
import { callRequests, insertAgents } from './live-office.ts';
import type { SocketsOrder, SocketsReport } from './live-sockets.ts';
import { cpuMicroseconds } from './load.ts';
import { buildOpenLoop } from './open-loop.ts';
import { ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL } from './webhook-requests.ts';

/**
 * `npm run bench -- live`: signed calls at a fixed rate with nobody watching, with 1,000 sockets that see every call,
 * with 4,000 more of agents who see their own, and with nobody again. One service, one run; ratios are to the mean of the
 * two rounds without sockets. False: p99 with 1,000 sockets grew more than it may.
 */

const MUST = 6;
const PER_SECOND = 100;
const SECONDS = 8;
const WALLS = 1_000;
const AGENTS = 4_000;
const PROBES = 20;
const apiKey = 'the-api-key-of-the-benchmark';

type Sockets = {
  open(tokens: readonly string[], probes: number): Promise<SocketsReport>;
  take(): Promise<SocketsReport>;
  close(): Promise<void>;
};

type Figures = {
  readonly sockets: number;
  readonly p50: number;
  readonly p99: number;
  readonly eventsPerSecond: number;
  /** Of one core, %. */
  readonly cpu: number;
  readonly arrival: { readonly p50: number; readonly p95: number; readonly p99: number } | undefined;
};

export async function benchLive(): Promise<boolean> {
  const ends: (() => Promise<void> | void)[] = [];
  try {
    return await measure({ after: (run) => void ends.push(run) });
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

async function measure(t: Parameters<typeof testDatabase>[0]): Promise<boolean> {
  const { url, database } = await testDatabase(t);
  const service = await startService(t, {
    DATABASE_URL: url,
    PUBLIC_URL,
    TWILIO_ACCOUNT_SID: ACCOUNT_SID,
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    LINEFINDER_SECRET_KEY: 'bench-key-of-at-least-32-characters',
    LINEFINDER_BOOTSTRAP_API_KEY: apiKey,
  });
  const begun = new Map<string, number>();
  const next = callRequests(await makeNumber(service), (callSid) => begun.set(callSid, Date.now()));
  const load = buildOpenLoop(service.port, next);
  await load.run(PER_SECOND * 2, 3);

  const run = async (sockets: Sockets | undefined): Promise<Figures> => {
    begun.clear();
    await sockets?.take();
    const before = cpuMicroseconds(service.pid);
    const times = (await load.run(PER_SECOND, SECONDS)).toSorted((a, b) => a - b);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const spent = cpuMicroseconds(service.pid) - before;
    const report = await sockets?.take();
    return {
      sockets: report?.open ?? 0,
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      eventsPerSecond: (report?.frames ?? 0) / SECONDS,
      cpu: spent / (SECONDS + 1) / 10_000,
      arrival: report === undefined ? undefined : arrivals(report, begun),
    };
  };

  const all: Figures[] = [await run(undefined)];
  const sockets = openSockets(service.port);
  await sockets.open(
    Array.from({ length: WALLS }, () => apiKey),
    PROBES,
  );
  all.push(await run(sockets));
  const [stream] = await listLiveStreams(database);
  await sockets.open(await insertAgents(database, stream?.organizationId ?? '', AGENTS), 0);
  all.push(await run(sockets));
  await sockets.close();
  all.push(await run(undefined));
  return tell(all);
}

/** A number that rings somebody. */
async function makeNumber({ url }: TestService): Promise<string> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const ask = async (path: string, body: object): Promise<unknown> => {
    const reply = await fetch(`${url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (reply.status !== 201) throw new Error(await reply.text());
    return reply.json();
  };
  const person = { kind: 'username', login: 'rung', password: 'a good long password' };
  const user = await ask('/users', { ...person, firstName: 'Rung', lastName: 'Bench' });
  const number = '+14155550100';
  const target = { type: 'user', id: Reflect.get(Object(user), 'id') };
  await ask('/numbers', { number, name: 'Bench', target });
  return number;
}

function openSockets(port: number): Sockets {
  const child = fork(new URL('live-sockets.ts', import.meta.url), { execArgv: [] });
  const ask = async (order: SocketsOrder): Promise<SocketsReport> => {
    const answer = once(child, 'message');
    child.send(order);
    const [report]: SocketsReport[] = await answer;
    if (report === undefined) throw new Error('the sockets said nothing');
    return report;
  };
  return {
    open: (tokens, probes) => ask({ type: 'open', port, tokens, probes }),
    take: () => ask({ type: 'take' }),
    async close() {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}

/** From when a webhook was sent until a socket had the event. */
function arrivals(
  { arrivals: arrived }: SocketsReport,
  begun: ReadonlyMap<string, number>,
): Figures['arrival'] {
  // The first event of a call at each probe; those of its end come later.
  const first = new Map<string, number[]>();
  for (const [id, at] of arrived) {
    const known = first.get(id) ?? [];
    if (known.length < PROBES) first.set(id, [...known, at]);
  }
  const times = [...first].flatMap(([id, ats]) => {
    const since = begun.get(id);
    return since === undefined ? [] : ats.map((at) => at - since);
  });
  const sorted = times.toSorted((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function tell(all: readonly Figures[]): boolean {
  const alone = all.filter(({ sockets }) => sockets === 0);
  const base = alone.reduce((sum, { p99 }) => sum + p99, 0) / alone.length;
  let worst = 0;
  for (const { sockets, p50, p99, eventsPerSecond, cpu, arrival } of all) {
    const ratio = p99 / base;
    if (sockets === WALLS) worst = Math.max(worst, ratio);
    const calls = `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ratio ${ratio.toFixed(1)}`;
    const events = `${Math.round(eventsPerSecond)} events/s, ${cpu.toFixed(0)} % CPU`;
    const way =
      arrival === undefined
        ? ''
        : `; webhook to socket p50 ${arrival.p50} ms, p95 ${arrival.p95} ms, p99 ${arrival.p99} ms`;
    console.log(`${sockets} sockets: ${calls}; ${events}${way}`);
  }
  console.log(`live: p99 ratio with ${WALLS} sockets ${worst.toFixed(2)}`);
  return worst <= MUST;
}
