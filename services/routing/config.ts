import { isIP } from 'node:net';
import { resolve as resolvePath } from 'node:path';
import { parseRedisUrl } from '../storage/redis-url.ts';

/**
 * The settings, and the only reader of the environment. A value that is wrong is a problem with a sentence that names
 * its variable and never shows its content, because it may be a secret. An empty variable counts as not set: that is
 * what `${VAR:-}` of compose files and charts sends.
 */
export type Config = {
  readonly host: string;
  /** 0: a free port, chosen by the system. */
  readonly port: number;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** null: the embedded database in dataDir. */
  readonly databaseUrl: string | null;
  /** null: the same as databaseUrl. */
  readonly databaseListenUrl: string | null;
  readonly redisUrl: string | null;
  /** Absolute. */
  readonly dataDir: string;
  /** The first one signs and encrypts, all of them are accepted. Empty: made and kept in dataDir. */
  readonly secretKeys: readonly string[];
  readonly migrate: boolean;
  readonly bootstrap: {
    readonly administrator: { readonly login: string; readonly password: string } | null;
    readonly apiKey: string | null;
  };
  /** null: POST /v1/organizations does not exist. */
  readonly operatorKey: string | null;
  /** Addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  readonly twilio: { readonly accountSid: string; readonly authTokens: readonly string[] } | null;
  /** Where Twilio's REST API is: another one for a proxy or a test. Without a slash at the end. */
  readonly twilioApiUrl: string;
  readonly smtpUrl: string | null;
};

export type Environment = Readonly<Record<string, string | undefined>>;

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Every variable that is read. The test of the manifests and the documentation go by this list. */
export const variableNames = [
  'PORT',
  'HOST',
  'PUBLIC_URL',
  'DATABASE_URL',
  'DATABASE_LISTEN_URL',
  'REDIS_URL',
  'DATA_DIR',
  'LINEFINDER_SECRET_KEY',
  'LINEFINDER_MIGRATE',
  'LINEFINDER_BOOTSTRAP_LOGIN',
  'LINEFINDER_BOOTSTRAP_PASSWORD',
  'LINEFINDER_BOOTSTRAP_API_KEY',
  'LINEFINDER_OPERATOR_KEY',
  'LINEFINDER_TRUSTED_PROXIES',
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
  'LINEFINDER_TWILIO_API_URL',
  'SMTP_URL',
] as const;

type VariableName = (typeof variableNames)[number];

/** Reads and checks everything, and reports all problems at once. */
export function readConfig(env: Environment = process.env): ConfigResult {
  const problems: string[] = unknownNames(env);
  const read = readerOf(env, problems);
  const host = read('HOST', parseHost) ?? '127.0.0.1';
  const port = read('PORT', parsePort) ?? 3000;
  const databaseUrl = read('DATABASE_URL', parseDatabaseUrl) ?? null;
  const secretKeys = read('LINEFINDER_SECRET_KEY', parseSecretKeys) ?? [];
  if (isSet(env, 'DATABASE_URL') && !isSet(env, 'LINEFINDER_SECRET_KEY')) {
    problems.push(
      'LINEFINDER_SECRET_KEY is required with DATABASE_URL: set at least 32 characters, the same for every replica (openssl rand -base64 32).',
    );
  }
  if (isSet(env, 'DATABASE_LISTEN_URL') && !isSet(env, 'DATABASE_URL')) {
    problems.push('DATABASE_LISTEN_URL has no effect without DATABASE_URL: set both or neither.');
  }
  const config: Config = {
    host,
    port,
    publicUrl: read('PUBLIC_URL', parsePublicUrl) ?? defaultPublicUrl(host, port),
    databaseUrl,
    databaseListenUrl: read('DATABASE_LISTEN_URL', parseDatabaseUrl) ?? null,
    redisUrl: read('REDIS_URL', parseRedisAddress) ?? null,
    dataDir: resolvePath(read('DATA_DIR', accept) ?? './data'),
    secretKeys,
    migrate: read('LINEFINDER_MIGRATE', parseSwitch) ?? true,
    bootstrap: {
      administrator: readPair(env, problems, bootstrapPair, (login, password) => ({ login, password })),
      apiKey: read('LINEFINDER_BOOTSTRAP_API_KEY', parseKey) ?? null,
    },
    operatorKey: read('LINEFINDER_OPERATOR_KEY', parseKey) ?? null,
    trustedProxies: read('LINEFINDER_TRUSTED_PROXIES', parseNetworks) ?? [],
    twilio: readPair(env, problems, twilioPair, (accountSid, authTokens) => ({ accountSid, authTokens })),
    twilioApiUrl: read('LINEFINDER_TWILIO_API_URL', parsePublicUrl) ?? 'https://api.twilio.com',
    smtpUrl: read('SMTP_URL', parseSmtpUrl) ?? null,
  };
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems };
}

/** A parser's complaint: the rest of a sentence that begins with the variable's name. */
type Parsed<T> = { readonly value: T } | { readonly wrong: string };
type Parse<T> = (text: string) => Parsed<T>;

function isSet(env: Environment, name: VariableName): boolean {
  return env[name] !== undefined && env[name] !== '';
}

function readerOf(env: Environment, problems: string[]) {
  return <T>(name: VariableName, parse: Parse<T>): T | undefined => {
    const text = env[name];
    if (text === undefined || text === '') return undefined;
    const parsed = parse(text);
    if ('value' in parsed) return parsed.value;
    problems.push(`${name} ${parsed.wrong}`);
    return undefined;
  };
}

type Pair<A, B> = {
  readonly first: readonly [VariableName, Parse<A>];
  readonly second: readonly [VariableName, Parse<B>];
};

