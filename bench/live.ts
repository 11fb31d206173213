import { fork } from 'node:child_process';
import { once } from 'node:events';
import { listLiveStreams } from '../services/storage/live-streams.ts';
import { testDatabase } from '../test/support/database.ts';
import { startService, type TestService } from '../test/support/processes.ts';
import type { Administration } from './live-administration.ts';
import { callRequests, insertAgents } from './live-office.ts';
import type { SocketsOrder, SocketsReport } from './live-sockets.ts';
import { cpuMicroseconds } from './load.ts';
import { buildOpenLoop, type OpenLoop } from './open-loop.ts';
import { ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL } from './webhook-requests.ts';

/**
 * `npm run bench -- live`: signed calls at a fixed rate with nobody watching, with 1,000 sockets that see every call, and
 * with 4,000 more of agents who see their own; and with 1,000 sockets while administrators work. Three services, each
 * with a database of its own, are alive at once and get calls for two seconds in turn; the order is reversed every round,
 * ratios are taken per round, the median counts. False: p99 with 1,000 sockets grew more than it may.
 */

const MUST = 6;
const PER_SECOND = 100;
const SECONDS = 2;
const ROUNDS = 8;
const WALLS = 1_000;
const AGENTS = 4_000;
/** Requests of administrators in a second. */
const REQUESTS = 100;
const PROBES = 20;
const apiKey = 'the-api-key-of-the-benchmark';

type Sockets = {
  open(tokens: readonly string[], probes: number): Promise<SocketsReport>;
  administer(work: Omit<Administration, 'perSecond' | 'seconds'>): Promise<SocketsReport>;
  take(): Promise<SocketsReport>;
  close(): Promise<void>;
};

type Contender = {
  readonly watching: number;
  /** Undefined: the administration is at rest. */
  readonly work?: Omit<Administration, 'perSecond' | 'seconds'>;
  readonly pid: number;
  readonly load: OpenLoop;
  readonly sockets: Sockets | undefined;
  /** When each call was sent, epoch ms. */
  readonly begun: Map<string, number>;
};

type Slice = {
  readonly p50: number;
  readonly p99: number;
  readonly frames: number;
  readonly cpu: number;
  readonly arrivals: readonly number[];
  readonly unserved: number;
};

type Teardown = Parameters<typeof testDatabase>[0];

