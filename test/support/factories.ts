import { randomBytes } from 'node:crypto';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { pino } from 'pino';
import { Compile } from 'typebox/compile';
import admin, { type AdminOptions } from '../../plugins/admin/index.ts';
import type { LivePorts } from '../../plugins/live/index.ts';
import { buildApp } from '../../services/routing/app.ts';
import { buildSecretBox } from '../../services/routing/calls/secret-box.ts';
import { readConfig } from '../../services/routing/config.ts';
import { DirectoryCache } from '../../services/routing/directory/cache.ts';
import { buildDatabaseDirectories } from '../../services/routing/directory/database-directories.ts';
import { createLoader } from '../../services/routing/directory/loader.ts';
import { buildNewId } from '../../services/routing/ids.ts';
import { buildChanges } from '../../services/routing/live/changes.ts';
import { LiveHub } from '../../services/routing/live/hub.ts';
import { buildJoining } from '../../services/routing/live/joining.ts';
import { LiveReader } from '../../services/routing/live/reader.ts';
import type { Database } from '../../services/storage/database.ts';
import { sharedCompilers } from './compilers.ts';
import { observed } from './covers.ts';
import { type Teardown, testDatabase } from './database.ts';
import { hashQuickly } from './quick-passwords.ts';

/**
 * The real administration over a real database, without carriers: the app, organizations made over its own API, and
 * requests in a few words.
 */

export const operatorKey = 'operator-key-of-the-tests';
export const publicUrl = 'https://linefinder.example';
export const password = 'a good long password';

/** Starts at the real time, and is moved by hand. */
export type TestClock = { now: () => number; move(ms: number): void };

export function testClock(): TestClock {
  let moved = 0;
  return {
    now: () => Date.now() + moved,
    move: (ms) => {
      moved += ms;
    },
  };
}

/** What the tests' services seal with. */
export const testBox = buildSecretBox(['the secret key of the tests: 32 characters'], randomBytes);

export type RouteEntry = {
  readonly method: string;
  readonly url: string;
  readonly schema: unknown;
  readonly config: unknown;
};

export type AdminApp = {
  readonly app: FastifyInstance;
  readonly clock: TestClock;
  readonly database: Database;
  readonly directories: DirectoryCache;
  readonly routes: readonly RouteEntry[];
};

/**
 * Over a database of its own, or the one in `changes`.
 *
 * @param passwords `real` ones are as expensive as those of the service.
 */
export async function adminApp(
  t: Teardown,
  changes: Partial<AdminOptions> = {},
  passwords: 'quick' | 'real' = 'quick',
): Promise<AdminApp> {
  const database = changes.database ?? (await testDatabase(t)).database;
  const clock = testClock();
  const loader = createLoader({
    clock,
    database: buildDatabaseDirectories(database),
    redis: null,
    disk: {
      read: async () => undefined,
      write: async () => undefined,
      list: async () => [],
      close: async () => undefined,
    },
  });
  const directories = new DirectoryCache({ clock, loader });
  const newId = buildNewId(clock, randomBytes);
  const config = readConfig({ PUBLIC_URL: publicUrl });
  if (!config.ok) throw new Error(config.problems.join('\n'));
  const log = pino({ level: 'error' }, process.stderr);
  const compilers = await sharedCompilers();
  const app = await buildApp({ clock, newId, log, database, directories, compilers }, config.config);
  const routes: RouteEntry[] = [];
  app.addHook('onRoute', ({ method, url, schema, config: asked }) => {
    for (const one of [method].flat())
      if (one !== 'HEAD') routes.push({ method: one, url, schema, config: asked });
  });
  await app.register(admin, {
    database,
    directories,
    clock,
    newId,
    operatorKey,
    publicUrl,
    box: testBox,
    pause: async () => undefined,
    watching: unwatched(database, clock),
    compilers,
    ...(passwords === 'quick' ? { hashPassword: hashQuickly } : {}),
    ...changes,
  });
  checkAnswers(app);
  await app.ready();
  t.after(async () => {
    await app.close();
    await directories.close();
  });
  return { app, clock, database, directories, routes };
}

/** Sockets could be opened, and nothing would come. */
function unwatched(database: Database, clock: TestClock): LivePorts {
  const onError = () => undefined;
  const source = new LiveReader({ clock, database, wakeUps: [], onError });
  const hub = new LiveHub({ clock, source, joining: buildJoining(database, []), onError });
  return { hub, changes: buildChanges() };
}

/** Of all apps of a process. */
const validators = new Map<unknown, ReturnType<typeof Compile>>();

/** What is answered is what the OpenAPI document promises: a test that sees another answer fails with a 500. */
function checkAnswers(app: FastifyInstance): void {
  app.addHook('preSerialization', async (request, reply, payload: unknown) => {
    if (request.routeOptions.schema?.response === undefined) return payload;
    const promised: unknown = Reflect.get(
      Object(request.routeOptions.schema?.response),
      String(reply.statusCode),
    );
    if (promised === undefined)
      throw new Error(`${request.method} ${request.url}: ${reply.statusCode} is not promised`);
    if (reply.statusCode >= 300 || typeof promised !== 'object' || promised === null) return payload;
    const validator = validators.get(promised) ?? Compile(promised);
    validators.set(promised, validator);
    if (!validator.Check(payload)) {
      throw new Error(`${request.method} ${request.url}: ${JSON.stringify(validator.Errors(payload))}`);
    }
    return payload;
  });
}

