import type { Database } from '../../services/storage/database.ts';
import { type Teardown, testDatabase } from './database.ts';
import type { Doc } from './factories.ts';
import { type FreezablePostgres, freezablePostgres } from './freezable-postgres.ts';
import { temporaryFolder } from './postgres.ts';
import { type Environment, startService, type TestService } from './processes.ts';
import { type TestRedis, testRedis } from './redis.ts';
import { shared } from './shared.ts';
import { openWay, type SilentWay } from './silent-way.ts';
import { type MembersTwin, membersTwin } from './twilio-members.ts';

/**
 * Processes of the service that several tests use, because each start takes more than a second of a core. Tests bring
 * their own people, queues and numbers; whoever kills a process leaves its place to the next one.
 */
export type Place = {
  readonly dataDir: string;
  /** The process that runs here. Where the last one has ended, another is started with the same folder. */
  running(): Promise<TestService>;
};

export async function openPlace(t: Teardown, env: Environment): Promise<Place> {
  const dataDir = await temporaryFolder(t);
  const next = async (last: Promise<TestService> | undefined): Promise<TestService> => {
    const known = await last?.catch(() => undefined);
    if (known !== undefined && !known.hasEnded()) return known;
    return startService(t, { ...env, DATA_DIR: dataDir });
  };
  let latest: Promise<TestService> | undefined;
  return {
    dataDir,
    running() {
      latest = next(latest);
      return latest;
    },
  };
}

/** Of the settings of every service here; it may do everything. */
export const apiKey = `lf_${'r'.repeat(43)}`;
export const operatorKey = `lf_${'o'.repeat(43)}`;

export function settings(databaseUrl: string): Environment {
  return {
    DATABASE_URL: databaseUrl,
    LINEFINDER_BOOTSTRAP_API_KEY: apiKey,
    LINEFINDER_OPERATOR_KEY: operatorKey,
    LINEFINDER_SECRET_KEY: 'the secret key of the tests: 32 characters',
  };
}

/** The carrier's account of the services that have a twin. */
const account = {
  accountSid: `AC${'d'.repeat(32)}`,
  authToken: '0123456789abcdef0123456789abcdef',
  publicUrl: 'https://linefinder.example',
};

function carrierSettings(twin: MembersTwin): Environment {
  return {
    PUBLIC_URL: account.publicUrl,
    TWILIO_ACCOUNT_SID: account.accountSid,
    TWILIO_AUTH_TOKEN: account.authToken,
    LINEFINDER_TWILIO_API_URL: twin.url,
  };
}

/** A request with the key of the settings; throws where it is refused. */
export async function ask(
  { url }: Pick<TestService, 'url'>,
  method: string,
  path: string,
  body?: object,
): Promise<Doc> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const asked =
    body === undefined
      ? { method, headers }
      : {
          method,
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        };
  const reply = await fetch(`${url}/v1${path}`, asked);
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${text}`);
  const answer: Doc = JSON.parse(text === '' ? '{}' : text);
  return answer;
}

export type Replicas = { readonly here: TestService; readonly there: TestService };

export type ReplicasWithTwin = Replicas & { readonly twin: MembersTwin; readonly database: Database };

const pair = shared(openPair);

async function openPair(t: Teardown) {
  const twin = await membersTwin(t, account);
  const { url, database } = await testDatabase(t);
  const env = { ...settings(url), ...carrierSettings(twin) };
  return { twin, database, running: await openPlaces(t, env) };
}

/** @param ofHere settings of the first one that are others */
async function openPlaces(
  t: Teardown,
  env: Environment,
  ofHere: Environment = {},
): Promise<() => Promise<Replicas>> {
  const [one, two] = [await openPlace(t, { ...env, ...ofHere }), await openPlace(t, env)];
  return async () => {
    const [here, there] = await Promise.all([one.running(), two.running()]);
    return { here, there };
  };
}

/** Two processes over one database, which know each other through Postgres and nothing else. */
export async function twoReplicas(): Promise<ReplicasWithTwin> {
  const { twin, database, running } = await pair();
  return { twin, database, ...(await running()) };
}

export type ReplicasWithRedis = {
  readonly redis: TestRedis;
  /** From `here` to Postgres. */
  readonly way: SilentWay;
  running(): Promise<Replicas>;
};

async function openPairWithRedis(t: Teardown): Promise<ReplicasWithRedis> {
  const redis = await testRedis(t);
  const { url } = await testDatabase(t);
  const way = await openWay(t, url);
  const env = { ...settings(url), REDIS_URL: redis.url };
  return { redis, way, running: await openPlaces(t, env, { DATABASE_URL: way.url }) };
}

/** Two with Redis beside Postgres. Whoever does something to either leaves it as it was. */
export const replicasWithRedis: () => Promise<ReplicasWithRedis> = shared(openPairWithRedis);

export type LoneService = {
  readonly place: Place;
  readonly twin: MembersTwin;
  readonly postgres: FreezablePostgres;
};

async function openLone(t: Teardown): Promise<LoneService> {
  const twin = await membersTwin(t, account);
  const postgres = await freezablePostgres(t);
  const place = await openPlace(t, { ...settings(postgres.url), ...carrierSettings(twin) });
  return { place, twin, postgres };
}

/** One process with a Postgres of its own. Whoever freezes that waits, after the thaw, until all is written. */
export const loneService: () => Promise<LoneService> = shared(openLone);

let numbers = 0;

/** A number of the carrier's account that no other test has. */
export function nextNumber(): string {
  numbers += 1;
  return `+14155550${String(100 + numbers)}`;
}