export async function benchLive(): Promise<boolean> {
  const ends: (() => Promise<void> | void)[] = [];
  try {
    return await measure({ after: (run) => void ends.push(run) });
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

async function measure(t: Teardown): Promise<boolean> {
  const [idle, watched, crowded] = [
    await start(t, 0, 0),
    await start(t, WALLS, 0),
    await start(t, WALLS, AGENTS),
  ];
  const contenders: readonly Contender[] = [
    idle,
    watched,
    { ...watched, work: watched.administration },
    crowded,
  ];
  for (const { load } of contenders) await load.run(PER_SECOND * 2, 3);
  const slices: Slice[][] = contenders.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = [...contenders.entries()];
    if (round % 2 === 1) order.reverse();
    for (const [index, contender] of order) slices[index]?.push(await runSlice(contender));
  }
  for (const { sockets } of [watched, crowded]) await sockets?.close();
  return tell(contenders, slices);
}

type Started = Contender & { readonly administration: NonNullable<Contender['work']> };

async function start(t: Teardown, walls: number, agents: number): Promise<Started> {
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
  const { number, userId } = await makeNumber(service);
  const next = callRequests(number, (callSid) => begun.set(callSid, Date.now()));
  const sockets = walls === 0 ? undefined : openSockets(service.port);
  const keys = Array.from({ length: walls }, () => apiKey);
  await sockets?.open(keys, PROBES);
  if (agents > 0) {
    const [stream] = await listLiveStreams(database);
    await sockets?.open(await insertAgents(database, stream?.organizationId ?? '', agents), 0);
  }
  const load = buildOpenLoop(service.port, next);
  const administration = { url: service.url, token: apiKey, userId };
  return { watching: walls + agents, pid: service.pid, load, sockets, begun, administration };
}

async function runSlice({ pid, load, sockets, begun, work }: Contender): Promise<Slice> {
  await sockets?.take();
  // Calls of an earlier slice end in this one: what that tells is no arrival.
  begun.clear();
  const before = cpuMicroseconds(pid);
  const working = work === undefined ? undefined : sockets?.administer(work);
  const times = (await load.run(PER_SECOND, SECONDS)).toSorted((a, b) => a - b);
  const worked = await working;
  // What the last calls tell comes a little later.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const report = await sockets?.take();
  return {
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    frames: report?.frames ?? 0,
    cpu: cpuMicroseconds(pid) - before,
    arrivals: report === undefined ? [] : arrivals(report, begun),
    unserved: worked?.unserved ?? 0,
  };
}

/** A number that rings somebody. */
async function makeNumber({
  url,
}: TestService): Promise<{ readonly number: string; readonly userId: string }> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const ask = async (path: string, body: object): Promise<unknown> => {
    const reply = await fetch(`${url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (reply.status !== 201) throw new Error(await reply.text());
    return reply.json();
  };
  const person = { kind: 'username', login: 'rung', password: 'a good long password' };
  const user = await ask('/users', { ...person, firstName: 'Rung', lastName: 'Bench' });
  const number = '+14155550100';
  const userId = String(Reflect.get(Object(user), 'id'));
  await ask('/numbers', { number, name: 'Bench', target: { type: 'user', id: userId } });
  return { number, userId };
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
    administer: (work) => ask({ type: 'administer', ...work, perSecond: REQUESTS, seconds: SECONDS }),
    take: () => ask({ type: 'take' }),
    async close() {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}

/** ms from when a webhook was sent until a probe had the event. */
function arrivals(
  { arrivals: arrived }: SocketsReport,
  begun: ReadonlyMap<string, number>,
): readonly number[] {
  // The first event of a call at each probe; those of its end come later.
  const first = new Map<string, number[]>();
  for (const [id, at] of arrived) {
    const known = first.get(id) ?? [];
    if (known.length < PROBES) first.set(id, [...known, at]);
  }
  return [...first].flatMap(([id, ats]) => {
    const since = begun.get(id);
    return since === undefined ? [] : ats.map((at) => at - since);
  });
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function tell(contenders: readonly Contender[], slices: readonly (readonly Slice[])[]): boolean {
  const results: number[] = [];
  for (const [index, { watching, work }] of contenders.entries()) {
    const own = slices[index] ?? [];
    const ratio = quantile(
      own.map(({ p99 }, round) => p99 / (slices[0]?.[round]?.p99 ?? Number.NaN)),
      0.5,
    );
    if (watching === WALLS) results.push(ratio);
    const name = `${watching} sockets${work === undefined ? '' : ` and ${REQUESTS} admin requests/s`}`;
    const seconds = own.length * SECONDS;
    const median = (of: (slice: Slice) => number) => quantile(own.map(of), 0.5).toFixed(1);
    const sum = (of: (slice: Slice) => number) => own.reduce((all, slice) => all + of(slice), 0);
    const calls = `p50 ${median(({ p50 }) => p50)} ms, p99 ${median(({ p99 }) => p99)} ms, ratio ${ratio.toFixed(2)}`;
    const perSecond = Math.round(sum(({ frames }) => frames) / seconds);
    const cpu = (sum((slice) => slice.cpu) / seconds / 10_000).toFixed(0);
    const ways = own.flatMap((slice) => slice.arrivals);
    const way = [0.5, 0.95, 0.99].map((share) => quantile(ways, share)).join(' / ');
    const told = watching === 0 ? '' : `; webhook to socket p50 / p95 / p99 ${way} ms`;
    const unserved = sum((slice) => slice.unserved);
    if (unserved > 0) console.log(`${unserved} of ${REQUESTS * seconds} requests were answered with 503`);
    console.log(`${name}: ${calls}; ${perSecond} events/s, ${cpu} % of a core${told}`);
  }
  const [watched = Number.NaN, worked = Number.NaN] = results;
  console.log(`live: p99 ratio with ${WALLS} sockets ${watched.toFixed(2)}`);
  console.log(`live: p99 ratio with ${WALLS} sockets and ${REQUESTS} admin requests/s ${worked.toFixed(2)}`);
  return Math.max(...results) <= MUST;
}