/** An answer, as far as most tests look at it. */
export type Doc = {
  readonly id: string;
  readonly code: string;
  readonly detail: string;
  readonly permission: string;
  readonly path: readonly string[];
  readonly errors: readonly { readonly pointer: string; readonly code: string; readonly message: string }[];
  readonly warnings: readonly { readonly code: string; readonly path?: readonly string[] }[];
  readonly data: readonly Doc[];
  readonly nextCursor: string | null;
  readonly [name: string]: unknown;
};

export type Reply<T = Doc> = {
  readonly status: number;
  readonly body: T;
  readonly etag: string;
  readonly headers: Readonly<Record<string, unknown>>;
};

export type Headers = Readonly<Record<string, string>>;

/** Requests with one credential. Paths are below /v1. */
export type Client = {
  get<T = Doc>(path: string, headers?: Headers): Promise<Reply<T>>;
  post<T = Doc>(path: string, body?: unknown, headers?: Headers): Promise<Reply<T>>;
  put<T = Doc>(path: string, body?: unknown, headers?: Headers): Promise<Reply<T>>;
  patch<T = Doc>(path: string, body?: unknown, headers?: Headers): Promise<Reply<T>>;
  delete<T = Doc>(path: string, headers?: Headers): Promise<Reply<T>>;
};

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export async function send<T = Doc>(
  app: FastifyInstance,
  method: Method,
  path: string,
  body?: unknown,
  headers: Headers = {},
): Promise<Reply<T>> {
  const options: InjectOptions = { method, url: `/v1${path}`, headers: { ...headers } };
  if (body !== undefined) {
    options.payload = typeof body === 'string' ? body : JSON.stringify(body);
    options.headers = { 'content-type': 'application/json', ...headers };
  }
  const answer = await app.inject(options);
  const isJson = String(answer.headers['content-type']).includes('json');
  const parsed: T = isJson ? JSON.parse(answer.body) : null;
  const reply = {
    status: answer.statusCode,
    body: parsed,
    etag: String(answer.headers.etag ?? ''),
    headers: answer.headers,
  };
  const isCall = /^\/(route|simulate)/.test(path);
  return observed(reply, `${isCall ? 'CALL' : method} ${path} ${String(options.payload ?? '')}`);
}

export function client(app: FastifyInstance, token: string): Client {
  const own = { authorization: `Bearer ${token}` };
  return {
    get: (path, headers) => send(app, 'GET', path, undefined, { ...own, ...headers }),
    post: (path, body, headers) => send(app, 'POST', path, body, { ...own, ...headers }),
    put: (path, body, headers) => send(app, 'PUT', path, body, { ...own, ...headers }),
    patch: (path, body, headers) => send(app, 'PATCH', path, body, { ...own, ...headers }),
    delete: (path, headers) => send(app, 'DELETE', path, undefined, { ...own, ...headers }),
  };
}

export type Office = {
  readonly id: string;
  readonly slug: string;
  readonly administrator: { readonly id: string; readonly login: string };
  readonly key: string;
  /** With the key that has every permission. */
  readonly admin: Client;
};

type Founded = {
  readonly organization: { readonly id: string };
  readonly administrator: { readonly id: string; readonly login: string };
  readonly apiKey: { readonly secret: string };
};

/** A new organization, made by its operator. */
export async function newOffice(app: FastifyInstance, slug: string, changes: object = {}): Promise<Office> {
  const body = {
    slug,
    name: `The ${slug} office`,
    timeZone: 'Europe/Madrid',
    defaultCountry: 'US',
    administrator: { login: 'root', password },
    ...changes,
  };
  const { status, body: made } = await client(app, operatorKey).post<Founded>('/organizations', body);
  if (status !== 201) throw new Error(`no organization: ${status} ${JSON.stringify(made)}`);
  const key = made.apiKey.secret;
  return { id: made.organization.id, slug, administrator: made.administrator, key, admin: client(app, key) };
}

/** A user who can log in, with `password`. */
export async function newUser(office: Office, firstName: string, changes: object = {}): Promise<Doc> {
  const { status, body } = await office.admin.post('/users', {
    kind: 'username',
    login: firstName.toLowerCase(),
    password,
    firstName,
    lastName: 'Test',
    ...changes,
  });
  if (status !== 201) throw new Error(`no user: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** A session of that login. */
export async function logIn(
  app: FastifyInstance,
  office: Office,
  login: string,
): Promise<Client & { token: string }> {
  const body = { login, password, organization: office.slug };
  const opened = await send<{ readonly token: string }>(app, 'POST', '/session', body);
  if (opened.status !== 201) throw new Error(`no session: ${opened.status}`);
  return { ...client(app, opened.body.token), token: opened.body.token };
}