/** Two variables that make sense only together. */
function readPair<A, B, T>(
  env: Environment,
  problems: string[],
  pair: Pair<A, B>,
  make: (first: A, second: B) => T,
): T | null {
  const read = readerOf(env, problems);
  const first = read(...pair.first);
  const second = read(...pair.second);
  const [firstName, secondName] = [pair.first[0], pair.second[0]];
  if (isSet(env, firstName) !== isSet(env, secondName)) {
    const [there, missing] = isSet(env, firstName) ? [firstName, secondName] : [secondName, firstName];
    problems.push(`${missing} is missing: ${there} is set, and the two work only together.`);
  }
  return first === undefined || second === undefined ? null : make(first, second);
}

const bootstrapPair: Pair<string, string> = {
  first: ['LINEFINDER_BOOTSTRAP_LOGIN', parseLogin],
  second: ['LINEFINDER_BOOTSTRAP_PASSWORD', parsePassword],
};

const twilioPair: Pair<string, readonly string[]> = {
  first: ['TWILIO_ACCOUNT_SID', parseAccountSid],
  second: ['TWILIO_AUTH_TOKEN', parseAuthTokens],
};

/** A typing mistake in a name must not be a silent default. Names that Kubernetes injects for a Service are not ours. */
function unknownNames(env: Environment): string[] {
  const known: ReadonlySet<string> = new Set(variableNames);
  return Object.keys(env)
    .filter((name) => name.startsWith('LINEFINDER_') && !known.has(name) && !isInjected(name))
    .sort()
    .map((name) => `${name} is not a setting of Linefinder: correct the name or take it away.`);
}

function isInjected(name: string): boolean {
  return /_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT$|_PORT_\d+_/.test(name);
}

function accept(text: string): Parsed<string> {
  return { value: text };
}

function parsePort(text: string): Parsed<number> {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return { value: Number(text) };
  return { wrong: 'must be a port: a whole number from 0 to 65535 (0: any free one).' };
}

function parseHost(text: string): Parsed<string> {
  if (isIP(text) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text))
    return { value: text };
  return { wrong: 'must be an address or a host name to listen on, such as 127.0.0.1, 0.0.0.0 or ::.' };
}

function defaultPublicUrl(host: string, port: number): string {
  const unspecified = host === '0.0.0.0' || host === '::';
  const name = unspecified ? '127.0.0.1' : isIP(host) === 6 ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

function parsePublicUrl(text: string): Parsed<string> {
  const wrong = 'must be an address such as https://calls.example.com, without user, query or fragment.';
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return { wrong };
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return { wrong };
  return { value: text.replace(/\/+$/, '') };
}

function parseDatabaseUrl(text: string): Parsed<string> {
  const wrong =
    'must be an address such as postgres://user:password@host:5432/database, with the special characters of the password percent-encoded.';
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) return { wrong };
  return url.pathname.length < 2 ? { wrong } : { value: text };
}

/** The forms are those of services/storage/redis-url.ts. */
function parseRedisAddress(text: string): Parsed<string> {
  try {
    parseRedisUrl(text);
    return { value: text };
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace('REDIS_URL: ', '') : 'unreadable';
    return { wrong: `is not an address of Redis: ${reason}.` };
  }
}

function parseSmtpUrl(text: string): Parsed<string> {
  const url = URL.parse(text);
  if (url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== '') return { value: text };
  return { wrong: 'must be an address such as smtp://user:password@mail.example.com:587 or smtps://…' };
}

function parseSwitch(text: string): Parsed<boolean> {
  if (text === 'on' || text === 'off') return { value: text === 'on' };
  return { wrong: 'must be on or off.' };
}

function parseSecretKeys(text: string): Parsed<readonly string[]> {
  const keys = text.split(',').map((key) => key.trim());
  if (keys.length <= 2 && keys.every((key) => key.length >= 32)) return { value: keys };
  return {
    wrong:
      'must be one key of at least 32 characters, or the new and the old one with a comma between (openssl rand -base64 32).',
  };
}

function parseLogin(text: string): Parsed<string> {
  if (/^[^\s]{1,254}$/.test(text)) return { value: text };
  return { wrong: 'must be 1-254 characters without spaces.' };
}

function parsePassword(text: string): Parsed<string> {
  if (text.length >= 15 && text.length <= 256) return { value: text };
  return { wrong: 'must have 15-256 characters.' };
}

function parseKey(text: string): Parsed<string> {
  if (/^[\x21-\x7e]{16,256}$/.test(text)) return { value: text };
  return { wrong: 'must be 16-256 printable ASCII characters without spaces (openssl rand -hex 32).' };
}

function parseNetworks(text: string): Parsed<readonly string[]> {
  const networks = text.split(',').map((network) => network.trim());
  if (networks.every(isNetwork)) return { value: networks };
  return { wrong: 'must be addresses or CIDR ranges with commas between, such as 10.0.0.0/8,fd00::/8.' };
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function parseAccountSid(text: string): Parsed<string> {
  if (/^AC[0-9a-fA-F]{32}$/.test(text)) return { value: text };
  return { wrong: 'must be AC and 32 hexadecimal digits, as the Twilio console shows it.' };
}

function parseAuthTokens(text: string): Parsed<readonly string[]> {
  const tokens = text.split(',').map((token) => token.trim());
  if (tokens.length <= 2 && tokens.every((token) => /^[\x21-\x7e]{16,128}$/.test(token))) {
    return { value: tokens };
  }
  return {
    wrong: 'must be the auth token, or during rotation the new and the old one with a comma between.',
  };
}
