import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { emptyDatabase, runStatement } from '../support/database.ts';
import { temporaryFolder } from '../support/postgres.ts';
import { type Environment, startByNpm, startService, type TestService } from '../support/processes.ts';
import { checkSentence, endHere, endOfProcess } from '../support/refused-start.ts';

const secretKey = 'the secret key of the tests: 32 characters';

/** What the printed `curl` would send. */
function printedCall(output: string): { url: string; headers: Record<string, string>; body: string } {
  const url = /curl -s (\S+)/.exec(output)?.[1] ?? '';
  const body = /-d '([^']+)'/.exec(output)?.[1] ?? '';
  const headers = Object.fromEntries(
    [...output.matchAll(/-H '([^:]+): ([^']+)'/g)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
  return { url, headers, body };
}

type Shown = { readonly directoryVersion: number; readonly steps: unknown[]; readonly trace: unknown[] };

async function readDecision(reply: Response): Promise<Shown> {
  const shown: unknown = await reply.json();
  if (isDecision(shown)) return shown;
  throw new Error(`this is no decision: ${JSON.stringify(shown)}`);
}

function isDecision(shown: unknown): shown is Shown {
  return typeof shown === 'object' && shown !== null && 'steps' in shown && 'trace' in shown;
}

async function isReady({ url }: TestService): Promise<boolean> {
  const reply = await fetch(`${url}/health/ready`);
  return reply.status === 200;
}

/** The process id that Postgres wrote beside its data. */
async function postgresPid(dataDir: string): Promise<number> {
  const file = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
  return Number(file.split('\n')[0]);
}

async function isGone(pid: number): Promise<boolean> {
  for (let turn = 0; turn < 400; turn += 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await sleep(50);
  }
  return false;
}

