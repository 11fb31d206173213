import { resolve } from 'node:path';
import { test } from 'tap';
import { type Environment, readConfig, variableNames } from '../../../services/routing/config.ts';

const key = '0123456789abcdef0123456789abcdef';
const external = { DATABASE_URL: 'postgres://u:p@db.example/linefinder', LINEFINDER_SECRET_KEY: key };

function problemsOf(env: Environment): readonly string[] {
  const read = readConfig(env);
  return read.ok ? [] : read.problems;
}

test('without any setting everything has its default', async (t) => {
  const read = readConfig({});
  t.match(read, {
    ok: true,
    config: {
      host: '127.0.0.1',
      port: 3000,
      publicUrl: 'http://127.0.0.1:3000',
      databaseUrl: null,
      databaseListenUrl: null,
      redisUrl: null,
      dataDir: resolve('data'),
      secretKeys: [],
      migrate: true,
      bootstrap: { administrator: null, apiKey: null },
      operatorKey: null,
      trustedProxies: [],
      twilio: null,
      smtpUrl: null,
    },
  });
});

test('every setting of the table is read', async (t) => {
  const read = readConfig({
    ...external,
    PORT: '8080',
    HOST: '0.0.0.0',
    PUBLIC_URL: 'https://calls.example.com/',
    DATABASE_LISTEN_URL: 'postgres://u:p@direct.example:5433/linefinder',
    REDIS_URL: 'redis+sentinel://a:26379,b:26379/main',
    DATA_DIR: '/var/lib/linefinder',
    LINEFINDER_SECRET_KEY: `${key},${key}old`,
    LINEFINDER_MIGRATE: 'off',
    LINEFINDER_BOOTSTRAP_LOGIN: 'root@example.com',
    LINEFINDER_BOOTSTRAP_PASSWORD: 'a good long password',
    LINEFINDER_BOOTSTRAP_API_KEY: key,
    LINEFINDER_OPERATOR_KEY: key,
    LINEFINDER_TRUSTED_PROXIES: '10.0.0.0/8, fd00::/8',
    TWILIO_ACCOUNT_SID: `AC${key}`,
    TWILIO_AUTH_TOKEN: `${key},${key}old`,
    SMTP_URL: 'smtp://user:pw@mail.example:587',
  });
  t.match(read, {
    ok: true,
    config: {
      host: '0.0.0.0',
      port: 8080,
      publicUrl: 'https://calls.example.com',
      databaseUrl: external.DATABASE_URL,
      databaseListenUrl: 'postgres://u:p@direct.example:5433/linefinder',
      redisUrl: 'redis+sentinel://a:26379,b:26379/main',
      dataDir: '/var/lib/linefinder',
      secretKeys: [key, `${key}old`],
      migrate: false,
      bootstrap: {
        administrator: { login: 'root@example.com', password: 'a good long password' },
        apiKey: key,
      },
      operatorKey: key,
      trustedProxies: ['10.0.0.0/8', 'fd00::/8'],
      twilio: { accountSid: `AC${key}`, authTokens: [key, `${key}old`] },
      smtpUrl: 'smtp://user:pw@mail.example:587',
    },
  });
});