test('with a database of its own in DATA_DIR', async (suite) => {
  const dataDir = await temporaryFolder(suite);
  const first = await startService(suite, { DATA_DIR: dataDir });
  await first.waitFor(/-d '/);
  const output = first.output();
  const password = /Password +([a-z0-9-]{15,})/.exec(output)?.[1] ?? '';
  const login = { login: 'admin', password };
  const { url, headers, body } = printedCall(output);
  let directoryVersion = 0;
  let service = first;
  const askAgain = async (): Promise<Shown> => {
    const [at, again] = [
      url.replace(first.url, service.url),
      body.replace('first-call', `at-${service.port}`),
    ];
    return readDecision(await fetch(at, { method: 'POST', headers, body: again }));
  };

  await suite.test('the first start shows a password and a call that works when pasted', async (t) => {
    t.match(output, `is ready on ${first.url}`);
    t.match(output, `${first.url}/docs`);
    t.ok(password.length >= 15);
    t.equal(url, `${first.url}/v1/route`);
    const reply = await fetch(url, { method: 'POST', headers, body });
    t.equal(reply.status, 200);
    const decision = await readDecision(reply);
    directoryVersion = decision.directoryVersion;
    t.ok(decision.steps.length > 0);
    t.ok(decision.trace.length > 0);
    t.match(await post(`${first.url}/v1/session`, login), {
      status: 201,
      body: { mustChangePassword: true },
    });
  });

  await suite.test(
    'SIGTERM ends it with its database; the second start has the same data and shows neither',
    async (t) => {
      const pid = await postgresPid(dataDir);
      first.signal('SIGTERM');
      t.equal(await first.exit(), 0);
      t.ok(await isGone(pid), 'the embedded database ended with it');
      t.notMatch(first.output(), /^\s+at /m, 'no stack anywhere');
      t.notMatch(first.output(), /"level":[56]0/, 'and no error');
      // At its start a busy machine may have had no moment for one of its connections, and it says so.
      t.notMatch(
        first.output(),
        /the service ends.*"level":40/s,
        'while it ends there is nothing to warn of',
      );
      service = await startService(suite, { DATA_DIR: dataDir });
      await service.waitFor(/Documentation/);
      t.notMatch(service.output(), /Password|curl/);
      t.equal((await askAgain()).directoryVersion, directoryVersion);
      t.match(await post(`${service.url}/v1/session`, login), { status: 201 });
    },
  );

  await suite.test('a process that is killed leaves no orphan, and the next start works', async (t) => {
    const pid = await postgresPid(dataDir);
    service.signal('SIGKILL');
    await service.exit();
    t.ok(await isGone(pid));
    service = await startByNpm(suite, { DATA_DIR: dataDir });
    const last = await postgresPid(dataDir);
    suite.after(async () => {
      // Before npm is killed, which could tell its child nothing.
      service.signal('SIGTERM');
      await isGone(last);
    });
    t.ok(await isReady(service));
    t.equal((await askAgain()).directoryVersion, directoryVersion);
  });

  await suite.test('a setting that is wrong ends the start with a sentence that names it', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1');
    t.after(() => void taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const superuser = await superuserUrl(dataDir);
    await runStatement(superuser, "create role somebody login password 'a password'");
    const as = (user: string, password: string, database = 'linefinder'): Environment => {
      const at = new URL(superuser);
      Object.assign(at, { username: user, password, pathname: `/${database}` });
      return { LINEFINDER_SECRET_KEY: secretKey, DATABASE_URL: at.href };
    };
    const file = join(await temporaryFolder(t), 'a-file');
    await writeFile(file, '');
    const otherMajor = await temporaryFolder(t);
    await mkdir(join(otherMajor, 'postgres'));
    await writeFile(join(otherMajor, 'postgres', 'PG_VERSION'), '14\n');
    const outside = { LINEFINDER_SECRET_KEY: secretKey };
    const unreachable = { ...outside, DATABASE_URL: 'postgres://u:secret-in-url@127.0.0.1:1/x' };

    const check = (title: string, env: Environment, sentence: RegExp) =>
      checkSentence(t, title, env, sentence, endHere);
    const checkProcess = (title: string, env: Environment, sentence: RegExp) =>
      checkSentence(t, title, env, sentence, endOfProcess);
    // One process for each of the places where a start can end; what follows the sentence is the same for all.
    await Promise.all([
      checkProcess(
        'two settings at once',
        { PORT: 'x', LINEFINDER_TYPO: '1' },
        /LINEFINDER_TYPO .*\n.*PORT must be/,
      ),
      checkProcess('a port that is taken', { PORT: port }, /PORT: \d+ on 127\.0\.0\.1 is in use/),
      checkProcess(
        'a data folder that cannot be written',
        { DATA_DIR: join(file, 'data') },
        /DATA_DIR: .* cannot be written/,
      ),
      checkProcess(
        'a wrong password',
        as('somebody', 'secret-in-url'),
        /DATABASE_URL: the server at .* refuses the user or the password/,
      ),
      check('data of another Postgres', { DATA_DIR: otherMajor }, /DATA_DIR: .*14/),
      check('a malformed DATABASE_URL', { ...outside, DATABASE_URL: 'nonsense' }, /DATABASE_URL must be/),
      check('a database that is not there', unreachable, /DATABASE_URL: nothing answers at 127\.0\.0\.1:1/),
      check(
        'a superuser',
        { ...outside, DATABASE_URL: superuser },
        /DATABASE_URL: the role "postgres" is a superuser/,
      ),
      check(
        'a database of another name',
        as('somebody', 'a password', 'nothing'),
        /DATABASE_URL: there is no such database/,
      ),
      check('a malformed REDIS_URL', { REDIS_URL: 'redis://a:b:c' }, /REDIS_URL is not an address/),
      check(
        'a Redis that is not there',
        { REDIS_URL: 'redis://:secret-in-url@127.0.0.1:1' },
        /REDIS_URL: nothing/,
      ),
    ]);
  });

  await suite.test('a signal to npm start is one to the service, which ends in order', async (t) => {
    const pid = await postgresPid(dataDir);
    service.signal('SIGTERM');
    t.equal(await service.exit(), 0);
    t.ok(await isGone(pid), 'npm leaves nothing behind');
    t.match(service.output(), /the service ends/);
  });
});

test("with an empty database of one's own", async (suite) => {
  const { url } = await emptyDatabase(suite);
  const env = {
    DATABASE_URL: url,
    LINEFINDER_SECRET_KEY: secretKey,
    LINEFINDER_BOOTSTRAP_LOGIN: 'root@example.com',
    LINEFINDER_BOOTSTRAP_PASSWORD: 'a good long password',
    LINEFINDER_BOOTSTRAP_API_KEY: 'the-api-key-of-the-settings',
  };
  const [one, other] = await Promise.all([startService(suite, env), startService(suite, env)]);

  await suite.test(
    'it gets an organization and what the settings ask for, however many start at once',
    async (t) => {
      t.notMatch(one.output() + other.output(), /Password/);
      const bearer = { authorization: `Bearer ${env.LINEFINDER_BOOTSTRAP_API_KEY}` };
      for (const { url: at } of [one, other]) {
        const login = { login: 'ROOT@example.com', password: env.LINEFINDER_BOOTSTRAP_PASSWORD };
        t.match(await post(`${at}/v1/session`, login), { status: 201, body: { mustChangePassword: false } });
        const organization = await fetch(`${at}/v1/organization`, { headers: bearer });
        t.match(await organization.json(), { slug: 'main', name: 'Main' });
        const call = { callId: `c-${at}`.replace(/[^a-z0-9-]/g, '-'), from: '', to: '+12025550100' };
        t.match(await post(`${at}/v1/route`, call, bearer), {
          status: 200,
          body: { steps: [{ action: 'reject' }] },
        });
      }
    },
  );

  await suite.test('a database that is taken away while it is used ends nothing', async (t) => {
    t.ok(await isReady(one));
    await runStatement(
      url,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await sleep(300);
    for (const service of [one, other]) {
      t.ok(await isReady(service));
      t.match(await (await fetch(`${service.url}/health/live`)).json(), { status: 'ok' });
    }
  });

  await suite.test('while it ends, what is under way is answered', async (t) => {
    const statuses = new Map<number, number>();
    const ask = async (): Promise<void> => {
      // Until nobody listens any more.
      for (;;) {
        const reply = await fetch(`${one.url}/openapi.json`).catch(() => undefined);
        if (reply === undefined) return;
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
        await reply.text();
      }
    };
    const asking = Promise.all(Array.from({ length: 10 }, ask));
    await sleep(100);
    one.signal('SIGTERM');
    await asking;
    t.strictSame([...statuses.keys()], [200], `${statuses.get(200)} answers`);
    t.equal(await one.exit(), 0);
  });
});

/** The server that the service started for itself, for the superuser. */
async function superuserUrl(dataDir: string): Promise<string> {
  const password = await readFile(join(dataDir, 'postgres.password'), 'utf8');
  const lines = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  return `postgres://postgres:${password.trim()}@127.0.0.1:${lines[3]}/postgres`;
}

async function post(url: string, body: object, headers: object = {}) {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: reply.status, body: await reply.json() };
}