test('a value that is wrong is named in a sentence, and never shown', async (t) => {
  const check = (name: string, value: string, env: Environment = {}): void => {
    const problems = problemsOf({ ...env, [name]: value });
    t.equal(problems.length, 1, `${name}=${value}: one problem`);
    t.ok(problems[0]?.startsWith(`${name} `), `${name}: the sentence begins with the name`);
    t.notOk(problems[0]?.includes(value), `${name}: the value is not shown`);
  };
  check('PORT', '70000');
  check('PORT', '3000x');
  check('PORT', '-1');
  check('HOST', 'not a host');
  check('PUBLIC_URL', 'linefinder.invalid');
  check('PUBLIC_URL', 'ftp://calls.example.com');
  check('PUBLIC_URL', 'https://user:secret@calls.example.com');
  check('PUBLIC_URL', 'https://calls.example.com/?a=b');
  check('DATABASE_URL', 'mysql://db.example/x', { LINEFINDER_SECRET_KEY: key });
  check('DATABASE_URL', 'postgres://db.example', { LINEFINDER_SECRET_KEY: key });
  check('REDIS_URL', 'http://redis.invalid');
  check('REDIS_URL', 'redis+sentinel://:secret@a:26379');
  check('LINEFINDER_SECRET_KEY', 'short-secret-value');
  check('LINEFINDER_SECRET_KEY', `${key},${key},${key}`);
  check('LINEFINDER_MIGRATE', 'maybe');
  check('LINEFINDER_OPERATOR_KEY', 'weak');
  check('LINEFINDER_TRUSTED_PROXIES', '10.0.0.0/33');
  check('LINEFINDER_TRUSTED_PROXIES', 'proxy.example');
  check('SMTP_URL', 'post.invalid');
  check('TWILIO_ACCOUNT_SID', 'AC123', { TWILIO_AUTH_TOKEN: key });
  check('TWILIO_AUTH_TOKEN', 'a,b,c', { TWILIO_ACCOUNT_SID: `AC${key}` });
  check('LINEFINDER_BOOTSTRAP_PASSWORD', 'too short', { LINEFINDER_BOOTSTRAP_LOGIN: 'admin' });
});

test('all problems are told at once', async (t) => {
  const problems = problemsOf({ PORT: 'x', HOST: '!', LINEFINDER_MIGRATE: 'x', LINEFINDER_TYPO: '1' });
  t.equal(problems.length, 4);
});

test('an unknown LINEFINDER_ name is refused, and what Kubernetes injects is not', async (t) => {
  t.match(problemsOf({ LINEFINDER_SECRET_KYE: key }), [/^LINEFINDER_SECRET_KYE is not a setting/]);
  t.strictSame(
    problemsOf({
      LINEFINDER_SERVICE_HOST: '10.0.0.1',
      LINEFINDER_SERVICE_PORT: '80',
      LINEFINDER_SERVICE_PORT_HTTP: '80',
      LINEFINDER_PORT: 'tcp://10.0.0.1:80',
      LINEFINDER_PORT_80_TCP: 'tcp://10.0.0.1:80',
      LINEFINDER_PORT_80_TCP_ADDR: '10.0.0.1',
      LINEFINDER_API_SERVICE_HOST: '10.0.0.2',
    }),
    [],
  );
});

test('settings that go together are asked for together', async (t) => {
  t.match(problemsOf({ DATABASE_URL: external.DATABASE_URL }), [/^LINEFINDER_SECRET_KEY is required/]);
  t.match(problemsOf({ TWILIO_ACCOUNT_SID: `AC${key}` }), [/^TWILIO_AUTH_TOKEN is missing/]);
  t.match(problemsOf({ LINEFINDER_BOOTSTRAP_PASSWORD: 'a good long password' }), [
    /^LINEFINDER_BOOTSTRAP_LOGIN is missing/,
  ]);
  t.match(problemsOf({ DATABASE_LISTEN_URL: external.DATABASE_URL }), [/^DATABASE_LISTEN_URL has no effect/]);
});

test('an empty variable counts as not set', async (t) => {
  t.match(readConfig(Object.fromEntries(variableNames.map((name) => [name, '']))), {
    ok: true,
    config: { port: 3000, databaseUrl: null },
  });
});

test('the address for carriers follows host and port', async (t) => {
  const check = (env: Environment, publicUrl: string): void => {
    t.match(readConfig(env), { config: { publicUrl } }, publicUrl);
  };
  check({ PORT: '8080' }, 'http://127.0.0.1:8080');
  check({ HOST: '0.0.0.0' }, 'http://127.0.0.1:3000');
  check({ HOST: '::1' }, 'http://[::1]:3000');
  check({ HOST: 'pbx.local', PORT: '80' }, 'http://pbx.local:80');
});
